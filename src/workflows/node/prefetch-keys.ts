import { completeInit, type InitRequest } from '../../config/init.ts';
import { anyNode } from '../../config/node-facts.ts';
import type { EncryptionAlgorithm } from '../../config/types.ts';
import { InputError } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { certificateTable, serviceAccountKey } from '../../pki/certificate-table.ts';
import type { KeyPool } from '../../pki/keys.ts';
import { kubeconfigTable } from '../../pki/kubeconfig-table.ts';
import { releaseFor } from '../../release/release.ts';
import { newestVersion } from '../../release/served.ts';
import { parseVersion, type Version } from '../../release/version.ts';
import { isSelected, type Selection } from '../stage.ts';

interface Wish {
  readonly request: InitRequest;
  readonly version: Version | undefined;
  readonly host: Host;
  readonly selection: Selection;
}

/**
 * Starts the keys of a bare host's control plane while the host still tells what it is: they are what takes longest
 * before the kubelet starts. A guess that costs little when it is wrong: who needs another key makes it.
 */
export async function prefetchKeys({ request, version, host, selection }: Wish, keys: KeyPool): Promise<void> {
  if (selection.only !== undefined) return;
  const expected = expectation(request, version ?? parseVersion(newestVersion), selection);
  if (expected === undefined) return;
  const { paths } = await host.observe({ paths: [expected.ca] });
  if (paths.get(expected.ca)?.type === 'file') return;
  for (const algorithm of expected.algorithms) keys.prefetch(algorithm, 1);
}

interface Expectation {
  /** The certificate that a host which is not bare has. */
  readonly ca: string;
  readonly algorithms: readonly EncryptionAlgorithm[];
}

/** What is needed on a host that nothing is known of; what is wrong with the request is told when more is known. */
function expectation(request: InitRequest, version: Version, selection: Selection): Expectation | undefined {
  try {
    const release = releaseFor(version);
    const config = completeInit(request, { facts: anyNode, version, newToken: () => 'abcdef.0123456789abcdef' });
    const certificates = [...certificateTable(config, release), serviceAccountKey(config)];
    const kubeconfigs = kubeconfigTable(config, release).map(({ client }) => client);
    const wanted = [
      ...(isSelected('certs', selection) ? certificates : []),
      ...(isSelected('kubeconfig', selection) ? kubeconfigs : []),
    ];
    return { ca: `${config.cluster.certificatesDir}/ca.crt`, algorithms: wanted.map(({ algorithm }) => algorithm) };
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
