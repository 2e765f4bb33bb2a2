// `npm run demo`: three bare machines become a cluster, on this one. `npm run demo -- down` takes it away.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterFile } from './inventory.ts';
import { type Lab, openLab } from './lab.ts';
import { assertSupported } from './machine.ts';
import { must, runAttached, until } from './process.ts';
import { labFolder } from './state.ts';

const usual = 'demo';
const name = process.env['KINIT_LAB'] ?? usual;
const root = join(import.meta.dirname, '..', '..');
const kinit = [process.execPath, join(root, 'bin', 'kinit.js')];
/** Gone with the lab. */
const file = join(labFolder(name), 'cluster.yaml');
const kubectl = ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf'];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const [command = 'up', ...rest] = process.argv.slice(2);
try {
  process.exitCode = await demo();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function demo(): Promise<number> {
  if (!['up', 'down'].includes(command) || rest.length > 0) throw new Error('npm run demo, or npm run demo -- down');
  try {
    assertSupported();
  } catch (reason) {
    throw new Error(
      `${(reason as Error).message}\n\`npm run quickstart\` shows kinit on any machine: it needs nothing.`,
    );
  }
  const lab = openLab(name);
  if (command === 'up') return bringUp(lab);
  await lab.down();
  say('The three machines are gone.');
  return 0;
}

async function bringUp(lab: Lab): Promise<number> {
  say('Three bare machines that present themselves as CentOS Stream 9 (the first time this takes some minutes) ...');
  await must(['npm', 'run', '--silent', 'build'], { cwd: root, timeout: 120 });
  await lab.up(['m1', 'n1', 'n2'].map((host) => ({ name: host, flavour: 'centos-stream-9' })));
  writeFileSync(file, clusterFile(lab));
  say(`\nThe file that describes the cluster, ${file}:\n\n${indented(readFileSync(file, 'utf8'))}`);
  say('$ kinit up --config cluster.yaml\n');
  const code = await runAttached(lab.atWorkstation([...kinit, 'up', '--config', file]));
  if (code !== 0) {
    say('\n`npm run demo` goes on from here, `npm run demo -- down` takes everything away.');
    return code;
  }
  say(`\n$ kubectl get nodes\n\n${indented(await onMaster(lab, ['get', 'nodes']))}`);
  const url = await page(lab);
  say(`A page behind a NodePort, ${url}:\n\n${indented(await ask(lab, url))}`);
  say(lookAround(url));
  return 0;
}

/** A page on every worker; returns where one of them answers. */
async function page(lab: Lab): Promise<string> {
  const pages = readFileSync(join(root, 'test', 'e2e', 'manifests', 'pages.yaml'), 'utf8');
  await onMaster(lab, ['apply', '-f', '-'], pages);
  await onMaster(lab, ['rollout', 'status', 'daemonset/pages', '--timeout=120s']);
  const url = `http://${lab.host('n1').address}:30080/`;
  await until(`${url} answers`, 60, async () => ((await ask(lab, url)) === '' ? undefined : true));
  return url;
}

async function ask(lab: Lab, url: string): Promise<string> {
  const script = `const answer = await fetch('${url}').catch(() => undefined);
process.stdout.write(answer?.ok ? await answer.text() : '');`;
  return (await lab.workstation([process.execPath, '--input-type=module', '-e', script], { timeout: 10 })).stdout;
}

async function onMaster(lab: Lab, argv: readonly string[], stdin = ''): Promise<string> {
  const { code, stdout, stderr } = await lab.host('m1').run([...kubectl, ...argv], { timeout: 180, stdin });
  if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`);
  return stdout;
}

function indented(text: string): string {
  return `${text.trimEnd().replaceAll(/^/gm, '    ')}\n`;
}

function lookAround(url: string): string {
  const lab = `KINIT_LAB=${name} npm run --silent lab --`;
  const named = name === usual ? '' : `KINIT_LAB=${name} `;
  return `Look around:
  ${lab} ws -- node bin/kinit.js status --config ${file}
  ${lab} exec m1 -- ${kubectl.join(' ')} get pods -A -o wide
  ${lab} ws -- curl -s ${url}
  ${lab} exec m1 -- bash
Take it away:
  ${named}npm run demo -- down`;
}
