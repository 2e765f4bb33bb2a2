import type { InitConfig } from '../../config/types.ts';
import { KinitError } from '../../errors.ts';
import type { Change, FileChange } from '../../execute/change.ts';
import { perform } from '../../execute/executor.ts';
import type { Run } from '../../execute/run.ts';
import { on } from '../../execute/target.ts';
import type { Host } from '../../host/host.ts';
import { certificateRequest } from '../../pki/certificate.ts';
import { certificateTable } from '../../pki/certificate-table.ts';
import { kubeconfigDocument } from '../../pki/kubeconfig-document.ts';
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts';
import type { Release } from '../../release/release.ts';
import { Secret } from '../../secret.ts';
import { toYaml } from '../../yaml.ts';

export interface CertificateRequests {
  readonly host: Host;
  readonly config: InitConfig;
  readonly release: Release;
  readonly kubernetesDirectory: string;
  readonly run: Run;
}

/**
 * Keys and signing requests for an external CA: `.key` and `.csr` for each certificate, and for each kubeconfig the file
 * with its key and a `.csr` beside it (kubeadm certs generate-csr). Returns the paths written.
 * Throws KinitError where a key, request or kubeconfig is there already: nothing is overwritten.
 */
export async function requestCertificates(options: CertificateRequests): Promise<readonly string[]> {
  const { host, config, release, kubernetesDirectory, run } = options;
  const { keys } = run;
  const directory = config.cluster.certificatesDir;
  const specs = certificateTable(config, release).filter(({ ca }) => !ca);
  const kubeconfigs = kubeconfigTable(config, release);
  for (const { algorithm } of [...specs, ...kubeconfigs.map(({ client }) => client)]) keys.prefetch(algorithm, 1);
  const bases = specs.map(({ path }) => `${directory}/${path}`);
  const places = [
    ...bases.flatMap((base) => [`${base}.key`, `${base}.csr`]),
    ...kubeconfigs.map(({ file }) => `${kubernetesDirectory}/${file}`),
  ];
  const folders = [...new Set(places.map((path) => path.slice(0, path.lastIndexOf('/'))))];
  const { paths, files } = await host.observe({ paths: [...places, ...folders], files: [`${directory}/ca.crt`] });
  const isAbsent = (path: string) => paths.get(path)?.type === 'absent';
  const there = places.filter((path) => !isAbsent(path));
  if (there.length > 0) {
    throw new KinitError(there.map((path) => `${path} is there already`).join('\n'), {
      host: host.name,
      hint: 'move it away, or write to other directories with --cert-dir and --kubeconfig-dir',
    });
  }
  const caPem = files.get(`${directory}/ca.crt`)?.content?.toString('utf8') ?? '';
  const writes = await Promise.all([
    ...specs.map(async (spec): Promise<readonly FileChange[]> => {
      const key = await keys.take(spec.algorithm);
      return [
        secretFile(`${directory}/${spec.path}.key`, key),
        secretFile(`${directory}/${spec.path}.csr`, certificateRequest(spec, key)),
      ];
    }),
    ...kubeconfigs.map(async ({ file, client, ...rest }): Promise<readonly FileChange[]> => {
      const key = await keys.take(client.algorithm);
      const document = new Secret(toYaml(kubeconfigDocument({ ...rest, caPem, client: { key } })));
      const path = `${kubernetesDirectory}/${file}`;
      return [secretFile(path, document), secretFile(`${path}.csr`, certificateRequest(client, key))];
    }),
  ]);
  const changes: readonly Change[] = [
    ...folders.filter(isAbsent).map((path) => ({ kind: 'directory', path, mode: 0o700 }) as const),
    ...writes.flat(),
  ];
  await perform(
    changes.map((change) => ({ phase: 'generate-csr', change })),
    on(run, { host, release }),
  );
  return writes.flat().map(({ path }) => path);
}

function secretFile(path: string, content: string | Secret): FileChange {
  return { kind: 'file', path, content, mode: 0o600 };
}
