import type { Host } from '../host.ts';
import type { Facts } from './facts.ts';

/**
 * The host, whose facts are read once: for work in which what they say stays so. Reading them starts a dozen programs there,
 * and a kubelet among these. A reading that failed is no reading.
 */
export function factsOnce(host: Host): Host {
  let told: Facts | undefined;
  return {
    name: host.name,
    local: host.local,
    perform: (operations, options) => host.perform(operations, options),
    run: (argv, options) => host.run(argv, options),
    write: (files) => host.write(files),
    read: (paths) => host.read(paths),
    connect: (target) => host.connect(target),
    close: () => host.close(),
    async observe({ facts = false, ...rest }) {
      const seen = await host.observe({ ...rest, facts: facts && told === undefined });
      told ??= seen.facts;
      return facts && told !== undefined ? { ...seen, facts: told } : seen;
    },
  };
}
