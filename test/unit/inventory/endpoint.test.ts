import { describe, expect, it } from 'vitest';
import { initRequest } from '../../../src/config/init.ts';
import { anyNode } from '../../../src/config/node-facts.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { InputError } from '../../../src/errors.ts';
import { checkEndpoint, endpointLine, type MadeCluster, serverFromOutside } from '../../../src/inventory/endpoint.ts';
import { hostFingerprint, initDocuments } from '../../../src/inventory/node-documents.ts';
import { inventorySchema } from '../../../src/inventory/schema.ts';
import type { ClusterFile, Inventory } from '../../../src/inventory/types.ts';
import { release } from '../manifests/config.ts';

interface Wish {
  readonly controlPlanes?: number;
  readonly balancer?: string;
  readonly endpoint?: string;
  readonly bindPort?: number;
  readonly more?: string;
}

/** A file of some control planes and one worker, and its inventory as it is once several may join. */
async function fileOf({ controlPlanes = 1, balancer = '', endpoint, bindPort, more = '' }: Wish): Promise<{
  readonly file: ClusterFile;
  readonly inventory: Inventory;
}> {
  const masters = Array.from(
    { length: controlPlanes },
    (_, at) => `- { name: m${at + 1}, address: 10.0.0.${at + 11}, role: control-plane }`,
  );
  const text = [
    'apiVersion: kinit.dev/v1alpha1',
    'kind: Inventory',
    'hosts:',
    ...masters,
    '- { name: w1, address: 10.0.0.21 }',
    `loadBalancer: { ${balancer} }`,
    more,
    '---',
    'apiVersion: kubeadm.k8s.io/v1beta4',
    'kind: ClusterConfiguration',
    ...(endpoint === undefined ? [] : [`controlPlaneEndpoint: ${endpoint}`]),
    ...(bindPort === undefined
      ? []
      : [
          '---',
          'apiVersion: kubeadm.k8s.io/v1beta4',
          'kind: InitConfiguration',
          `localAPIEndpoint: { bindPort: ${bindPort} }`,
        ]),
  ].join('\n');
  const file = (await readConfigFile(text, 'cluster.yaml')) as ClusterFile;
  return { file, inventory: inventorySchema.parse(file.inventory.value) };
}

/** What it throws; undefined where it does not. */
function refusalOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function clusterOf(wish: Wish, made?: MadeCluster) {
  const { file, inventory } = await fileOf(wish);
  const documents = initDocuments(file, inventory, inventory.hosts[0]!, release('1.31.0'), anyNode, made);
  initRequest({ documents, flags: {} });
  return documents.cluster?.value;
}

describe('the endpoint of a new cluster', () => {
  it.each<[string, Wish, string | undefined]>([
    ['has a name of kinit’s with one control plane, so that more are an edit', {}, 'api.kinit.internal:6443'],
    ['is what the file says', { endpoint: 'k8s.example.com' }, 'k8s.example.com'],
    ['has the port of the API server', { bindPort: 7443 }, 'api.kinit.internal:7443'],
    ['is the same with three control planes as with one', { controlPlanes: 3 }, 'api.kinit.internal:6443'],
    [
      'is the same with kube-vip',
      { controlPlanes: 3, balancer: 'kind: kube-vip, address: 10.0.0.9' },
      'api.kinit.internal:6443',
    ],
    [
      'has the port of the load balancer with keepalived',
      { controlPlanes: 3, balancer: 'kind: keepalived, address: 10.0.0.9' },
      'api.kinit.internal:8443',
    ],
    [
      'is the name of the user’s load balancer',
      { balancer: 'kind: external, address: lb.example.com, port: 443' },
      'lb.example.com:443',
    ],
    ['is none where no hosts file may hold a name', { more: 'preparation: { hostsFile: false }' }, undefined],
    [
      'is the virtual address where no hosts file may hold a name',
      { controlPlanes: 3, balancer: 'kind: kube-vip, address: 10.0.0.9', more: 'preparation: { hostsFile: false }' },
      '10.0.0.9:6443',
    ],
  ])('%s', async (_, wish, endpoint) => {
    expect((await clusterOf(wish))?.controlPlaneEndpoint).toBe(endpoint);
  });

  it('is in the certificates under the load balancer’s address too, for who comes from elsewhere', async () => {
    const cluster = await clusterOf({ controlPlanes: 3, balancer: 'kind: kube-vip, address: 10.0.0.9' });
    expect(cluster?.apiServer?.certSANs).toEqual(['10.0.0.9']);
  });
});

