import { defined } from '../../defined.ts';
import type { Facts, Repository, ServiceFact } from './facts.ts';
import { parseFirewalld } from './facts-firewalld.ts';
import { defaultAddress, parseAddresses, parseInterfaces, parseListening, parseRoutes } from './facts-network.ts';
import { parseRuntimes } from './facts-runtimes.ts';
import { linesOf, pairsOf, sectionsOf, wordsOf } from './facts-sections.ts';

/** The facts in the answer of factsScript; throws KinitError where the answer is not whole. */
export function parseFacts(output: string): Facts {
  const sections = sectionsOf(output);
  const lines = (name: string) => linesOf(sections, name);
  const machine = pairsOf(lines('machine'), '=');
  const value = (name: string) => machine.get(name) ?? '';
  const services = parseServices(lines('services'));
  const { names: interfaces, macs } = parseInterfaces(lines('interfaces'));
  const addresses = parseAddresses(lines('addresses'));
  const routes = parseRoutes(lines('routes'));
  const runtimes = parseRuntimes(lines('runtimes'));
  const { socket: _, ...runtime } = runtimes[0] ?? noRuntime;
  return {
    hostname: value('hostname'),
    uid: Number(value('uid')),
    cpus: Number(value('cpus')),
    memory: Math.floor(Number(value('memory')) / 1024),
    kernel: value('kernel'),
    architecture: value('architecture'),
    os: parseOs(pairsOf(lines('os-release'), '=')),
    systemd: value('systemd') === 'yes',
    cgroup: parseCgroups(lines('cgroups')),
    kernelConfig: parseKernelConfig(lines('kernel-config')),
    modules: lines('modules'),
    interfaces,
    addresses,
    routes,
    defaultAddress: { v4: defaultAddress(routes, addresses, 4), v6: defaultAddress(routes, addresses, 6) },
    listening: parseListening(lines('listening')),
    swaps: lines('swaps')
      .filter((line) => !line.startsWith('Filename'))
      .map((line) => wordsOf(line)[0] ?? ''),
    fstabSwap: lines('fstab'),
    programs: pairsOf(lines('programs'), ' '),
    sysctls: new Map([...pairsOf(lines('sysctls'), ' ')].map(([key, set]) => [key.replaceAll('/', '.'), set])),
    services,
    systemdResolved: services.get('systemd-resolved')?.active ?? false,
    ...parseKubelet(lines('kubelet')),
    ...defined({ kubeletSocket: socketIn(lines('kubelet-socket')) }),
    runtime: { ...runtime, sockets: runtimes.map(({ socket }) => socket) },
    runtimes,
    resolves: parseResolves(lines('hosts'), lines('lookup'), value('hostname')),
    proxyEnvironment: pairsOf(lines('proxies'), '='),
    selinux: { '1': 'enforcing' as const, '0': 'permissive' as const }[value('selinux')] ?? 'disabled',
    firewalld: { active: services.get('firewalld')?.active ?? false, ...parseFirewalld(lines('firewalld')) },
    identity: { machineId: value('machineId'), productUuid: value('productUuid').toLowerCase(), macs },
    clock: Number.parseFloat(lines('clock')[0] ?? 'NaN'),
    timeSync: parseTimeSync(services, lines('time-sync')),
    diskFree: parseDisk(lines('disk')),
    repositories: parseRepositories(lines('repositories')),
    cniFiles: lines('cni'),
    kubernetesFiles: lines('kubernetes-files'),
    caDirectories: lines('ca-directories'),
  };
}

const noRuntime = {
  socket: '',
  name: undefined,
  version: undefined,
  problem: undefined,
  cgroupDriver: undefined,
  sandboxImage: undefined,
  disabledPlugins: [],
  images: [],
} as const;

function parseOs(release: ReadonlyMap<string, string>): Facts['os'] {
  return {
    id: release.get('ID') ?? '',
    version: release.get('VERSION_ID') ?? '',
    like: wordsOf(release.get('ID_LIKE') ?? ''),
    name: release.get('PRETTY_NAME') ?? release.get('NAME') ?? '',
  };
}

function parseCgroups(lines: readonly string[]): Facts['cgroup'] {
  const [head, ...controllers] = lines;
  const version = head === 'version 2' ? 2 : head === 'version 1' ? 1 : undefined;
  return { version, controllers: version === undefined ? [] : controllers };
}

