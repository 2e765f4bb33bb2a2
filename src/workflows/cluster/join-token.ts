import { refOf } from '../../execute/change.ts';
import { isProcessGone, ownProcess } from '../../host/lock/process-identity.ts';
import type { KubeClient, KubeObject } from '../../kube/client.ts';
import { KubeError } from '../../kube/error.ts';
import { generateToken, tokenSecretsQuery } from '../../kube/token.ts';
import { tokenSecret } from '../../manifests/bootstrap-token.ts';
import { Secret } from '../../secret.ts';
import type { AtEnd } from '../at-end.ts';

/** Long enough for a slow node, short enough not to matter. */
const ttl = '30m0s';
const groups = ['system:bootstrappers:kubeadm:default-node-token'];

/** Says which process's run a token is for, so that the next run can tell whether it was killed. */
const madeBy = 'kinit.dev/process';

/** The status of an object that is there already. */
const conflict = 409;

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
  let isMade = false;
  let attempts = 0;
  let pending: Promise<void> | undefined;

  async function make(): Promise<void> {
    attempts += 1;
    await kube()
      .then(async (client) => client.create(signed(object, await ownProcess())))
      .catch((error: unknown) => {
        // An earlier attempt has made it after all, and its answer got lost.
        if (!(attempts > 1 && error instanceof KubeError && error.status === conflict)) throw error;
      });
    isMade = true;
  }

  return {
    /** Who comes while it is being made shares the attempt; one that failed is nobody's who comes later. */
    async get() {
      if (!isMade) {
        const attempt = pending ?? make();
        pending = attempt;
        made = attempt;
        await attempt.finally(() => {
          if (pending === attempt) pending = undefined;
        });
      }
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

function signed(object: KubeObject, process: string | undefined): KubeObject {
  if (process === undefined) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { [madeBy]: process } } };
}

/** Revokes the tokens of runs that were killed on this machine. Throws KubeError. */
async function revokeAbandoned(client: KubeClient): Promise<void> {
  for (const secret of await client.list(tokenSecretsQuery)) {
    const process = secret.metadata.annotations?.[madeBy];
    if (process !== undefined && (await isProcessGone(process))) await client.delete(refOf(secret));
  }
}

/** A run's token goes with the run. */
export function revokesToken(token: RunToken): AtEnd {
  const failed = 'the token of this run could not be revoked';
  return { does: () => token.revoke(), failed, leaves: 'it expires within 30 minutes' };
}

/** So do those that killed runs have left. */
export function revokesAbandoned(client: KubeClient): AtEnd {
  const failed = 'tokens of killed runs could not be revoked';
  return { does: () => revokeAbandoned(client), failed, leaves: 'they expire within 30 minutes' };
}