describe('the endpoint of a cluster that is there', () => {
  it.each<[string, Wish, string | undefined, string | undefined]>([
    ['stays none', {}, undefined, undefined],
    ['stays none where only the server of a kubeconfig is known', {}, 'https://10.0.0.11:6443', undefined],
    ['stays kinit’s name', {}, 'api.kinit.internal:6443', 'api.kinit.internal:6443'],
    ['stays kinit’s name as a kubeconfig has it', {}, 'https://api.kinit.internal:6443', 'api.kinit.internal:6443'],
    [
      'is asked for where the file wants a load balancer',
      { balancer: 'kind: local' },
      undefined,
      'api.kinit.internal:6443',
    ],
  ])('%s', async (_, wish, controlPlaneEndpoint, endpoint) => {
    expect((await clusterOf(wish, { controlPlaneEndpoint }))?.controlPlaneEndpoint).toBe(endpoint);
  });
});

describe('endpoint, load balancer and API servers', () => {
  it.each<[string, Wish, RegExp]>([
    [
      'a local port beside the API server’s',
      { balancer: 'kind: local, port: 8443' },
      /^cluster\.yaml:6 loadBalancer\.port: has to be 6443/,
    ],
    [
      'keepalived on the API server’s port',
      { balancer: 'kind: keepalived, address: 10.0.0.9, port: 6443' },
      /loadBalancer\.port: 6443 is taken by the API servers/,
    ],
    [
      'an address as the endpoint of a local one',
      { balancer: 'kind: local', endpoint: '10.0.0.9:6443' },
      /controlPlaneEndpoint: has to be a name, not the address 10\.0\.0\.9/,
    ],
    [
      'a host’s name as the endpoint of a local one',
      { balancer: 'kind: local', endpoint: 'm1:6443' },
      /controlPlaneEndpoint: m1 is the name of one of the hosts/,
    ],
    [
      'another address than the virtual one',
      { balancer: 'kind: kube-vip, address: 10.0.0.9', endpoint: '10.0.0.8:6443' },
      /controlPlaneEndpoint: 10\.0\.0\.8 is not the virtual address 10\.0\.0\.9/,
    ],
    [
      'another port than the load balancer’s',
      { balancer: 'kind: keepalived, address: 10.0.0.9', endpoint: 'k8s.example.com:6443' },
      /controlPlaneEndpoint: has the port 6443, the load balancer 8443/,
    ],
  ])('refuse %s, with its place', async (_, wish, message) => {
    const { file, inventory } = await fileOf(wish);
    const error = refusalOf(() => checkEndpoint(file, inventory));
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).problems.map((problem) => `${problem.place}: ${problem.message}`)).toEqual([
      expect.stringMatching(message),
    ]);
  });

  it.each<[string, Wish]>([
    [
      'the virtual address as the endpoint',
      { balancer: 'kind: kube-vip, address: 10.0.0.9', endpoint: '10.0.0.9:6443' },
    ],
    ['a name of the user’s with a local one', { balancer: 'kind: local', endpoint: 'k8s.example.com:6443' }],
    ['any endpoint without a load balancer', { endpoint: '10.0.0.8:443' }],
  ])('fit together with %s', async (_, wish) => {
    const { file, inventory } = await fileOf(wish);
    expect(() => checkEndpoint(file, inventory)).not.toThrow();
  });
});