/** The script names the file that it read first, so that an empty configuration differs from none. */
function parseKernelConfig(lines: readonly string[]): Facts['kernelConfig'] {
  if (!lines[0]?.startsWith('#')) return undefined;
  const options = new Map<string, 'y' | 'm'>();
  for (const line of lines) {
    const [, name, set] = /^(CONFIG_\w+)=([ym])/.exec(line) ?? [];
    if (name !== undefined && (set === 'y' || set === 'm')) options.set(name, set);
  }
  return options;
}

function parseServices(lines: readonly string[]): ReadonlyMap<string, ServiceFact> {
  const services = new Map<string, ServiceFact>();
  // systemctl prints the properties of a unit in an order of its own; a repeated key begins the next unit.
  let unit = new Map<string, string>();
  const finish = () => {
    const name = unit.get('Id')?.replace(/\.service$/, '');
    if (name !== undefined && unit.get('LoadState') !== 'not-found') {
      const enabled = ['enabled', 'enabled-runtime', 'static', 'alias', 'indirect', 'generated', 'linked'];
      services.set(name, {
        active: ['active', 'activating', 'reloading'].includes(unit.get('ActiveState') ?? ''),
        enabled: enabled.includes(unit.get('UnitFileState') ?? ''),
      });
    }
    unit = new Map();
  };
  for (const line of lines) {
    const [key = '', set = ''] = line.split('=', 2);
    if (unit.has(key)) finish();
    unit.set(key, set);
  }
  finish();
  return services;
}

function socketIn(lines: readonly string[]): string | undefined {
  return lines[0]?.replace(/^\w[\w-]*[=:] */, '').replace(/^["']|["']$/g, '');
}

function parseKubelet(lines: readonly string[]): Pick<Facts, 'kubeletVersion' | 'kubeletProblem'> {
  const version = /^Kubernetes (v\S+)/m.exec(lines.join('\n'))?.[1];
  return { kubeletVersion: version, kubeletProblem: version === undefined ? lines.at(-1) : undefined };
}

function parseResolves(hosts: readonly string[], lookup: readonly string[], hostname: string): Facts['resolves'] {
  const resolves = new Map<string, Set<string>>();
  const add = (name: string, address: string) =>
    resolves.set(name.toLowerCase(), (resolves.get(name.toLowerCase()) ?? new Set()).add(address));
  for (const line of hosts) {
    const [address, ...names] = wordsOf(line);
    if (address !== undefined) for (const name of names) add(name, address);
  }
  for (const line of lookup) {
    const address = wordsOf(line)[0];
    if (address !== undefined) add(hostname, address);
  }
  return new Map([...resolves].map(([name, addresses]) => [name, [...addresses]]));
}

function parseTimeSync(services: Facts['services'], lines: readonly string[]): Facts['timeSync'] {
  const service = ['chronyd', 'ntpd', 'systemd-timesyncd'].find((name) => services.get(name)?.active);
  const leap = lines.find((line) => line.startsWith('Leap status'));
  if (service === 'chronyd' && leap !== undefined) return { service, synchronized: !leap.includes('Not synchron') };
  if (service === 'systemd-timesyncd') return { service, synchronized: lines.includes('timesyncd') };
  return { service, synchronized: undefined };
}

function parseDisk(lines: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    lines.map((line) => {
      const [free = '', ...mount] = line.split(' ');
      return [mount.join(' '), Math.floor(Number(free) / 1024)];
    }),
  );
}

function parseRepositories(lines: readonly string[]): readonly Repository[] {
  const repositories: { file: string; id: string; enabled: boolean; urls: string[] }[] = [];
  let file = '';
  for (const line of lines) {
    const text = line.trim();
    const current = repositories.at(-1);
    const id = /^\[(.+)\]/.exec(text)?.[1];
    if (line.startsWith('file ')) file = line.slice('file '.length);
    else if (id !== undefined) repositories.push({ file, id, enabled: true, urls: [] });
    else if (current && /^enabled\s*=/.test(text)) current.enabled = /=\s*(1|yes|true|on)\b/i.test(text);
    else current?.urls.push(...wordsOf(text.replace(/^\w+\s*=\s*/, '').replaceAll(',', ' ')));
  }
  return repositories;
}
