import type { Host } from '../host.ts';
import type { Facts } from './facts.ts';

/**
 * The host, whose facts are read once, however many ask at the same time: for work in which what they say stays so. Reading them
 * starts a dozen programs there, and a kubelet among these. A reading that failed is no reading.
 */
export function factsOnce(host: Host): Host {
  let reading: Promise<Facts | undefined> | undefined;
  return {
    name: host.name,
    local: host.local,
    perform: (operations, options) => host.perform(operations, options),
    run: (argv, options) => host.run(argv, options),
    write: (files) => host.write(files),
    read: (paths) => host.read(paths),
    connect: (target) => host.connect(target),
    close: () => host.close(),
    async observe({ facts: asked = false, ...rest }) {
      if (!asked) return host.observe(rest);
      const before = reading;
      if (before !== undefined) {
        const [seen, facts] = await Promise.all([host.observe(rest), before]);
        return facts === undefined ? seen : { ...seen, facts };
      }
      const first = host.observe({ ...rest, facts: true });
      reading = first.then(({ facts }) => facts);
      reading.catch(() => (reading = undefined));
      return first;
    },
  };
}
