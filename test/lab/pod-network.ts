import type { LabHost } from './host.ts';
import { until } from './process.ts';

export interface PodRange {
  readonly host: LabHost;
  /** The node's spec.podCIDR. */
  readonly podCIDR: string;
}

/**
 * The pod ranges of the cluster's nodes, matched by address. A young cluster's controller manager gives them out half a
 * minute after its start, so they are waited for.
 */
export function podRanges(controlPlane: LabHost, hosts: readonly LabHost[]): Promise<PodRange[]> {
  const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', 'get', 'nodes', '-o', `jsonpath=${columns}`];
  return until('every node to have a pod range', 90, async () => {
    const { code, stdout, stderr } = await controlPlane.run(kubectl);
    if (code !== 0) throw new Error(`kubectl get nodes: ${stderr}`);
    const nodes = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' '));
    if (nodes.some(([, podCIDR]) => podCIDR === undefined)) return undefined;
    return nodes.flatMap(([address, podCIDR]) => {
      const host = hosts.find((one) => one.address === address);
      return host && podCIDR ? [{ host, podCIDR }] : [];
    });
  });
}

const columns = '{range .items[*]}{.status.addresses[?(@.type=="InternalIP")].address} {.spec.podCIDR}{"\\n"}{end}';

/**
 * A plain bridge network as a user would bring one: CNI's bridge on every node and, by a unit that survives a reboot,
 * a route to every other.
 */
export async function layPodNetwork(ranges: readonly PodRange[]): Promise<void> {
  await Promise.all(
    ranges.map(async ({ host, podCIDR }) => {
      const others = ranges.filter((other) => other.host !== host);
      const { code, stderr } = await host.run(['sh', '-ec', install], {
        stdin: [conflist(podCIDR), routesUnit(others), ''].join('\n'),
      });
      if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
    }),
  );
}

const install = `mkdir -p /etc/cni/net.d
read -r network && echo "$network" >/etc/cni/net.d/10-lab.conflist
cat >/etc/systemd/system/lab-routes.service
systemctl daemon-reload
systemctl --quiet enable lab-routes.service
systemctl restart lab-routes.service`;

const routesUnit = (others: readonly PodRange[]): string => `[Service]
Type=oneshot
RemainAfterExit=yes
${others.map(({ host, podCIDR }) => `ExecStart=ip route replace ${podCIDR} via ${host.address}`).join('\n')}
ExecStart=true
[Install]
WantedBy=multi-user.target`;

const conflist = (subnet: string): string =>
  JSON.stringify({
    cniVersion: '0.4.0',
    name: 'lab',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
