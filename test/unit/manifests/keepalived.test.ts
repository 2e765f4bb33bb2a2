import { describe, expect, it } from 'vitest';
import { keepalivedCheck, keepalivedConfiguration, keepalivedPod } from '../../../src/manifests/keepalived.ts';

const controlPlanes = ['10.0.0.11', '10.0.0.12', '10.0.0.13'];
const settings = {
  name: 'm2',
  address: '10.0.0.12',
  virtual: '10.0.0.100',
  interface: 'eth1',
  routerId: 100,
  controlPlanes,
};

describe('the configuration of keepalived', () => {
  const text = keepalivedConfiguration(settings);

  it.each([
    [
      'speaks to its peers alone',
      /^ {2}unicast_src_ip 10\.0\.0\.12\n {2}unicast_peer \{\n {4}10\.0\.0\.11\n {4}10\.0\.0\.13\n {2}\}$/m,
    ],
    ['holds the address on the interface', /^ {2}virtual_ipaddress \{\n {4}10\.0\.0\.100\/32 dev eth1\n {2}\}$/m],
    ['has the router id of the file', /^ {2}virtual_router_id 100$/m],
    ['goes by the order of the file', /^ {2}priority 199$/m],
    ['goes behind all others where its own API server is not ready', /^ {2}weight -100$/m],
  ])('%s', (_, words) => {
    expect(text).toMatch(words);
  });

  it('has no peers where there is one control plane', () => {
    expect(keepalivedConfiguration({ ...settings, controlPlanes: ['10.0.0.12'] })).not.toContain('unicast_peer');
  });

  it('holds an address of IPv6 alone too', () => {
    expect(keepalivedConfiguration({ ...settings, virtual: 'fd00::100' })).toContain('fd00::100/128 dev eth1');
  });
});

describe('the check of keepalived', () => {
  it.each([
    ['10.0.0.12', 200, 'https://10.0.0.12:6443/readyz', '[ "$status" = 200 ]'],
    ['fd00::12', 401, 'https://[fd00::12]:6443/readyz', '[ "$status" = 401 ]'],
  ] as const)('asks the API server of its own host at %s, and haproxy', (address, status, server, words) => {
    const script = keepalivedCheck(address, 6443, status);
    expect(script).toContain(server);
    expect(script).toContain(words);
    expect(script).toContain('http://127.0.0.1:10247/healthz');
  });
});

describe('the pod of keepalived', () => {
  it('may hold and announce an address, in the host’s network', () => {
    expect(keepalivedPod('keepalived:2').spec).toMatchObject({
      hostNetwork: true,
      containers: [{ securityContext: { capabilities: { add: ['NET_ADMIN', 'NET_BROADCAST', 'NET_RAW'] } } }],
    });
  });
});
