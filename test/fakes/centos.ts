import type { Facts } from '../../src/host/facts/facts.ts';
import type { CommandResult } from '../../src/host/host.ts';
import { factsOf } from '../unit/preflight/hosts.ts';
import { FakeHost, type FakeHostOptions } from './host.ts';

export interface CentosOptions {
  readonly name?: string;
  /** Installed at first, name -> version. */
  readonly packages?: Readonly<Record<string, string>>;
  /** What the repositories offer beyond what is asked for without a version: `kubelet-1.20.2`. */
  readonly offered?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly facts?: Partial<Facts>;
  /** What facts become of the packages that are there. */
  readonly installed?: (packages: ReadonlyMap<string, string>) => Partial<Facts>;
  /** Commands beside those of the system. */
  readonly commands?: FakeHostOptions['commands'];
  /** A host of another class. */
  readonly make?: (options: FakeHostOptions) => FakeHost;
}

export const hostsText = '127.0.0.1   localhost\n::1         localhost\n';
export const fstabText =
  '/dev/mapper/cs-root / xfs defaults 0 0\n/dev/mapper/cs-swap none swap defaults 0 0\n# swap swap swap\n';
export const selinuxText = '# enforcing is the default\nSELINUX=enforcing\nSELINUXTYPE=targeted\n';
export const chronyText = 'pool 2.centos.pool.ntp.org iburst\ndriftfile /var/lib/chrony/drift\n';

/** A bare CentOS host that remembers what is done to it: names, swap, SELinux, firewall, kernel, packages, services. */
export class FakeCentos {
  readonly host: FakeHost;
  readonly packages: Map<string, string>;
  readonly zones: Record<'runtime' | 'permanent', Map<string, Set<string>>> = {
    runtime: new Map(),
    permanent: new Map(),
  };
  readonly sysctls = new Map([['net.ipv4.ip_forward', '0']]);
  /** What `dnf` or `yum` was called with. */
  readonly managed: string[] = [];
  readonly #offered: ReadonlySet<string>;
  #hostname = 'localhost';
  #swaps: readonly string[] = ['/dev/dm-1'];
  #selinux: Facts['selinux'] = 'enforcing';

  constructor(fixture: 'centos-7' | 'centos-8' | 'stream-9', options: CentosOptions = {}) {
    const { name = 'root@10.0.0.12', packages = {}, offered = [], files = {}, facts = {} } = options;
    const { commands = {}, installed = () => ({}), make = (given) => new FakeHost(given) } = options;
    this.packages = new Map(Object.entries({ bash: '5.1.8', ...packages }));
    this.#offered = new Set(offered);
    const seen: Facts = { ...bare(factsOf(fixture)), ...facts };
    this.host = make({
      name,
      facts: () => ({
        ...seen,
        hostname: this.#hostname,
        swaps: this.#swaps,
        selinux: this.#selinux,
        ...installed(this.packages),
      }),
      files: {
        '/etc/hosts': hostsText,
        '/etc/fstab': fstabText,
        '/etc/selinux/config': selinuxText,
        '/etc/hostname': 'localhost\n',
        '/sys/module/overlay/uevent': '',
        ...files,
      },
      services: { firewalld: { active: true, enabled: true, since: 1 } },
      commands: {
        hostnamectl: (argv) => this.#rename(argv[2] ?? ''),
        swapoff: () => this.#set(() => (this.#swaps = [])),
        swapon: (argv) => this.#set(() => (this.#swaps = argv.slice(1))),
        setenforce: (argv) => this.#set(() => (this.#selinux = argv[1] === '1' ? 'enforcing' : 'permissive')),
        modprobe: (argv) => this.#modprobe(argv.slice(2)),
        sysctl: (argv) => this.#sysctl(argv),
        'firewall-cmd': (argv) => this.#firewall(argv),
        'rpm -qa': () => ({ stdout: [...this.packages].map((entry) => `${entry.join(' ')}\n`).join('') }),
        dnf: (argv) => this.#list(argv),
        yum: (argv) => this.#list(argv),
        systemctl: (argv) => this.#systemctl(argv),
        'sh -c': (argv) => this.#shell(argv),
        ...commands,
      },
    });
  }

