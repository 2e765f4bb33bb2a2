import type { Host } from '../../host/host.ts';
import { getInTheClear } from '../../https/in-the-clear.ts';
import { haproxyHealthPort, haproxyName } from '../../manifests/haproxy.ts';
import { keepalivedFile, keepalivedName } from '../../manifests/keepalived.ts';
import { kubeVipName } from '../../manifests/kube-vip.ts';
import { staticPodFile } from '../../release/paths.ts';

/** What stands on a node between it, or all nodes, and the API servers. */
export interface BalancerStatus {
  readonly node: string;
  /** By their programs: `haproxy`, `keepalived, haproxy`, `kube-vip`. */
  readonly kind: string;
  /** Why haproxy does not tell where it leads. */
  readonly problem: string | undefined;
  /** Where haproxy leads, and whether the API server there is well; empty where there is none. */
  readonly servers: readonly { readonly name: string; readonly isUp: boolean }[];
  /** A virtual address that the node holds at the moment. */
  readonly holds: string | undefined;
}

const manifests = {
  haproxy: staticPodFile(haproxyName),
  keepalived: staticPodFile(keepalivedName),
  'kube-vip': staticPodFile(kubeVipName),
} as const;

const addresses = ['ip', '-o', 'address', 'show'];

/** Milliseconds for one that is silent: whoever asks for the status wants to know now. */
const timeoutMs = 3000;

/** What kinit has put on a node before the API servers, asked on that node; undefined where there is nothing. Throws KinitError. */
export async function balancerStatus(node: string, host: Host): Promise<BalancerStatus | undefined> {
  const paths = Object.values(manifests);
  const seen = await host.observe({ paths, files: [manifests['kube-vip'], keepalivedFile], commands: [addresses] });
  const there = (['keepalived', 'haproxy', 'kube-vip'] as const).filter(
    (kind) => seen.paths.get(manifests[kind])?.type === 'file',
  );
  if (there.length === 0) return undefined;
  const text = (path: string) => seen.files.get(path)?.content?.toString('utf8') ?? '';
  const virtual = there.includes('keepalived')
    ? /virtual_ipaddress \{\s*([^\s/]+)/.exec(text(keepalivedFile))?.[1]
    : /name: address\s+value: "?([^\s"]+)/.exec(text(manifests['kube-vip']))?.[1];
  const held = seen.commands.get(addresses.join('\0'))?.stdout ?? '';
  const holds = virtual !== undefined && held.includes(` ${virtual}/`) ? virtual : undefined;
  const told = there.includes('haproxy') ? await serversOf(host) : { servers: [], problem: undefined };
  return { node, kind: there.join(', '), holds, ...told };
}

async function serversOf(host: Host): Promise<Pick<BalancerStatus, 'servers' | 'problem'>> {
  const address = `http://127.0.0.1:${haproxyHealthPort}/stats;csv`;
  try {
    const dial = (target: { readonly host: string; readonly port: number }) => host.connect(target);
    const { status, body } = await getInTheClear(address, { dial, timeoutMs, maxBytes: 1024 * 1024 });
    if (status !== 200) return { servers: [], problem: `haproxy answers ${status}` };
    return { servers: serversIn(body), problem: undefined };
  } catch (error) {
    return {
      servers: [],
      problem: `haproxy does not answer: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** Of haproxy's statistics: https://docs.haproxy.org/2.6/management.html#9.1 */
function serversIn(csv: string): BalancerStatus['servers'] {
  const [head = '', ...lines] = csv.replace(/^# /, '').split('\n');
  const at = (field: string) => head.split(',').indexOf(field);
  const [proxy, server, status] = [at('pxname'), at('svname'), at('status')];
  return lines
    .map((line) => line.split(','))
    .filter((cells) => cells[proxy] === 'api-servers' && cells[server] !== 'BACKEND')
    .map((cells) => ({ name: cells[server] ?? '', isUp: cells[status]?.startsWith('UP') ?? false }));
}
