import { hostPort, parseAddress } from '../config/network.ts';
import { balancerPod, balancersDirectory, haproxyHealthPort } from './haproxy.ts';
import type { StaticPod } from './static-pod.ts';

/** Where keepalived's files are on a host, and in its container. */
export const keepalivedDirectory = `${balancersDirectory}/keepalived`;
export const keepalivedFile = `${keepalivedDirectory}/keepalived.conf`;
export const keepalivedCheckFile = `${keepalivedDirectory}/check.sh`;

export interface KeepalivedSettings {
  /** Of the node. */
  readonly name: string;
  readonly address: string;
  /** The virtual address. */
  readonly virtual: string;
  readonly interface: string;
  /** 1 to 255. */
  readonly routerId: number;
  /** Addresses of all control planes in the order of the file, which is that of their priorities. */
  readonly controlPlanes: readonly string[];
}

/** Above what a failing check takes away, and a step for each control plane. */
const highest = 200;
const weight = -100;

/**
 * keepalived.conf: unicast, since many networks drop multicast. Who fails its check goes behind all that do not; where all
 * fail the address stays with one, since an API server that is slow is better than none.
 */
export function keepalivedConfiguration(settings: KeepalivedSettings): string {
  const { name, address, virtual, interface: device, routerId, controlPlanes } = settings;
  const peers = controlPlanes.filter((other) => other !== address);
  const priority = highest - Math.max(0, controlPlanes.indexOf(address));
  const prefix = parseAddress(virtual)?.family === 'IPv6' ? 128 : 32;
  const unicast = peers.length === 0 ? [] : ['  unicast_peer {', ...peers.map((peer) => `    ${peer}`), '  }'];
  return `# Written by kinit, and again when control planes come or go.
global_defs {
  router_id ${name}
  script_user root
  enable_script_security
  vrrp_garp_master_refresh 30
}

vrrp_script api_server {
  script "${keepalivedCheckFile}"
  interval 2
  timeout 3
  fall 2
  rise 2
  weight ${weight}
}

vrrp_instance kubernetes {
  state BACKUP
  interface ${device}
  virtual_router_id ${routerId}
  priority ${priority}
  advert_int 1
  unicast_src_ip ${address}
${[...unicast, '  virtual_ipaddress {', `    ${virtual}/${prefix} dev ${device}`, '  }'].join('\n')}
  track_script {
    api_server
  }
}
`;
}

/** The check script: the host's own API server, and the haproxy by which it is reached. */
export function keepalivedCheck(address: string, bindPort: number, readyStatus: 200 | 401): string {
  const server = `https://${hostPort(address, bindPort)}/readyz`;
  return `#!/bin/sh
# Written by kinit.
status=$(curl --silent --insecure --max-time 2 --output /dev/null --write-out '%{http_code}' ${server})
[ "$status" = ${readyStatus} ] || exit 1
curl --silent --fail --max-time 1 --output /dev/null http://127.0.0.1:${haproxyHealthPort}/healthz
`;
}

/** The name of keepalived's static pod. */
export const keepalivedName = 'kinit-keepalived';

/** What keepalived is called with; by it the process of the container is found on the host. */
export const keepalivedCommand: readonly string[] = [
  'keepalived',
  '--dont-fork',
  '--log-console',
  '--vrrp',
  '-f',
  keepalivedFile,
];

/** keepalived as a static pod in the host's network, with the rights to hold an address and to announce it. */
export function keepalivedPod(image: string): StaticPod {
  const container = {
    name: 'keepalived',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: keepalivedCommand,
    resources: { requests: { cpu: '25m', memory: '32Mi' } },
    securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_BROADCAST', 'NET_RAW'] } },
    volumeMounts: [{ mountPath: keepalivedDirectory, name: 'keepalived', readOnly: true }],
  };
  const volumes = [{ hostPath: { path: keepalivedDirectory, type: 'Directory' }, name: 'keepalived' }];
  return balancerPod(keepalivedName, { containers: [container], volumes });
}