  get hostname(): string {
    return this.#hostname;
  }

  get swaps(): readonly string[] {
    return this.#swaps;
  }

  get selinux(): string {
    return this.#selinux;
  }

  /** Every file of /etc with its text. */
  get etc(): Readonly<Record<string, string | undefined>> {
    const paths = [...this.host.entries].flatMap(([path, { type }]) => (type === 'file' ? [path] : []));
    return Object.fromEntries(
      paths
        .filter((path) => path.startsWith('/etc/'))
        .sort()
        .map((path) => [path, this.host.text(path)]),
    );
  }

  #set(change: () => unknown): Partial<CommandResult> {
    change();
    return {};
  }

  #rename(name: string): Partial<CommandResult> {
    this.#hostname = name;
    this.#write('/etc/hostname', `${name}\n`);
    return {};
  }

  /** What a command of the host writes costs no round trip. */
  #write(path: string, text: string, mode = 0o644): void {
    const entry = { type: 'file', content: Buffer.from(text), mode, owner: 'root:root', modified: 0 } as const;
    this.host.entries.set(path, entry);
  }

  #modprobe(modules: readonly string[]): Partial<CommandResult> {
    for (const name of modules) {
      const entry = { type: 'directory', mode: 0o755, owner: 'root:root', modified: 0 } as const;
      this.host.entries.set(`/sys/module/${name}`, entry);
    }
    if (modules.includes('br_netfilter')) this.sysctls.set('net.bridge.bridge-nf-call-iptables', '0');
    if (modules.includes('br_netfilter')) this.sysctls.set('net.bridge.bridge-nf-call-ip6tables', '0');
    return {};
  }

  #sysctl([, option = '', ...rest]: readonly string[]): Partial<CommandResult> {
    if (option === '-e') {
      const known = rest.flatMap((key) => (this.sysctls.has(key) ? [`${key} = ${this.sysctls.get(key)}\n`] : []));
      return { stdout: known.join('') };
    }
    const lines = rest[0] === '-p' ? (this.host.text(rest[1] ?? '') ?? '').split('\n') : rest.slice(1);
    for (const line of lines) {
      const [, key, value] = /^(\S+?)\s*=\s*(.*)$/.exec(line) ?? [];
      if (key !== undefined) this.sysctls.set(key, value ?? '');
    }
    return {};
  }

  #firewall(argv: readonly string[]): Partial<CommandResult> {
    const permanent = argv.includes('--permanent');
    const zones = permanent ? this.zones.permanent : this.zones.runtime;
    if (argv.includes('--get-default-zone')) return { stdout: 'public\n' };
    if (argv.some((word) => word.startsWith('--get-zone-of-interface'))) return { code: 2, stderr: 'no zone\n' };
    if (argv.includes('--list-all-zones'))
      return { stdout: ['public', 'trusted'].map((name) => zoneText(name, zones.get(name))).join('\n') };
    const zone = argv.find((word) => word.startsWith('--zone='))?.slice('--zone='.length) ?? '';
    const state = zones.get(zone) ?? new Set();
    for (const word of argv) {
      if (word.startsWith('--add-')) state.add(word.slice('--add-'.length));
      if (word.startsWith('--remove-')) state.delete(word.slice('--remove-'.length));
    }
    zones.set(zone, state);
    if (permanent) this.#write(`/etc/firewalld/zones/${zone}.xml`, [...state].join('\n'));
    return {};
  }

  #systemctl(argv: readonly string[]): Partial<CommandResult> {
    const words = argv.slice(1).filter((word) => !word.startsWith('-'));
    const [verb = '', name = ''] = words;
    if (name === '') return {};
    const before = this.host.services.get(name) ?? { exists: true, active: false, enabled: false, since: 0 };
    const now = argv.includes('--now');
    if (verb === 'enable') this.host.services.set(name, { ...before, enabled: true });
    if (verb === 'disable')
      this.host.services.set(name, { ...before, enabled: false, active: now ? false : before.active });
    if (verb === 'restart') this.host.services.set(name, { ...before, active: true, since: Number.MAX_SAFE_INTEGER });
    if (verb === 'stop') this.host.services.set(name, { ...before, active: false });
    return {};
  }

  /** The scripts of an installation, of its undoing, and of small clean-ups; `sh -c SCRIPT kinit ARGUMENT...` */
  #shell([, , script = '', , ...rest]: readonly string[]): Partial<CommandResult> {
    if (script.includes('packages.before')) return this.#install(rest);
    if (script.includes('--downloadonly')) {
      this.managed.push([rest[0], 'download', ...rest.slice(1)].join(' '));
      return {};
    }
    if (script.includes('--showduplicates list')) return this.#list([...rest, 'list', 'kubelet']);
    if (script.includes('rpm -e')) for (const name of rest) this.packages.delete(name);
    const verbs = [...script.matchAll(/systemctl (?:--quiet )?(enable|disable|restart) "\$1"/g)].map(
      ([, verb = '']) => verb,
    );
    for (const verb of verbs) this.#systemctl(['systemctl', verb, rest[0] ?? '']);
    if (script.startsWith('rmdir')) this.#rmdir(rest[0] ?? '');
    return {};
  }

  #install([manager = '', options = '', ...names]: readonly string[]): Partial<CommandResult> {
    this.managed.push(`${manager} ${options} install ${names.join(' ')}`);
    for (const spec of names) {
      const [, name = spec, version] = /^(.+)-(\d[\w.*]*)$/.exec(spec) ?? [];
      if (version !== undefined && !this.#offered.has(spec))
        return { code: 1, stderr: `Unable to find a match: ${spec}\n` };
      this.packages.set(name, (version ?? '1.0').replace('.*', '.6.33'));
    }
    const record = '/var/lib/kinit/packages';
    const before = this.host.text(record) ?? '';
    const added = names.map((spec) => spec.replace(/-\d[\w.*]*$/, ''));
    this.#write(record, `${before}${added.join('\n')}\n`, 0o600);
    return {};
  }

  #list([manager = '', ...words]: readonly string[]): Partial<CommandResult> {
    this.managed.push([manager, ...words].join(' '));
    const lines = [...this.#offered].map((spec) =>
      spec.replace(/^(.+)-(\d\S*)$/, '$1.x86_64   $2-0   kinit-kubernetes'),
    );
    return { stdout: `Available Packages\n${lines.join('\n')}\n` };
  }

  #rmdir(path: string): void {
    const inside = [...this.host.entries.keys()].some((other) => other.startsWith(`${path}/`));
    if (!inside) this.host.entries.delete(path);
  }
}

