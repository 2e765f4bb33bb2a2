import { parseSubnets } from '../../config/network.ts';
import type { Change } from '../../execute/change.ts';
import type { Phase } from '../phase.ts';
import type { PrepareContext } from './context.ts';

const modulesFile = '/etc/modules-load.d/kinit.conf';
const sysctlFile = '/etc/sysctl.d/99-kinit.conf';

/** https://kubernetes.io/docs/setup/production-environment/container-runtimes/ and kubeadm's checks. */
const neededModules = ['overlay', 'br_netfilter'];
const neededSysctls = {
  'net.bridge.bridge-nf-call-ip6tables': '1',
  'net.bridge.bridge-nf-call-iptables': '1',
  'net.ipv4.ip_forward': '1',
};

/** Modules and settings of the kernel, now and after every boot. */
export const kernel: Phase<PrepareContext> = {
  name: 'kernel',
  title: 'Kernel modules and settings',
  reads: (context) => ({
    files: [modulesFile, sysctlFile],
    paths: modulesOf(context).flatMap(signs),
    commands: [values(context)],
  }),
  desired: (context, { paths, commands }): readonly Change[] => {
    const modules = modulesOf(context);
    const missing = modules.filter((name) => !signs(name).some((path) => paths.get(path)?.type === 'directory'));
    const sysctls = sysctlsOf(context);
    const now = parseValues(commands.get(values(context).join('\0'))?.stdout ?? '');
    const different = Object.entries(sysctls).filter(([key, value]) => now.get(key) !== oneLine(value));
    return [
      { kind: 'file', path: modulesFile, content: ours(modules), mode: 0o644, says: `[kernel] Writing ${modulesFile}` },
      {
        kind: 'file',
        path: sysctlFile,
        content: ours(Object.entries(sysctls).map(([key, value]) => `${key} = ${value}`)),
        mode: 0o644,
        says: `[kernel] Writing ${sysctlFile}`,
      },
      ...(missing.length === 0 ? [] : [load(missing)]),
      ...(different.length === 0 ? [] : [apply(different, now)]),
    ];
  },
};

function modulesOf({ inventory }: PrepareContext): readonly string[] {
  return [...new Set([...neededModules, ...inventory.preparation.modules.map((name) => name.replaceAll('-', '_'))])];
}

function sysctlsOf({ inventory, cluster }: PrepareContext): Readonly<Record<string, string>> {
  const { serviceSubnet, podSubnet = '' } = cluster.networking;
  const isIPv6 = [serviceSubnet, podSubnet].some((text) => parseSubnets(text)?.some(({ family }) => family === 'IPv6'));
  const v6 = { 'net.ipv6.conf.all.forwarding': '1', 'net.ipv6.conf.default.forwarding': '1' };
  const all = { ...neededSysctls, ...(isIPv6 ? v6 : {}), ...inventory.preparation.sysctls };
  return Object.fromEntries(Object.entries(all).sort(([a], [b]) => a.localeCompare(b, 'en')));
}

/** What is there with a module; one that is built in may have nothing below /sys/module. */
function signs(module: string): readonly string[] {
  return [`/sys/module/${module}`, ...(module === 'br_netfilter' ? ['/proc/sys/net/bridge'] : [])];
}

function values(context: PrepareContext): readonly string[] {
  return ['sysctl', '-e', ...Object.keys(sysctlsOf(context))];
}

/** `key = value` lines; the kernel parts numbers with tabs. */
function parseValues(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const [, key, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
      return key === undefined ? [] : [[key, oneLine(value ?? '')] as const];
    }),
  );
}

function oneLine(value: string): string {
  return value.trim().split(/\s+/).join(' ');
}

function ours(lines: readonly string[]): string {
  return `# Made by kinit.\n${lines.join('\n')}\n`;
}

function load(modules: readonly string[]): Change {
  return {
    kind: 'command',
    argv: ['modprobe', '-a', ...modules],
    says: `[kernel] Loading ${modules.join(', ')}`,
    advice: 'the kernel that runs may be another than the one whose modules are installed: reboot, then run this again',
  };
}

/** Only these settings: those of other files stay as whoever set them has left them. */
function apply(different: readonly (readonly [string, string])[], now: ReadonlyMap<string, string>): Change {
  const before = different.flatMap(([key]) => (now.has(key) ? [`${key}=${now.get(key)}`] : []));
  return {
    kind: 'command',
    argv: ['sysctl', '-q', '-p', sysctlFile],
    says: `[kernel] Applying ${different.map(([key]) => key).join(', ')}`,
    ...(before.length === 0 ? {} : { undo: ['sysctl', '-q', '-w', ...before] }),
  };
}
