import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { storedClusterDocument } from '../../src/config/convert.ts';
import type { ConfigFile } from '../../src/config/documents.ts';
import { completeInit, initRequest } from '../../src/config/init.ts';
import { validate } from '../../src/config/migrate.ts';
import { anyNode } from '../../src/config/node-facts.ts';
import { readConfigFile } from '../../src/config/read.ts';
import { InputError, KinitError } from '../../src/errors.ts';
import { rehearsing } from '../../src/execute/run.ts';
import { parseFacts } from '../../src/host/facts/parse-facts.ts';
import { overlayHost } from '../../src/host/overlay.ts';
import { readInventory } from '../../src/inventory/read.ts';
import { overlayKubeClient } from '../../src/kube/overlay-client.ts';
import { requiredImages } from '../../src/manifests/images.ts';
import { kubeProxyConfiguration } from '../../src/manifests/kube-proxy-configuration.ts';
import { kubeletConfigMapConfiguration } from '../../src/manifests/kubelet-configuration.ts';
import { staticPods } from '../../src/manifests/static-pods.ts';
import { certificateTable } from '../../src/pki/certificate-table.ts';
import { kubeconfigTable } from '../../src/pki/kubeconfig-table.ts';
import { releaseFor } from '../../src/release/release.ts';
import { asClients } from '../../src/workflows/host-clients.ts';
import { init } from '../../src/workflows/node/init.ts';
import { parseYaml, toYaml } from '../../src/yaml.ts';
import { quietRun } from '../run.ts';

/** What became of one damaged configuration: anything but the first two is a bug of ours. */
export type Verdict = 'accepted' | 'refused' | { readonly why: string };

/** Reads the text as `kinit config validate` does; what is accepted is rendered, and every tenth is rehearsed. */
export async function tryConfig(text: string, index: number): Promise<Verdict> {
  try {
    const documents = await readConfigFile(text, file);
    check(documents);
    if (documents.init || documents.cluster) await make(documents, index % 10 === 0);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof InputError)) return { why: stackOf(error) };
    const placeless = error.problems.filter(({ place, message }) => !place.startsWith(file) || message === '');
    if (placeless.length > 0) return { why: `without a place: ${JSON.stringify(placeless)}` };
    return error.message.includes(token) ? { why: 'shows a token' } : 'refused';
  }
}

const file = 'fuzz.yaml';
const token = 'abcdef.0123456789abcdef';

function check(documents: ConfigFile): void {
  const { file: _, inventory, ...others } = documents;
  if (inventory) readInventory(inventory);
  if (!inventory || Object.keys(others).length > 0) {
    validate(documents, { facts: anyNode, newToken: () => token, warn: () => undefined });
  }
}

/** What is accepted must be fit for everything that is made of it. */
async function make(documents: ConfigFile, thoroughly: boolean): Promise<void> {
  const request = initRequest({ documents, flags: {} });
  if (!request.version || !('exact' in request.version)) return;
  const version = request.version.exact;
  const release = releaseFor(version);
  const config = completeInit(request, { facts: anyNode, version, newToken: () => token });
  const objects = [
    storedClusterDocument(config.cluster, release),
    kubeletConfigMapConfiguration(config, release, { systemdResolved: false }),
    kubeProxyConfiguration(config, release),
    requiredImages(config.cluster, release),
    staticPods(config, release, { caDirectories: [], proxyEnvironment: new Map() }),
    certificateTable(config, release),
    kubeconfigTable(config, release),
  ];
  for (const object of objects) parseYaml(`---\n${toYaml({ object })}`, 'rendered.yaml');
  if (thoroughly) await rehearse(request, version);
}

/** The whole init on a host that only remembers, which may refuse it: its facts are its own. */
async function rehearse(
  request: Parameters<typeof init>[0]['request'],
  version: Parameters<typeof init>[0]['version'],
): Promise<void> {
  const rehearsal = init({
    request,
    version,
    host: overlayHost({ name: 'host', facts }),
    clients: asClients(overlayKubeClient()),
    run: rehearsing(quietRun({ now: Date.UTC(2026, 10, 21) })),
    selection: { skip: ['preflight', ...request.skipPhases] },
    patches: [],
    proxyEnvironment: new Map(),
    uploadCerts: false,
  });
  await rehearsal.catch((error: unknown) => {
    if (!(error instanceof KinitError)) throw error;
  });
}

const facts = parseFacts(readFileSync(join(import.meta.dirname, '..', 'fixtures', 'facts', 'rocky-9.txt'), 'utf8'));

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