/** What a bare machine has not. */
function bare(facts: Facts): Facts {
  const gone = [
    'kubelet',
    'kubectl',
    'containerd',
    'ctr',
    'runc',
    'docker',
    'crictl',
    'conntrack',
    'socat',
    'tc',
    'chronyc',
  ];
  const none = { ...facts.runtime, sockets: [], name: undefined, version: undefined };
  return {
    ...facts,
    kubeletVersion: undefined,
    kubernetesFiles: [],
    programs: new Map([...facts.programs].filter(([name]) => !gone.includes(name))),
    runtimes: [],
    runtime: none,
    firewalld: { active: true, zones: ['public'], ports: [], open: false, masquerade: false },
    timeSync: { service: undefined, synchronized: undefined },
  };
}

function zoneText(name: string, state: ReadonlySet<string> = new Set()): string {
  const all = (kind: string) =>
    [...state].flatMap((word) => (word.startsWith(`${kind}=`) ? [word.slice(kind.length + 1)] : []));
  return `${name}\n  target: default\n  interfaces: \n  sources: ${all('source').join(' ')}\n  ports: ${all('port').join(' ')}\n  protocols: ${all('protocol').join(' ')}\n  masquerade: ${state.has('masquerade') ? 'yes' : 'no'}\n`;
}
