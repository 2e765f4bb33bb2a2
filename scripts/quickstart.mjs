// Installs, builds and renders a complete control plane into a folder: no root, no Kubernetes, no network but npm.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
const say = (text = '') => process.stdout.write(`${text}\n`);

if (!existsSync(join(root, 'node_modules', 'typescript'))) {
  say('Installing packages ...');
  run('npm', ['ci', '--no-audit', '--no-fund']);
}
say('Building ...');
run('npm', ['run', '--silent', 'build']);

const folder = mkdtempSync(join(tmpdir(), 'kinit-quickstart-'));
const config = 'examples/single-master.yaml';
say(`Rendering the control plane that ${config} describes ...\n`);
run(process.execPath, ['bin/kinit.js', 'init', '--config', config, '--output-dir', folder]);

const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort();
say(`\n${files.length} files, as they would be on the first master, below ${folder}:\n`);
for (const file of files) {
  const mode = (statSync(file).mode & 0o777).toString(8).padStart(4, '0');
  say(`  ${mode}  ${relative(folder, file)}`);
}
say(`
Look into it:
  less ${folder}/etc/kubernetes/manifests/kube-apiserver.yaml
  openssl x509 -noout -text -in ${folder}/etc/kubernetes/pki/apiserver.crt
  less ${folder}/api-objects.yaml            every object that init would create in the cluster
  node bin/kinit.js init --help              all flags

Render another version:
  node bin/kinit.js init --kubernetes-version v1.20.2 --pod-network-cidr 10.244.0.0/16 --output-dir /tmp/kinit-1.20`);
