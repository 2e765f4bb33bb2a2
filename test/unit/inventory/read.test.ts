import { describe, expect, it } from 'vitest';
import { readConfigFile } from '../../../src/config/read.ts';
import { inventoryDefaults } from '../../../src/inventory/printed-defaults.ts';
import { readInventory } from '../../../src/inventory/read.ts';
import { inventoryJsonSchema } from '../../../src/inventory/schema.ts';
import type { Inventory } from '../../../src/inventory/types.ts';
import { toYaml } from '../../../src/yaml.ts';
import { problemsOf } from '../problems.ts';

const head = 'apiVersion: kinit.dev/v1alpha1\nkind: Inventory\n';
const hosts = `hosts:
- name: master
  address: 10.0.0.11
  role: control-plane
- name: node1
  address: 10.0.0.12
`;

async function inventoryOf(text: string, lenient = false): Promise<Inventory> {
  const { inventory } = await readConfigFile(head + text, 'cluster.yaml');
  return readInventory(inventory!, { lenient });
}

const problemsIn = (text: string) => problemsOf(inventoryOf(text));

describe('an inventory', () => {
  it('of nothing but hosts has a default for everything else', async () => {
    const inventory = await inventoryOf(hosts);
    expect(inventory.hosts.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'master control-plane',
      'node1 worker',
    ]);
    expect(inventory).toMatchObject({
      preparation: { swap: 'disable', selinux: 'permissive', firewalld: 'ports', timeSync: 'chrony' },
      packages: { source: 'official' },
      runtime: { name: 'containerd', cgroupDriver: 'systemd' },
      network: { plugin: 'flannel' },
    });
  });

  it('is frozen all through', async () => {
    const { hosts: all, preparation } = await inventoryOf(hosts);
    expect([all, all[0], all[0]?.labels, preparation.sysctls].every(Object.isFrozen)).toBe(true);
  });

  it('takes null for what is left out', async () => {
    expect((await inventoryOf(`${hosts}packages:\npreparation: { swap: null }\n`)).preparation.swap).toBe('disable');
  });

  it('is what `config print inventory-defaults` prints, read again', async () => {
    const text = toYaml(inventoryDefaults()).replace(/^(apiVersion|kind):.*\n/gm, '');
    const { apiVersion: _, kind: __, ...printed } = inventoryDefaults();
    expect(await inventoryOf(text)).toEqual(printed);
  });

  it.each<[string, string, RegExp]>([
    [
      'an unknown field, with the one that was meant',
      `${hosts}preparation: { swapp: leave }`,
      /^cluster\.yaml:9 preparation\.swapp: is not a field here; did you mean "swap"\?$/,
    ],
    [
      'a choice that is none',
      `${hosts}preparation: { selinux: disabled }`,
      /:9 preparation\.selinux: has to be "permissive" or "leave"/,
    ],
    [
      'a choice with a slip of the pen, with the one that was meant',
      `${hosts}preparation: { swap: leaf }`,
      /preparation\.swap: has to be "disable" or "leave"; did you mean "leave"\?$/,
    ],
    [
      'a letter of another script that looks like ours',
      `${hosts}preparation: { swap: l\u0435ave }`,
      /has to be "disable" or "leave"; did you mean "leave"\?; in it stands a Cyrillic letter "\u0435" \(U\+0435\)$/,
    ],
    [
      'a dash that is none',
      hosts.replace('control-plane', 'control\u2011plane'),
      /has to be .*; in it stands a dash that is no "-" \(U\+2011\)$/,
    ],
    [
      'a switch that YAML reads as a boolean',
      `${hosts}preparation: { swap: off }`,
      /preparation\.swap: has to be "disable" or "leave", not off, which YAML reads as false/,
    ],
    [
      'a name that YAML reads as a number',
      'hosts:\n- { name: 1, address: 10.0.0.1, role: control-plane }',
      /hosts\[0\]\.name: .*put it in quotes/,
    ],
    ['no hosts', 'hosts: []', /hosts: /],
    ['hosts without a control plane', 'hosts: [{ name: a, address: 10.0.0.1 }]', /hosts: has no control plane/],
    [
      'a name twice',
      `${hosts}- { name: node1, address: 10.0.0.13 }`,
      /:9 hosts\[2\]\.name: is also that of the host node1/,
    ],
    [
      'an address twice, however it is written',
      `${hosts}- { name: a, address: "fd00::1" }\n- { name: b, address: "fd00:0::1" }`,
      /hosts\[3\]\.address: is also that of the host a/,
    ],
    [
      'a name with capitals',
      `${hosts}- { name: Node2, address: 10.0.0.13 }`,
      /hosts\[2\]\.name: "Node2" is no node name/,
    ],
    [
      'an address that is none',
      `${hosts}- { name: node2, address: 10.0.0 .13 }`,
      /hosts\[2\]\.address: .* is neither an address nor a name/,
    ],
    [
      'an address with a part that is too large',
      `${hosts}- { name: node2, address: 192.168.77.300 }`,
      /hosts\[2\]\.address: "192\.168\.77\.300" is neither an address nor a name/,
    ],
    [
      'a label that Kubernetes would refuse',
      `${hosts}- { name: node2, address: 10.0.0.13, labels: { "a b": c } }`,
      /hosts\[2\]\.labels\.a b: "a b" is no key/,
    ],
    ['a bastion that is no target', `${hosts}ssh: { bastion: "a:b:c" }`, /ssh\.bastion: /],
    [
      'a fingerprint of the wrong kind',
      `${hosts}- { name: c, address: 10.0.0.9, ssh: { fingerprints: ["MD5:aa"] } }`,
      /ssh\.fingerprints\[0\]: is no fingerprint/,
    ],
    [
      'a port for the firewall that is none',
      `${hosts}preparation: { firewallPorts: ["179"] }`,
      /firewallPorts\[0\]: "179" is no port/,
    ],
    [
      'a source of packages that is none',
      `${hosts}packages: { source: aliyum }`,
      /packages\.source: has to be official, aliyun, tsinghua, ustc, huawei, none or a URL/,
    ],
    [
      'an own repository without keys',
      `${hosts}packages: { source: "http://10.0.0.2/rpms" }`,
      /packages\.source: .*gpgKeys, or gpgCheck: false/,
    ],
    [
      'a password in a URL',
      `${hosts}packages: { source: "http://u:secret@10.0.0.2/rpms", gpgCheck: false }`,
      /packages\.source: must not hold a user or password/,
    ],
    [
      'a mirror that is no URL',
      `${hosts}runtime: { registryMirrors: { docker.io: [mirror.example.com] } }`,
      /runtime\.registryMirrors\.docker\.io\[0\]: has to be a URL/,
    ],
    [
      'a mirror that docker has no way to ask',
      `${hosts}runtime: { name: docker, registryMirrors: { k8s.gcr.io: ["http://10.0.0.2:5000"] } }`,
      /runtime\.registryMirrors\.k8s\.gcr\.io: docker has mirrors of docker\.io alone: .*images\.repository/,
    ],
  ])('refuses %s', async (_, text, message) => {
    const problems = await problemsIn(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it('names everything that is wrong at once', async () => {
    expect(await problemsIn('hosts:\n- { name: A, address: "?" }\nruntime: { version: new }')).toHaveLength(4);
  });

  it('never shows a password that stands in it', async () => {
    const problems = await problemsIn(`${hosts}packages: { source: "http://u:secret@10.0.0.2/rpms", gpgCheck: false }`);
    expect(problems.join()).not.toContain('secret');
  });

  it('may have unknown fields where the reader is lenient', async () => {
    expect((await inventoryOf(`${hosts}owner: me`, true)).hosts).toHaveLength(2);
  });
});

describe('the JSON Schema of the inventory', () => {
  it('describes the fields and wants only what has no default', () => {
    expect(inventoryJsonSchema()).toMatchObject({
      required: ['apiVersion', 'kind', 'hosts'],
      additionalProperties: false,
      properties: { hosts: { items: { required: ['name', 'address'], properties: { role: { default: 'worker' } } } } },
    });
  });
});
