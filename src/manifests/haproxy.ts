import { hostPort } from '../config/network.ts';
import { kubernetesDirectory } from '../release/paths.ts';
import type { StaticPod } from './static-pod.ts';

/** Where the files of load balancers are on a host. */
export const balancersDirectory = `${kubernetesDirectory}/kinit`;
/** haproxy's, on the host and in its container. */
export const haproxyDirectory = `${balancersDirectory}/haproxy`;
export const haproxyFile = `${haproxyDirectory}/haproxy.cfg`;
/** The cluster's CA beside it: a file alone that is replaced is not seen in a container. */
export const haproxyCaFile = `${haproxyDirectory}/ca.crt`;

/** On the host itself: haproxy's health, and at /stats how it finds the API servers. Beside those of Kubernetes, 10248 to 10259. */
export const haproxyHealthPort = 10247;

export interface ApiServerAt {
  /** Of its node. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface HaproxySettings {
  /** Where connections are taken: `127.0.0.1` or `*`. */
  readonly bind: string;
  readonly port: number;
  readonly servers: readonly ApiServerAt[];
  /** What /readyz says to who is nobody where the API server is ready: 401 where it lets nobody in (anonymous-auth=false). */
  readonly readyStatus: 200 | 401;
  /** The cluster's CA, in the container. */
  readonly caFile: string;
}

/**
 * haproxy.cfg: each connection to the API server with the fewest, among those whose /readyz is fine. A new one that is not taken
 * within a second goes to another. A host that is dead is out within 4.5 s, the time between two looks and two of them (each
 * `timeout connect` long), and its connections are closed, since a kubelet would wait on them; connections that only wait, as
 * those of watches do, live for a day. https://docs.haproxy.org/2.6/configuration.html
 */
export function haproxyConfiguration({ bind, port, servers, readyStatus, caFile }: HaproxySettings): string {
  const lines = servers.map(({ name, address, port: at }) => `  server ${name} ${hostPort(address, at)}`);
  return `# Written by kinit, and again when control planes come or go.
global
  log stdout format raw daemon notice
  maxconn 4000

defaults
  log global
  mode tcp
  balance leastconn
  option redispatch 1
  retries 3
  timeout connect 1s
  timeout check 2s
  timeout queue 5s
  timeout client 24h
  timeout server 24h
  timeout client-fin 10s
  timeout server-fin 10s
  option clitcpka
  option srvtcpka
  clitcpka-idle 30s
  clitcpka-intvl 10s
  clitcpka-cnt 3
  srvtcpka-idle 30s
  srvtcpka-intvl 10s
  srvtcpka-cnt 3

frontend kubernetes
  bind ${bind}:${port}
  default_backend api-servers

backend api-servers
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host kubernetes
  http-check expect status ${readyStatus}
  default-server check check-ssl verify required ca-file ${caFile} inter 2s fastinter 500ms downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${lines.join('\n')}

frontend health
  mode http
  bind 127.0.0.1:${haproxyHealthPort}
  timeout client 10s
  monitor-uri /healthz
  stats enable
  stats uri /stats
`;
}

/** The name of haproxy's static pod. */
export const haproxyName = 'kinit-haproxy';

/** What haproxy is called with; by it the process of the container is found on the host. */
export const haproxyCommand: readonly string[] = ['haproxy', '-W', '-db', '-f', haproxyFile];

/**
 * haproxy as a static pod in the host's network, as nobody and with nothing to write. A CA that lies elsewhere is mounted
 * beside its files; the pod waits until that is there.
 */
export function haproxyPod(image: string, caFile: string = haproxyCaFile): StaticPod {
  const isElsewhere = caFile !== haproxyCaFile;
  const health = { host: '127.0.0.1', path: '/healthz', port: haproxyHealthPort, scheme: 'HTTP' };
  const container = {
    name: 'haproxy',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: haproxyCommand,
    livenessProbe: { failureThreshold: 6, httpGet: health, periodSeconds: 10, timeoutSeconds: 5 },
    readinessProbe: { failureThreshold: 2, httpGet: health, periodSeconds: 5, timeoutSeconds: 5 },
    resources: { requests: { cpu: '25m', memory: '32Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsGroup: nobody,
      runAsNonRoot: true,
      runAsUser: nobody,
    },
    volumeMounts: [
      ...(isElsewhere ? [{ mountPath: caFile, name: 'ca', readOnly: true }] : []),
      { mountPath: haproxyDirectory, name: 'haproxy', readOnly: true },
    ],
  };
  const volumes = [
    ...(isElsewhere ? [{ hostPath: { path: caFile, type: 'File' }, name: 'ca' }] : []),
    { hostPath: { path: haproxyDirectory, type: 'Directory' }, name: 'haproxy' },
  ];
  return balancerPod(haproxyName, { containers: [container], volumes });
}

const nobody = 65534;

/** A static pod of a load balancer, which goes before whatever else wants the node's memory. */
export function balancerPod(name: string, spec: Readonly<Record<string, unknown>>): StaticPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { labels: { component: name, tier: 'load-balancer' }, name, namespace: 'kube-system' },
    spec: { ...spec, hostNetwork: true, priority: 2000001000, priorityClassName: 'system-node-critical' },
    status: {},
  };
}