describe('the way of a host to the API servers', () => {
  it.each<[string, Wish, 'm1' | 'w1', boolean, string | undefined]>([
    ['of the one control plane is to itself', {}, 'm1', true, '10.0.0.11 api.kinit.internal'],
    ['of a worker is to the one control plane', {}, 'w1', true, '10.0.0.11 api.kinit.internal'],
    [
      'of a worker that joins is to a control plane',
      { balancer: 'kind: local' },
      'w1',
      false,
      '10.0.0.11 api.kinit.internal',
    ],
    [
      'of a worker that has joined is to itself',
      { balancer: 'kind: local' },
      'w1',
      true,
      '127.0.0.1 api.kinit.internal',
    ],
    [
      'of a control plane is to its own API server',
      { balancer: 'kind: local' },
      'm1',
      true,
      '10.0.0.11 api.kinit.internal',
    ],
    [
      'is by the user’s name with a load balancer of kinit’s',
      { balancer: 'kind: local', endpoint: 'k8s.example.com:6443' },
      'w1',
      true,
      '127.0.0.1 k8s.example.com',
    ],
    [
      'of a worker is to the virtual address',
      { balancer: 'kind: kube-vip, address: 10.0.0.9' },
      'w1',
      true,
      '10.0.0.9 api.kinit.internal',
    ],
    [
      'of a control plane is to its own haproxy',
      { balancer: 'kind: keepalived, address: 10.0.0.9' },
      'm1',
      true,
      '10.0.0.11 api.kinit.internal',
    ],
    [
      'is to the user’s load balancer',
      { balancer: 'kind: external, address: 10.0.0.9' },
      'w1',
      true,
      '10.0.0.9 api.kinit.internal',
    ],
    [
      'of a control plane never leaves it where the port is the same',
      { balancer: 'kind: external, address: 10.0.0.9' },
      'm1',
      true,
      '10.0.0.11 api.kinit.internal',
    ],
    [
      'of a control plane is to the user’s load balancer where only that has the port',
      { balancer: 'kind: external, address: 10.0.0.9, port: 443' },
      'm1',
      true,
      '10.0.0.9 api.kinit.internal',
    ],
    [
      'is not kinit’s business where the user has a name and no load balancer',
      { endpoint: 'k8s.example.com' },
      'w1',
      true,
      undefined,
    ],
    [
      'is not kinit’s business where the user has a name and a load balancer',
      { endpoint: 'lb.example.com:6443', balancer: 'kind: external, address: lb.example.com' },
      'w1',
      true,
      undefined,
    ],
    [
      'needs no line for an address',
      { endpoint: '10.0.0.9:6443', balancer: 'kind: kube-vip, address: 10.0.0.9' },
      'w1',
      true,
      undefined,
    ],
  ])('%s', async (_, wish, name, isNode, line) => {
    const { inventory } = await fileOf(wish);
    const host = inventory.hosts.find((one) => one.name === name)!;
    const controlPlaneEndpoint = (await clusterOf(wish))?.controlPlaneEndpoint;
    const cluster = { ...(controlPlaneEndpoint ? { controlPlaneEndpoint } : {}) };
    expect(endpointLine({ inventory, cluster, bindPort: 6443, host, isNode })).toBe(line);
  });

  it.each([
    ['that joins is to the first, until it has an API server', false, '10.0.0.11 api.kinit.internal'],
    ['that has joined is to itself', true, '10.0.0.12 api.kinit.internal'],
  ])('of a further control plane %s', async (_, isNode, line) => {
    const { inventory } = await fileOf({ controlPlanes: 3 });
    const cluster = { controlPlaneEndpoint: 'api.kinit.internal:6443' };
    expect(endpointLine({ inventory, cluster, bindPort: 6443, host: inventory.hosts[1]!, isNode })).toBe(line);
  });

  it('of a worker that joins is to the control plane that lives', async () => {
    const { inventory } = await fileOf({ controlPlanes: 3 });
    const cluster = { controlPlaneEndpoint: 'api.kinit.internal:6443' };
    const way = { inventory, cluster, bindPort: 6443, host: inventory.hosts[3]!, isNode: false, leader: '10.0.0.12' };
    expect(endpointLine(way)).toBe('10.0.0.12 api.kinit.internal');
  });
});

describe('what the file says of a worker', () => {
  const printOf = async (wish: Wish) => {
    const { file, inventory } = await fileOf(wish);
    return hostFingerprint(file, inventory, inventory.hosts.at(-1)!);
  };

  it('changes with the control planes that its load balancer leads to', async () => {
    expect(await printOf({ controlPlanes: 3 })).not.toBe(await printOf({ controlPlanes: 5 }));
  });

  it('does not change with anything of a load balancer that is not there', async () => {
    expect(await printOf({})).toBe(await printOf({ more: 'ssh: { user: ops }' }));
  });
});

describe('a server as who is no node reaches it', () => {
  const hosts = '127.0.0.1 localhost\n# BEGIN kinit\n10.0.0.11 m1\n10.0.0.11 api.kinit.internal\n# END kinit\n';

  it.each([
    [
      'is by the address of the control plane instead of kinit’s name',
      'https://api.kinit.internal:7443',
      hosts,
      'https://10.0.0.11:7443',
    ],
    ['stays where it is by another name', 'https://k8s.example.com:6443', hosts, 'https://k8s.example.com:6443'],
    [
      'stays where nobody knows the address',
      'https://api.kinit.internal:6443',
      '127.0.0.1 localhost\n',
      'https://api.kinit.internal:6443',
    ],
    [
      'does not trust a line that is none',
      'https://api.kinit.internal:6443',
      '$(reboot) api.kinit.internal\n',
      'https://api.kinit.internal:6443',
    ],
  ])('%s', (_, server, text, wanted) => {
    expect(serverFromOutside(server, text)).toBe(wanted);
  });

  it.each([
    ['of the load balancer that holds one', 'kind: keepalived, address: 10.0.0.100', 'https://10.0.0.100:8443'],
    ['of the control plane where a balancer is for the nodes alone', 'kind: local', 'https://10.0.0.11:8443'],
  ])('is by the address %s', async (_, balancer, wanted) => {
    const { inventory } = await fileOf({ controlPlanes: 3, balancer });
    expect(serverFromOutside('https://api.kinit.internal:8443', hosts, inventory)).toBe(wanted);
  });
});
