import * as z from 'zod';
import { object, text } from '../config/schema/fields.ts';

const port = z.int().min(1).max(65535).describe('port of the SSH server');
const file = (what: string) => text.describe(`${what}: a file on the machine that runs kinit`);

/** How one machine is reached; a host's own settings win over those of all. */
const reachFields = {
  user: text.optional().describe('user to log in as; default: as ssh has it'),
  port: port.optional(),
  identityFiles: z
    .array(text)
    .optional()
    .describe('private keys; default: as ssh has it. A key with a passphrase is asked for once'),
  bastion: text
    .optional()
    .describe('[user@]address[:port] to go through; several between commas, the nearest first; none: no bastion'),
  passwordFile: file('password for the login to the hosts, never to a bastion').optional(),
  sudoPasswordFile: file('password for sudo, if it is not that of the login').optional(),
};

const ssh = object({
  ...reachFields,
  agent: z.boolean().default(true).describe('use the keys of the SSH agent'),
  sudo: z.boolean().default(true).describe('become root with sudo where the user is not root'),
  knownHosts: z.array(text).optional().describe('known hosts files to check host keys against; default: as ssh has it'),
  acceptNewHostKeys: z.boolean().default(false).describe('take the key of a host that is not known yet, and keep it'),
});

const taint = object({
  key: text,
  value: text.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
});

const host = object({
  name: text.describe('name of the node; the host is given this hostname'),
  address: text.describe('address by which the other nodes reach it'),
  role: z.enum(['control-plane', 'worker']).default('worker'),
  labels: z.record(text, text).default({}).describe('labels of the node'),
  taints: z.array(taint).optional().describe("taints of the node; default: its role's"),
  ssh: object({
    address: text.optional().describe('address for SSH, if it is another'),
    ...reachFields,
    fingerprints: z.array(text).optional().describe('SHA256:... of the host key: one of these and no other'),
  }).prefault({}),
});

const preparation = object({
  hostname: z.boolean().default(true).describe("set the hostname to the node's name"),
  hostsFile: z.boolean().default(true).describe('keep a block with all nodes in /etc/hosts'),
  swap: z.enum(['disable', 'leave']).default('disable').describe('now and in /etc/fstab'),
  selinux: z.enum(['permissive', 'leave']).default('permissive'),
  firewalld: z
    .enum(['ports', 'disable', 'leave'])
    .default('ports')
    .describe('ports: open what the role needs, trust pods and services; only where firewalld runs'),
  firewallPorts: z
    .array(text)
    .default([])
    .describe('more ports for nodes among each other, for a pod network: 179/tcp'),
  modules: z.array(text).default([]).describe('kernel modules beyond those that Kubernetes needs'),
  sysctls: z.record(text, text).default({}).describe('kernel settings beyond those that Kubernetes needs'),
  timeSync: z.enum(['chrony', 'leave']).default('chrony').describe('chrony: where nothing else keeps the clock yet'),
  ntpServers: z.array(text).default([]).describe("time servers; default: those of the host's own configuration"),
  vaultRepositories: z
    .union([z.boolean(), text])
    .default(true)
    .describe('CentOS 7 and 8: use the vault where the official mirrors are gone; or the URL of a copy of the vault'),
});

const packages = object({
  source: text
    .default('official')
    .describe(
      'official, aliyun, tsinghua, ustc, huawei (Kubernetes up to v1.28), none (the repositories that the hosts have; kinit then does not hold its packages against updates of the whole system), or the URL of a repository; {minor} in it stands for v1.37',
    ),
  gpgKeys: z.array(text).default([]).describe('URLs of the keys of a repository given by its URL'),
  gpgCheck: z.boolean().default(true).describe("check the packages' signatures"),
});

const runtime = object({
  name: z.enum(['containerd', 'docker']).default('containerd').describe('docker: for Kubernetes up to v1.23'),
  version: text
    .optional()
    .describe(
      '1.7.27, or 1.7 for its newest patch; default: the one that is there, else what the Kubernetes version needs',
    ),
  docker: z
    .enum(['leave', 'remove'])
    .default('leave')
    .describe(
      'of a node that moves from docker to containerd; remove: its containers, images and packages too, volumes stay',
    ),
  cgroupDriver: z.enum(['systemd', 'cgroupfs']).default('systemd'),
  registryMirrors: z
    .record(text, z.array(text))
    .default({})
    .describe(
      "registry -> URLs to ask before it: docker.io: [https://mirror.example.com]; a registry's own URL with http:// says that it speaks plain HTTP. docker has mirrors of docker.io alone",
    ),
  sandboxImage: text.optional().describe("default: kubeadm's pause image, from the cluster's image repository"),
});

const images = object({
  repository: text
    .optional()
    .describe("where the cluster's images come from, unless ClusterConfiguration has an imageRepository"),
});

const network = object({
  plugin: text.default('flannel').describe('flannel, none, or a file or directory with manifests'),
  imageRepository: text.optional().describe("where the pod network's images come from"),
});

const loadBalancer = object({
  kind: z
    .enum(['local', 'kube-vip', 'keepalived', 'external'])
    .optional()
    .describe(
      'local: haproxy on every worker; kube-vip, keepalived: a virtual address that the control planes hold in turn; external: yours. Default: local where there are several control planes, none with one',
    ),
  address: text
    .optional()
    .describe(
      'the virtual address (kube-vip, keepalived), or the address or name of your own load balancer (external)',
    ),
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe("where it takes connections; default: the API server's port, 8443 with keepalived"),
  interface: text
    .optional()
    .describe("the control planes' interface for the virtual address; default: the one with the address of each host"),
  image: text.optional().describe("haproxy's image, with kube-vip its own; default: the one that kinit was built with"),
  keepalivedImage: text.optional().describe("keepalived's image; default: the one that kinit was built with"),
  routerId: z
    .int()
    .min(1)
    .max(255)
    .optional()
    .describe(
      "keepalived's virtual router id, which nobody else in the network may have; default: the last byte of the address",
    ),
});

const bundle = object({
  keyFile: file('public key (Ed25519, PEM): bundles not signed with its private half are refused').optional(),
});

const snapshots = object({
  every: text.default('24h').describe('how often: an even part of a day in whole minutes, such as 15m, 1h, 6h'),
  at: text.default('00:00').describe('time of day, as the host has it, at which one is due'),
  directory: text.default('/var/lib/kinit/etcd-snapshots').describe('folder on each control plane, for root alone'),
  keep: z.int().min(0).default(7).describe('how many of this cluster stay there, the newest; 0: all'),
});

/** kinit's own document: the machines of a cluster and what is to be made of them. The one definition of it. */
export const inventorySchema = object({
  apiVersion: z.literal('kinit.dev/v1alpha1'),
  kind: z.literal('Inventory'),
  hosts: z.array(host).min(1),
  ssh: ssh.prefault({}),
  preparation: preparation.prefault({}),
  packages: packages.prefault({}),
  runtime: runtime.prefault({}),
  images: images.prefault({}),
  network: network.prefault({}),
  loadBalancer: loadBalancer.prefault({}),
  bundle: bundle.prefault({}),
  snapshots: snapshots
    .optional()
    .describe('each control plane saves snapshots of its etcd by itself, by a timer of systemd; default: none does'),
});

/** The JSON Schema of a file with an Inventory, for editors (draft 2020-12). */
export function inventoryJsonSchema(): object {
  return z.toJSONSchema(inventorySchema, { io: 'input' });
}
