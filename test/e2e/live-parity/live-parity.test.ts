import { dump } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabHost } from '../../lab/host.ts';
import { kit, on } from '../kit.ts';
import { byFlags } from './by-flags.ts';
import { componentConfigurations } from './component-configurations.ts';
import { type Configuration, configApi, dryRunLacks, known, kubernetes } from './configuration.ts';
import { countValues, differences } from './difference.ts';
import { etcds } from './etcds.ts';
import { fileVersions } from './file-versions.ts';
import { networks } from './networks.ts';
import { kinitRendering, kubeadmRendering, type Rendering } from './rendering.ts';
import { settings } from './settings.ts';

const k = kit('parity');
let host: LabHost;

beforeAll(async () => {
  // A bare host, as kinit's --output-dir takes for granted: no container runtime to be found.
  [host] = (await k.lab.up([{ name: 'bare', kubeadm: true, containerd: false, images: false, bindNode: true }])) as [
    LabHost,
  ];
});
afterAll(() => k.lab.down());

describe(`what kinit renders for ${kubernetes} and what the real kubeadm ${kubernetes} renders`, () => {
  // Several at once: kubeadm waits more than it works.
  it.concurrent.each(
    known([...byFlags, ...fileVersions, ...networks, ...etcds, ...settings, ...componentConfigurations]),
  )('are the same for $title', async (configuration) => {
    const [kubeadm, kinit] = await Promise.all([ofKubeadm(configuration), ofKinit(configuration)]);
    expect(countValues(kubeadm)).toBeGreaterThan(600);
    const unseen = dryRunLacks.map((name) => `${name}: kubeadm does not make it`);
    expect(differences(kubeadm, kinit).filter((line) => !unseen.includes(line))).toEqual([]);
  });
});

async function ofKubeadm(configuration: Configuration): Promise<Rendering> {
  const folder = newFolder();
  const made = Date.now();
  const tool = [`KUBEADM_INIT_DRYRUN_DIR=${folder}/out`, 'kubeadm', 'init', '--dry-run'];
  const readsNewer = configApi === 'v1beta4';
  const stdout = await render(folder, readsNewer ? inNewer(configuration) : configuration, tool);
  return kubeadmRendering(host, { folder: `${folder}/out`, certificatesDir: '', made }, stdout);
}

async function ofKinit(configuration: Configuration): Promise<Rendering> {
  const folder = newFolder();
  const made = Date.now();
  await render(folder, inNewer(configuration), ['kinit', 'init', `--output-dir=${folder}/out`]);
  return kinitRendering(host, { folder: `${folder}/out`, certificatesDir: certificatesDir(configuration), made });
}

const inNewer = ({ newer, ...same }: Configuration): Configuration =>
  newer === undefined ? same : { ...same, documents: newer };

let folders = 0;
const newFolder = () => `/tmp/parity-${folders++}`;

/** Runs a tool with the configuration in a folder of the host, with a folder `out` in it, and gives what it says. */
async function render(
  folder: string,
  { args = [], environment = {}, hostname = '', patches = {}, ...given }: Configuration,
  tool: readonly string[],
): Promise<string> {
  await on(host, 'mkdir', '-p', `${folder}/out`, `${folder}/patches`);
  for (const [name, text] of Object.entries(patches)) await put(`${folder}/patches/${name}`, text);
  const text = given.text ?? given.documents?.map((document) => dump(document)).join('---\n');
  if (text !== undefined) await put(`${folder}/config.yaml`, text);
  return on(
    host,
    ...['unshare', '--uts', 'sh', '-ec', 'cd "$1"; test -z "$2" || hostname "$2"; shift 2; exec env "$@"', 'sh'],
    ...[folder, hostname],
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    ...tool,
    '--ignore-preflight-errors=all',
    ...(text === undefined ? [] : ['--config=config.yaml']),
    ...args,
  );
}

async function put(path: string, text: string): Promise<void> {
  await host.run(['sh', '-c', 'mkdir -p "$(dirname "$1")" && cat > "$1"', 'sh', path], { stdin: text });
}

function certificatesDir({ documents = [], args = [] }: Configuration): string {
  const flag = args.find((arg) => arg.startsWith('--cert-dir='))?.slice('--cert-dir='.length);
  const fields = documents.map((document) => (document as { readonly certificatesDir?: string }).certificatesDir);
  return flag ?? fields.find((field) => field !== undefined) ?? '/etc/kubernetes/pki';
}
