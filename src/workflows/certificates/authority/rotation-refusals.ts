import { X509Certificate } from 'node:crypto';
import { exitCodes, KinitError } from '../../../errors.ts';
import type { Host } from '../../../host/host.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { isReady } from '../../../kube/node.ts';
import { isKeyFor, signingFiles } from '../../../phases/certificates/authority-files.ts';
import { certificatesOf, fingerprints } from '../../../pki/authority-rotation.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';
import { etcdMembers, isLed } from '../../cluster/etcd-members.ts';
import type { RenewalPlace } from '../everywhere/renew-everywhere.ts';
import type { RotatedMachine } from './rotation-state.ts';

/** Throws KinitError, exit 2, for machines that are not reached: they would lose their cluster when the old CA goes. */
export function refuseUnreached(opened: readonly { place: RenewalPlace; host: Host | KinitError }[]): void {
  const failed = opened.flatMap(({ place, host }) =>
    host instanceof KinitError ? [`${place.name} (${host.message})`] : [],
  );
  if (failed.length === 0) return;
  throw refusal(
    `not reached: ${failed.join(', ')}`,
    'a new CA has to come to all machines: bring them back, or take them out of the cluster: kinit node remove NAME',
  );
}

/**
 * Throws KinitError, exit 2, for nodes that the file does not name, and before anything has begun for those that are not well: one that
 * a killed run has left so is the next run's to mend.
 */
export async function refuseUnfitNodes(
  places: readonly RenewalPlace[],
  kube: KubeClient,
  isBegun: boolean,
): Promise<void> {
  const nodes = await kube.list({ apiVersion: 'v1', kind: 'Node' });
  const known = new Set(places.map(({ name }) => name.toLowerCase()));
  const strangers = nodes.filter(({ metadata }) => !known.has(metadata.name)).map(({ metadata }) => metadata.name);
  if (strangers.length > 0) {
    throw refusal(
      `nodes that the file does not name would lose their cluster: ${strangers.join(', ')}`,
      'add them to the file, or take them out of the cluster: kinit node remove NAME',
    );
  }
  const unwell = nodes.filter((node) => !isReady(node)).map(({ metadata }) => metadata.name);
  if (unwell.length === 0 || isBegun) return;
  throw refusal(`nodes are not Ready: ${unwell.join(', ')}`, 'mend them first: kinit status, journalctl -u kubelet');
}

/**
 * Throws KinitError, exit 2, where a member of etcd is not well: one more that begins anew could cost the quorum. The member that is
 * to begin anew itself, by its peer URL, may be as it likes.
 */
export async function refuseSickEtcd(host: Host, itself?: string): Promise<void> {
  const etcd = await etcdMembers(host);
  if (etcd === undefined) return;
  const others = etcd.members.filter(({ peerUrl }) => peerUrl !== itself);
  const sick = others.filter((member) => !member.votes || !isLed(member) || member.alarms.length > 0);
  const words = sick.map(({ name, role, alarms }) => `${name} (${[role, ...alarms].join(', ')})`);
  if (etcd.problem === undefined && words.length === 0) return;
  throw refusal(
    `etcd is not well: ${etcd.problem ?? words.join(', ')}`,
    'kinit etcd status tells more; mend that first',
  );
}

/** Throws KinitError, exit 2, where a CA cannot be replaced: it has no key here, others have another, it is no root. */
export function refuseUnfitAuthorities(
  machines: readonly RotatedMachine[],
  authority: RotatingAuthority,
  next: string | undefined,
): void {
  for (const { place, seen } of machines) {
    const path = seen.file?.path ?? authority.path;
    const { signing } = seen;
    if (signing === undefined) continue;
    const [first] = certificatesOf(seen.file?.pem ?? '');
    if (first === undefined) throw refusal(`${path} holds no certificate`, 'put it back', place.name);
    if (signing.publicKey === undefined) {
      throw refusal(
        `${signing.base}.key is not there, or cannot be read: another CA signs the certificates of this cluster`,
        'replace it where its key is kept',
        place.name,
      );
    }
    const isNext = next !== undefined && isKeyFor(signing.publicKey, next);
    if (!isNext && !isKeyFor(signing.publicKey, first))
      throw refusal(`${signing.base}.key is not the key of ${path}`, 'put back the pair', place.name);
    const { issuer, subject } = new X509Certificate(first);
    if (issuer !== subject) {
      throw refusal(
        `${path} is signed by another CA (${issuer.replaceAll('\n', ', ')}), which a new one of this cluster's own would not be`,
        'let that one sign a new pair, and follow the steps of https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/',
        place.name,
      );
    }
    const own = [`${signing.base}.crt`, signing.lone.path];
    const other = signingFiles(signing.manifest?.text ?? '').find((file) => !own.includes(file));
    if (other !== undefined)
      throw refusal(`its kube-controller-manager signs with ${other}`, 'only kubeadm’s own CA is replaced', place.name);
  }
  refuseStrangers(machines, next);
}

/** All machines have to know one CA of the first of them. */
function refuseStrangers(machines: readonly RotatedMachine[], next: string | undefined): void {
  const known = new Set([...fingerprints(machines[0]?.seen.file?.pem ?? ''), ...fingerprints(next ?? '')]);
  for (const { place, seen } of machines) {
    for (const { path, ca } of [
      ...(seen.file === undefined ? [] : [{ path: seen.file.path, ca: seen.file.pem }]),
      ...seen.kubeconfigs,
    ]) {
      if (fingerprints(ca).some((one) => known.has(one))) continue;
      throw refusal(
        `${path} trusts another CA than that of the first control plane`,
        'it belongs to another cluster, or to one before this',
        place.name,
      );
    }
  }
}

function refusal(message: string, hint: string, host?: string): KinitError {
  return new KinitError(`${message}; nothing was touched`, {
    exitCode: exitCodes.preflight,
    hint,
    ...(host === undefined ? {} : { host }),
  });
}
