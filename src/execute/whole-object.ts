import { defined } from '../defined.ts';
import { KinitError } from '../errors.ts';
import type { KubeClient, KubeObject } from '../kube/client.ts';
import { sealedData } from '../manifests/upload-certs.ts';
import { Secret } from '../secret.ts';
import type { ObjectChange } from './change.ts';
import type { Target } from './target.ts';

/**
 * The object with what only the executor may know: the uid of its owner, and files of the host encrypted into its data.
 * Throws KinitError where the owner is not there.
 */
export async function wholeObject(change: ObjectChange, target: Target, client: KubeClient): Promise<KubeObject> {
  const { object, ownedBy, sealed } = change;
  if (ownedBy === undefined && sealed === undefined) return object;
  const ownerReferences = ownedBy === undefined ? {} : { ownerReferences: [await owner(ownedBy, client)] };
  const data = sealed === undefined ? {} : { data: await seal(sealed, target) };
  return { ...object, metadata: { ...object.metadata, ...ownerReferences }, ...data };
}

/** A rehearsal's owner has no uid yet. */
async function owner({ apiVersion, kind, name, namespace }: NonNullable<ObjectChange['ownedBy']>, client: KubeClient) {
  const live = await client.get({ apiVersion, kind, name, ...defined({ namespace }) });
  if (live === undefined)
    throw new KinitError(`${kind} ${name} is gone, and with it what it owns`, { hint: 'run the same command again' });
  return { apiVersion, kind, name, uid: live.metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

async function seal({ files, key }: NonNullable<ObjectChange['sealed']>, { host }: Target) {
  const found = await host.read(files.map(({ path }) => path));
  const contents = new Map([...found].map(([path, bytes]) => [path, new Secret(bytes.toString('utf8'))]));
  return sealedData(files, contents, key);
}
