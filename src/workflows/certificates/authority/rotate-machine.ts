import { KinitError } from '../../../errors.ts';
import type { Change } from '../../../execute/change.ts';
import type { Decided } from '../../../execute/decided.ts';
import { adding } from '../../../execute/done.ts';
import { forgetRead } from '../../../execute/etcd-access.ts';
import { perform } from '../../../execute/executor.ts';
import { on, type Target } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { authorityFiles, dueLeaves } from '../../../phases/certificates/authority-files.ts';
import { awaitComponents, restartComponents } from '../../../phases/certificates/restart-components.ts';
import { residentEtcdAccess, residentFiles, residentOf } from '../../../phases/reset/resident.ts';
import { type AuthorityRotation, bundleOf, type RotationPeriod } from '../../../pki/authority-rotation.ts';
import { renewables } from '../../../pki/renewal.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';
import { type LastSign, lastSign, passGate } from '../../cluster/upgrade/gate.ts';
import type { HostClients } from '../../host-clients.ts';
import { runStage } from '../../stage.ts';
import type { ClusterAuthority } from '../everywhere/cluster-authority.ts';
import type { RenewalPlace } from '../everywhere/renew-everywhere.ts';
import { kubeletCertificates, kubeletRestart } from '../everywhere/renew-kubelet.ts';
import { renew } from '../renew.ts';
import type { RotationInput, RotationSettings } from './rotation-input.ts';
import { componentsMark, kubeletMark } from './rotation-paths.ts';
import { refuseSickEtcd } from './rotation-refusals.ts';
import { isDue } from './rotation-state.ts';
import { kubeletLeafNames, type SeenMachine, seenAuthority } from './seen-authority.ts';

/** What all machines of a rotation share. */
export interface RotationWork {
  readonly input: RotationInput;
  readonly settings: RotationSettings;
  readonly authority: RotatingAuthority;
  readonly rotation: AuthorityRotation;
  /** The new CA as it signs for kubelets; undefined for a CA that signs for none. */
  readonly signer: ClusterAuthority['signer'] | undefined;
}

/**
 * Brings one machine to a period: its files, then certificates of the new CA, its kubelet and its static pods begun anew, and
 * through the gate. Marks on the machine say what is yet to begin anew, whatever kills the run. Returns what was changed, nothing where
 * it is there. Throws KinitError.
 */
export async function rotateMachine(
  host: Host,
  { name, role }: RenewalPlace,
  period: RotationPeriod,
  work: RotationWork,
  clients: HostClients,
): Promise<readonly Decided[]> {
  const { authority, rotation, settings, input } = work;
  const seen = await seenAuthority(host, role, authority, settings);
  if (!isDue(seen, period, rotation)) return [];
  const restarting = { mark: componentsMark(authority), names: authority.restarts[period] };
  const member = role === 'control-plane' ? await memberOf(host) : undefined;
  if (member !== undefined && restarting.names.includes('etcd')) await refuseSickEtcd(host, member.peerUrl);
  const { release } = settings;
  const target = on(input.run, { host, release, kube: () => clients.kube() });
  const node = name.toLowerCase();
  const before = authority.everywhere ? await signOf(node, clients) : undefined;
  const done: Decided[] = [];
  await performAll([...marks(seen, work), ...authorityFiles(seen, period, rotation)], done, target);
  const due = dueLeaves(seen, period, rotation);
  await adding(done, renewed(host, due, work));
  await performAll(await ofKubelet(node, seen, due, bundleOf(period, rotation), work), done, target);
  await performAll(seen.balancers, [], target);
  if (authority.everywhere) {
    await performAll([kubeletRestart, { kind: 'absent', path: kubeletMark, transient: true }], [], target);
  }
  forgetRead(host);
  const gate = { node, version: undefined, before, deadline: input.readyDeadline, advice };
  if (role === 'control-plane') {
    const context = { restarting, member };
    await runStage([restartComponents], context, target);
    await runStage([awaitComponents], context, target);
  }
  await passGate(gate, target);
  return done;
}

/** Its own API server may be away, where a power cut has ended a run. */
async function signOf(node: string, clients: HostClients): Promise<LastSign | undefined> {
  try {
    return await lastSign(await clients.kube(), node);
  } catch (error) {
    if (error instanceof KinitError) return undefined;
    throw error;
  }
}

const advice = 'look at journalctl -u kubelet on it, then run the same command again';

async function performAll(changes: readonly Change[], done: Decided[], target: Target): Promise<void> {
  await adding(
    done,
    perform(
      changes.map((change) => ({ phase: 'rotate-ca', change })),
      target,
    ),
  );
}

function marks({ signing }: SeenMachine, { authority }: RotationWork): readonly Change[] {
  const mark = (path: string): Change => ({ kind: 'file', path, content: '', mode: 0o600 });
  return [
    ...(signing === undefined ? [] : [mark(componentsMark(authority))]),
    ...(authority.everywhere ? [mark(kubeletMark)] : []),
  ];
}

/** Certificates of the control plane, by the CA's key on its host. */
async function renewed(
  host: Host,
  due: readonly string[],
  { authority, settings, input }: RotationWork,
): Promise<readonly Decided[]> {
  const { cluster, release, kubernetesDirectory } = settings;
  const etcd = cluster.etcd.external === undefined ? 'local' : 'external';
  const wanted = renewables(etcd, release).filter(
    ({ name, signer }) => signer === authority.path && due.includes(name),
  );
  if (wanted.length === 0) return [];
  const ends = await renew(wanted, { host, cluster, release, kubernetesDirectory, run: input.run });
  const done = ends.filter(({ outcome }) => outcome === 'renewed');
  return done.map(({ renewable: { name } }) => ({ phase: 'renew', change: { kind: 'note', text: name } }));
}

/** The same for its kubelet, which the new CA's key signs wherever it runs. */
async function ofKubelet(
  node: string,
  { kubelet }: SeenMachine,
  due: readonly string[],
  trusted: string,
  { signer, rotation, settings, input }: RotationWork,
): Promise<readonly Change[]> {
  if (kubelet === undefined || signer === undefined) return [];
  if (!Object.values(kubeletLeafNames).some((name) => due.includes(name))) return [];
  const follows = [rotation.next, ...rotation.old];
  return kubeletCertificates(kubelet, { ...settings, node, signer, trusted, follows, run: input.run });
}

async function memberOf(host: Host) {
  const resident = residentOf((await host.observe({ files: residentFiles })).files);
  const [access, peerUrl] = [residentEtcdAccess(resident), resident.etcd?.peerUrl];
  return access === undefined || peerUrl === undefined ? undefined : { access, peerUrl };
}

/** What was done on a machine, in a few words. */
export function rotatedText(done: readonly Decided[]): string {
  if (done.length === 0) return 'nothing to do';
  const signed = done.filter(({ phase }) => phase === 'renew').length;
  return signed === 0 ? 'done' : `${signed} certificates by the new CA`;
}

/** Throws KinitError for a machine that belongs to no cluster yet. */
export function refuseBare(host: Host, { kubelet }: SeenMachine, { everywhere }: RotatingAuthority): void {
  if (!everywhere || kubelet !== undefined) return;
  throw new KinitError('its kubelet has joined no cluster; nothing was touched', {
    host: host.name,
    hint: 'let it join first: kinit up',
  });
}
