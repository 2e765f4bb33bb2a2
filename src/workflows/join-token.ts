import { refOf } from '../execute/change.ts';
import type { KubeClient } from '../kube/client.ts';
import { generateToken } from '../kube/token.ts';
import { tokenSecret } from '../manifests/bootstrap-token.ts';
import { Secret } from '../secret.ts';

/** Long enough for a slow node, short enough not to matter. */
const ttl = '30m0s';
const groups = ['system:bootstrappers:kubeadm:default-node-token'];

/** A token for this run alone: made when the first host needs one, revoked at the end, whatever happened. */
export interface RunToken {
  get(): Promise<Secret>;
  /** True where there was one to revoke. */
  revoke(): Promise<boolean>;
}

/** A token that nobody has to ask for twice; it only authenticates, since a run over SSH brings the CA itself. */
export function runToken(kube: () => Promise<KubeClient>, now: number): RunToken {
  const token = generateToken();
  const description = 'made by kinit join for one run';
  const object = tokenSecret({ token, ttl, usages: ['authentication'], groups, description }, now);
  let made: Promise<unknown> | undefined;
  return {
    async get() {
      made ??= kube().then((client) => client.create(object));
      await made;
      return new Secret(token);
    },
    async revoke() {
      if (made === undefined) return false;
      // An answer that got lost says nothing about whether it was made.
      await made.catch(() => {});
      return (await kube()).delete(refOf(object));
    },
  };
}
