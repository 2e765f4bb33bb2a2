import type { Observed } from '../../execute/observed.ts';
import { readPrivateKey } from '../../pki/key-kinds.ts';
import type { JoinControlPlaneContext } from '../join-context.ts';
import { sharedCertificates } from './shared-certificates.ts';

/**
 * The host with the shared certificates that this run writes there: what is the node's own is decided and written along with
 * them. Of keys their public halves, as they are seen. Where the run writes none the host is what it is.
 */
export function withShared(context: JoinControlPlaneContext, observed: Observed): Observed {
  if (!context.controlPlane.downloads) return observed;
  const files = new Map(observed.files);
  const keys = new Map(observed.keys);
  const keyPairs = new Map(observed.keyPairs);
  for (const { path, content, mode } of sharedCertificates(context, observed).missing) {
    const text = content.reveal();
    const base = path.replace(/\.(?:key|crt)$/, '');
    const pair = keyPairs.get(base);
    if (!path.endsWith('.key')) {
      files.set(path, { type: 'file', mode, owner: 'root:root', modified: 0, content: Buffer.from(text) });
      if (pair !== undefined) keyPairs.set(base, { ...pair, certificate: text });
    } else if (pair !== undefined) keyPairs.set(base, { ...pair, key: readPrivateKey(text) });
    else keys.set(path, readPrivateKey(text));
  }
  return { ...observed, files, keys, keyPairs };
}
