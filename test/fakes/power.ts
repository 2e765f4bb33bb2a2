import type { KubeClient } from '../../src/kube/client.ts';

/** The run was killed: nothing happens any more. */
export class Killed extends Error {}

/** How many operations a run may still do before it is killed. */
export interface Power {
  readonly spent: number;
  /** Before every operation that changes something. Throws Killed when there is none left. */
  spend(): void;
  /** Before everything else: a killed run does not even look. */
  require(): void;
}

export function power(operations = Number.POSITIVE_INFINITY): Power {
  let spent = 0;
  let isOut = false;
  const require = () => {
    if (isOut) throw new Killed(`killed after ${operations} operations`);
  };
  return {
    get spent() {
      return spent;
    },
    spend() {
      isOut ||= spent >= operations;
      require();
      spent += 1;
    },
    require,
  };
}

/** A client whose every write is an operation. */
export function poweredKube(kube: KubeClient, { spend, require }: Power): KubeClient {
  const read = <Result>(ask: () => Promise<Result>): Promise<Result> => {
    require();
    return ask();
  };
  const write = <Result>(act: () => Promise<Result>): Promise<Result> => {
    spend();
    return act();
  };
  return {
    server: kube.server,
    get: async (ref) => read(() => kube.get(ref)),
    list: async (query) => read(() => kube.list(query)),
    watch: (query, signal) => kube.watch(query, signal),
    raw: async (path) => read(() => kube.raw(path)),
    tryToCreate: async (object) => read(() => kube.tryToCreate(object)),
    create: async (object) => write(() => kube.create(object)),
    update: async (object) => write(() => kube.update(object)),
    patch: async (ref, type, body) => write(() => kube.patch(ref, type, body)),
    apply: async (object) => write(() => kube.apply(object)),
    delete: async (ref) => write(() => kube.delete(ref)),
    evict: async (namespace, pod) => write(() => kube.evict(namespace, pod)),
    close: () => kube.close(),
  };
}
