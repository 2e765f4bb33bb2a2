import { exitCodes, KinitError } from '../../../errors.ts';
import type { Change } from '../../../execute/change.ts';
import { perform } from '../../../execute/executor.ts';
import type { Run } from '../../../execute/run.ts';
import { on } from '../../../execute/target.ts';
import type { Host } from '../../../host/host.ts';
import { certificatesOf } from '../../../pki/authority-rotation.ts';
import { caTable } from '../../../pki/certificate-table.ts';
import type { RotatingAuthority } from '../../../pki/rotating-authorities.ts';
import { Secret } from '../../../secret.ts';
import type { RotationSettings } from './rotation-input.ts';
import { loneFile, nextBaseOf, nextPathOf, rotationFolder } from './rotation-paths.ts';

/** Makes the CA that is to follow on a control plane, like the one that is. Returns its certificate, PEM. Throws KinitError. */
export async function makeAuthority(
  host: Host,
  authority: RotatingAuthority,
  { config, release }: RotationSettings,
  run: Run,
): Promise<string> {
  const spec = caTable(config, release).find(({ name }) => name === authority.name);
  if (spec === undefined) throw noSuchCa(host, authority);
  const base = nextBaseOf(authority);
  const change: Change = {
    kind: 'certificate',
    directory: rotationFolder,
    spec: { ...spec, path: nextPathOf(authority) },
    says: `[certs] Generating a new "${authority.path}" certificate and key`,
  };
  await perform([{ phase: 'rotate-ca', change }], on(run, { host, release }));
  const [pem] = certificatesOf((await host.read([`${base}.crt`])).get(`${base}.crt`)?.toString('utf8') ?? '');
  if (pem === undefined) throw new KinitError(`${base}.crt is not there, though it was just made`, { host: host.name });
  return pem;
}

/** Brings it to the other control planes by their connections, key first; it is nowhere uploaded. Throws KinitError. */
export async function shareAuthority(
  from: Host,
  others: readonly Host[],
  authority: RotatingAuthority,
  { release }: RotationSettings,
  run: Run,
): Promise<void> {
  if (others.length === 0) return;
  const base = nextBaseOf(authority);
  const found = await from.read([`${base}.key`, `${base}.crt`]);
  const files = [...found].map(
    ([path, content]): Change => ({
      kind: 'file',
      path,
      content: new Secret(content.toString('utf8')),
      mode: path.endsWith('.key') ? 0o600 : 0o644,
    }),
  );
  const inOrder = files.toSorted((a) => ('path' in a && a.path.endsWith('.key') ? -1 : 1));
  const changes = inOrder.map((change) => ({ phase: 'rotate-ca', change }));
  for (const host of others) await perform(changes, on(run, { host, release }));
}

/** What a rotation has kept on control planes goes, the key before its certificate. Throws KinitError. */
export async function clearAuthority(
  hosts: readonly Host[],
  authority: RotatingAuthority,
  { cluster, release }: RotationSettings,
  run: Run,
): Promise<void> {
  const base = nextBaseOf(authority);
  const paths = [loneFile(cluster.certificatesDir, authority), `${base}.key`, `${base}.crt`];
  const changes = paths.map((path) => ({
    phase: 'rotate-ca',
    change: { kind: 'absent', path, transient: true } as const,
  }));
  for (const host of hosts) await perform(changes, on(run, { host, release }));
}

function noSuchCa(host: Host, { title }: RotatingAuthority): KinitError {
  return new KinitError(`the cluster does not make ${title} itself: it runs elsewhere`, {
    host: host.name,
    exitCode: exitCodes.preflight,
    hint: 'replace it where it is made',
  });
}
