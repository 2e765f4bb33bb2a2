import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { keepalivedConfiguration } from '../../src/manifests/keepalived.ts';
import { kubeVipPod } from '../../src/manifests/kube-vip.ts';
import { statusText } from '../../src/report/status-text.ts';
import { balancerStatus } from '../../src/workflows/cluster/balancer-status.ts';
import { type AskedHost, isHealthy, status } from '../../src/workflows/cluster/status.ts';
import { toYaml } from '../../src/yaml.ts';
import { FakeHost } from '../fakes/host.ts';
import { FakeKube } from '../fakes/kube.ts';

const virtual = '10.0.0.100';
const settings = { name: 'm1', address: '10.0.0.11', virtual, interface: 'eth0', routerId: 100 };
const manifest = (name: string) => `/etc/kubernetes/manifests/kinit-${name}.yaml`;
const haproxy = { [manifest('haproxy')]: '' };
const keepalived = {
  ...haproxy,
  [manifest('keepalived')]: '',
  '/etc/kubernetes/kinit/keepalived/keepalived.conf': keepalivedConfiguration({
    ...settings,
    controlPlanes: ['10.0.0.11', '10.0.0.12', '10.0.0.13'],
  }),
};
const kubeVip = {
  [manifest('kube-vip')]: toYaml(kubeVipPod({ image: 'kube-vip', address: virtual, port: 6443, interface: 'eth0' })),
};

/** As haproxy 2.6 prints it: a head, the frontends, each server, the backend; fields that are left out here are empty there. */
const statistics = (...servers: readonly (readonly [name: string, status: string])[]) =>
  [
    '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight',
    'kubernetes,FRONTEND,,,2,3,4000,9,1,1,0,0,0,,,,,OPEN,',
    ...servers.map(([name, state]) => `api-servers,${name},0,0,1,1,,1,1,1,,0,,0,0,0,0,${state},1`),
    'api-servers,BACKEND,0,0,1,1,400,1,1,1,0,0,,0,0,0,0,UP,1',
    'health,FRONTEND,,,1,1,4000,1,1,1,0,0,0,,,,,OPEN,',
    '',
  ].join('\n');

let server: Server | undefined;
afterEach(() => void server?.close());

/** A host with these files, whose haproxy answers like that. */
async function host(files: Readonly<Record<string, string>>, answer?: string, held = '10.0.0.11'): Promise<FakeHost> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(request.url === '/stats;csv' ? 200 : 404).end(answer);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new FakeHost({
    name: 'n1',
    files,
    commands: { 'ip -o address show': { stdout: `2: eth0    inet ${held}/24 brd 10.0.0.255 scope global eth0\n` } },
    connect: async (target) => {
      if (answer === undefined || !('port' in target) || target.port !== 10247) throw new Error('connect ECONNREFUSED');
      return connect(port, '127.0.0.1');
    },
  });
}

describe('the load balancer of a node', () => {
  test('is none where kinit has put none there', async () => {
    expect(await balancerStatus('n1', await host({}))).toBeUndefined();
  });

  test('tells which API servers it leads to, and which of them are down', async () => {
    const told = statistics(['m1', 'UP'], ['m2', 'DOWN'], ['m3', 'UP 1/2']);
    expect(await balancerStatus('n1', await host(haproxy, told))).toEqual({
      node: 'n1',
      kind: 'haproxy',
      problem: undefined,
      servers: [
        { name: 'm1', isUp: true },
        { name: 'm2', isUp: false },
        { name: 'm3', isUp: true },
      ],
      holds: undefined,
    });
  });

  test('says why it does not tell', async () => {
    const seen = await balancerStatus('n1', await host(haproxy));
    expect(seen).toMatchObject({ servers: [], problem: 'haproxy does not answer: connect ECONNREFUSED' });
  });

  test.each([
    ['keepalived', keepalived, virtual, 'keepalived, haproxy', virtual],
    ['keepalived', keepalived, '10.0.0.11', 'keepalived, haproxy', undefined],
    ['kube-vip', kubeVip, virtual, 'kube-vip', virtual],
    ['kube-vip', kubeVip, '10.0.0.10', 'kube-vip', undefined],
  ])('says with %s whether the node holds the virtual address', async (_, files, held, kind, holds) => {
    expect(await balancerStatus('m1', await host(files, statistics(['m1', 'UP']), held))).toMatchObject({
      kind,
      holds,
    });
  });

  test('is shown by the status of the cluster, per node; one that is silent is wrong', async () => {
    const asked = async (answer?: string): Promise<AskedHost> => {
      return { name: 'n1', role: 'worker', reached: await host(haproxy, answer) };
    };
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
    const conditions = [{ type: 'Ready', status: 'True' }];
    const kube = new FakeKube({ ...node, status: { conditions } });
    const well = await status([await asked(statistics(['m1', 'UP'], ['m2', 'DOWN']))], kube);
    expect(statusText(well, 0)).toMatch(/^n1 +haproxy +1\/2 +not m2$/m);
    expect(isHealthy(well)).toBe(true);
    server?.close();
    const silent = await status([await asked()], kube);
    expect(statusText(silent, 0)).toMatch(/^n1 +haproxy +haproxy does not answer/m);
    expect(isHealthy(silent)).toBe(false);
  });
});
