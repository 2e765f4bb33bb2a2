import type { Change } from '../change.ts';
import { absent } from './absent.ts';
import { awaited } from './awaited.ts';
import { certificate } from './certificate.ts';
import { command } from './command.ts';
import { copy } from './copy.ts';
import { directory } from './directory.ts';
import { drain } from './drain.ts';
import { etcdMember } from './etcd-member.ts';
import { file } from './file.ts';
import { keyPair } from './key-pair.ts';
import type { Kind } from './kind.ts';
import { kubeconfig } from './kubeconfig.ts';
import { node } from './node.ts';
import { note } from './note.ts';
import { object } from './object.ts';
import { packages } from './packages.ts';
import { service } from './systemd-service.ts';
import { upload } from './upload.ts';
import { wait } from './wait.ts';

/** Every kind of change; one that is missing, or misses a part, does not compile. */
const kinds = {
  note,
  file,
  upload,
  directory,
  absent,
  copy,
  awaited,
  'key-pair': keyPair,
  certificate,
  kubeconfig,
  command,
  packages,
  service,
  object,
  node,
  drain,
  'etcd-member': etcdMember,
  wait,
} satisfies { readonly [K in Change['kind']]: Kind<Change & { readonly kind: K }> };

/** What is to know about a change's kind. */
export function kindOf(change: Change): Kind<Change> {
  // The table's row for a kind takes the changes of that kind; the compiler cannot tie the two together.
  return kinds[change.kind] as unknown as Kind<Change>;
}
