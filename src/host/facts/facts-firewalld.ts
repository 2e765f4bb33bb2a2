import type { Facts } from './facts.ts';

/** Ports of the services that firewalld brings for Kubernetes (its services/*.xml). */
const servicePorts: Readonly<Record<string, readonly string[]>> = {
  'kube-apiserver': ['6443/tcp'],
  'kube-controller-manager': ['10252/tcp'],
  'kube-controller-manager-secure': ['10257/tcp'],
  'kube-scheduler': ['10251/tcp'],
  'kube-scheduler-secure': ['10259/tcp'],
  'kubelet-readonly': ['10255/tcp'],
  kubelet: ['10250/tcp'],
  'kubelet-worker': ['10250/tcp', '30000-32767/tcp'],
  'kube-worker': ['10250/tcp', '30000-32767/tcp'],
  'kube-nodeport-services': ['30000-32767/tcp'],
  'kube-control-plane': ['6443/tcp', '2379-2380/tcp', '10250/tcp', '10251/tcp', '10252/tcp'],
  'kube-control-plane-secure': ['6443/tcp', '2379-2380/tcp', '10250/tcp', '10259/tcp', '10257/tcp'],
  'etcd-client': ['2379/tcp'],
  'etcd-server': ['2380/tcp'],
};

/** What the stored zones let in that interfaces use: the default zone and those that name an interface. */
export function parseFirewalld(lines: readonly string[]): Omit<Facts['firewalld'], 'active'> {
  const defaultZone = lines.find((line) => line.startsWith('default '))?.slice('default '.length) ?? 'public';
  const zones = zonesOf(lines);
  const own = zones.find(({ name }) => name === defaultZone);
  const used = zones.filter((zone) => zone === own || zone.tags.some((tag) => tag.startsWith('<interface')));
  const tags = used.flatMap((zone) => zone.tags);
  return {
    zones: [...new Set([defaultZone, ...used.map(({ name }) => name)])],
    ports: [...new Set(tags.flatMap(portsOf))],
    open: defaultZone === 'trusted' || (own?.tags.some((tag) => /target="?ACCEPT/.test(tag)) ?? false),
    masquerade: tags.some((tag) => tag.startsWith('<masquerade')),
  };
}

/** A zone in /etc/firewalld replaces the one of the same name that the package brings, which comes later. */
function zonesOf(lines: readonly string[]): readonly { readonly name: string; readonly tags: readonly string[] }[] {
  const zones: { name: string; tags: string[] }[] = [];
  for (const line of lines) {
    const name = /^zone .*\/([^/]+)\.xml$/.exec(line)?.[1];
    if (name !== undefined) zones.push({ name, tags: [] });
    else zones.at(-1)?.tags.push(line.trim());
  }
  return zones.filter((zone, at) => zones.findIndex(({ name }) => name === zone.name) === at);
}

function portsOf(tag: string): readonly string[] {
  if (tag.startsWith('<port')) return [`${attribute(tag, 'port')}/${attribute(tag, 'protocol') || 'tcp'}`];
  if (tag.startsWith('<service')) return servicePorts[attribute(tag, 'name')] ?? [];
  return [];
}

function attribute(tag: string, name: string): string {
  return new RegExp(`\\b${name}=["']([^"']*)`).exec(tag)?.[1] ?? '';
}
