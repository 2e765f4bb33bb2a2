import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareCentos, renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerVersion } from '../lab/offer.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { at, eventually, kinitProgram, kit, on, ssh } from './kit.ts';

const k = kit('bundle');
const bundle = join(k.folder, 'bundle.tar');
const { images, kubernetes } = k.lab.version;
const pause = images.find((image) => image.includes('/pause:')) ?? '';
let connected: LabHost;
let offline: LabHost;
let small: LabHost;

beforeAll(async () => {
  const hosts = ['connected', 'offline', 'small'].map((name) => ({ name, flavour: 'centos-stream-9' as const }));
  [connected, offline, small] = (await k.lab.up(hosts)) as [LabHost, LabHost, LabHost];
});
afterAll(() => k.lab.down());

const config = join(k.folder, 'cluster.yaml');
const everything = 'rpm -qa | sort; find /etc /var/lib/kinit -type f 2>/dev/null | sort';

/** A cluster of the offline hosts, whose packages come from the lab's repository. */
function inventory({ url, key }: Offered = k.lab.repository, version = kubernetes): string {
  return `apiVersion: kinit.dev/v1alpha1
kind: Inventory
hosts:
- {name: offline, address: ${offline.address}, role: control-plane}
- {name: small, address: ${small.address}}
packages: {source: ${url}, gpgKeys: [${key}]}
network: {plugin: none}
---
${k.cluster({ podSubnet: '10.244.0.0/16', kubernetesVersion: version })}`;
}

async function bundled(...argv: string[]) {
  return k.kinit(['bundle', ...argv], { timeout: 300 });
}

describe('a bundle for machines without a network', () => {
  it('is made on a host that has one, with what its Inventory asks for', async () => {
    await writeFile(config, inventory());
    const before = await on(connected, 'sh', '-c', everything);
    const argv = ['--config', config, '--images-dir', (await k.lab.artefacts()).images, '--output-file', bundle];
    const { code, stderr, stdout } = await bundled('create', ...argv, ...at(connected), ...ssh(k));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`Kubernetes ${kubernetes} for centos 9 on x86_64: \\d+ packages, ${images.length} images, \\d+ MiB`),
    );
    expect(await on(connected, 'sh', '-c', everything)).toBe(before);
  });

  it('tells a bundle that was cut short from one that was tampered with and from another file', async () => {
    expect((await bundled('verify', bundle)).code).toBe(0);
    const other = join(k.folder, 'other.tar');
    await copyFile(bundle, other);
    const file = await open(other, 'r+');
    await file.write('tampered', 200 * 1024 * 1024);
    await file.close();
    const tampered = await bundled('verify', other);
    expect([tampered.code, tampered.stderr]).toEqual([
      6,
      expect.stringMatching(/images\/[\w.-]+\.tar has another digest/),
    ]);
    await truncate(other, 100 * 1024 * 1024);
    const truncated = await bundled('verify', other);
    expect([truncated.code, truncated.stderr]).toEqual([3, expect.stringContaining('truncated')]);
    await writeFile(other, 'hello');
    const foreign = await bundled('verify', other);
    expect([foreign.code, foreign.stderr]).toEqual([3, expect.stringContaining('not a kinit bundle')]);
  });

  it('goes on where a killed upload stopped, installs the packages with no repository, and imports the images', async () => {
    await k.lab.host('mirror').stop();
    const argv = ['bundle', 'load', bundle, '--config', config, '--host', 'offline', ...ssh(k)];
    const [program = '', ...rest] = k.lab.atWorkstation([process.execPath, kinitProgram, ...argv]);
    const killed = spawn(program, rest, {
      stdio: 'ignore',
      env: { ...process.env, HOME: k.folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: k.folder },
    });
    const ended = once(killed, 'exit');
    const parts = await eventually('a part of a file on the host', 60_000, async () => {
      const found = await offline.run(['sh', '-c', "find /var/lib/kinit/bundle -name '*.part' -size +4M"]);
      return found.stdout.trim() || undefined;
    });
    killed.kill('SIGKILL');
    await ended;
    expect(parts).toContain('.part');

    const { code, stderr, stdout } = await k.kinit(argv, { timeout: 300 });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(new RegExp(`done +Kubernetes ${kubernetes} loaded`));
    expect((await on(offline, 'kubelet', '--version')).trim()).toBe(`Kubernetes ${kubernetes}`);
    const there = (await on(offline, 'ctr', '-n', 'k8s.io', 'images', 'ls', '-q')).split('\n');
    expect(images.filter((image) => !there.includes(image))).toEqual([]);
    expect(await on(offline, 'sh', '-c', "find /var/lib/kinit -name '*.part' -o -name '*.tar'")).toBe('');
  });

  it('has nothing left to do the second time', async () => {
    const { code, stdout, stderr } = await bundled('load', bundle, ...at(offline), ...ssh(k));
    expect([code, stdout], stderr).toEqual([0, expect.stringMatching(/done +everything was there/)]);
  });

  it('says before it begins that a disk is too small', async () => {
    await on(small, 'sh', '-c', 'mkdir -p /var/lib/kinit && mount -t tmpfs -o size=20m tmpfs /var/lib/kinit');
    const { code, stdout } = await bundled('load', bundle, ...at(small), ...ssh(k));
    expect([code, stdout]).toEqual([1, expect.stringMatching(/no room for \d+ MiB at .*: \d+ MiB are free/)]);
    expect(await on(small, 'find', '/var/lib/kinit', '-type', 'f')).toBe('/var/lib/kinit/undo.json\n');
  });

  it('says in the middle that the disk is full, gives the room of the unfinished file back, and goes on later', async () => {
    await on(small, 'mount', '-o', 'remount,size=120m', '/var/lib/kinit');
    // On the host itself: an upload on a fast machine is over before somebody elsewhere has looked twice.
    const filling = `until [ -n "$(find /var/lib/kinit/bundle -name '*.part' 2>/dev/null)" ]; do :; done
      dd if=/dev/zero of=/var/lib/kinit/filler bs=1M count=200`;
    const filled = small.run(['sh', '-c', filling], { timeout: 60 });
    const [{ code, stdout }] = await Promise.all([bundled('load', bundle, ...at(small), ...ssh(k)), filled]);
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/the disk is full: .*\.rpm could not be written[\s\S]*df -h/),
    ]);
    expect(await on(small, 'find', '/var/lib/kinit', '-name', '*.part')).toBe('');
    await on(small, 'rm', '/var/lib/kinit/filler');
    await on(small, 'mount', '-o', 'remount,size=600m', '/var/lib/kinit');
    const again = await bundled('load', bundle, '--config', config, '--host', 'small', ...ssh(k));
    expect(again.code, again.stderr).toBe(0);
    expect(await on(small, 'ctr', '-n', 'k8s.io', 'images', 'ls', '-q')).not.toContain('kube-apiserver');
  });
});

describe('bare machines without a network', () => {
  it('become a cluster with one file and one bundle', async () => {
    await Promise.all([offline.recreate(), small.recreate()]);
    const { code, stderr, stdout } = await k.kinit(['up', '--config', config, '--bundle', bundle, ...ssh(k)], {
      timeout: 400,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/offline +up[\s\S]*small +up/);
    const kubectl = (...argv: string[]) => on(offline, 'kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...argv);
    await k.lab.layPodNetwork(offline);
    await kubectl('wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=180s');
    expect((await kubectl('get', 'nodes', '-o', 'name')).trim().split('\n').sort()).toEqual([
      'node/offline',
      'node/small',
    ]);
  });

  it.each([
    ['with the bundle at hand', ['--bundle', bundle]],
    ['without it', []],
  ])('are as the file says, so that nothing is left to plan %s', async (_, flags) => {
    const argv = ['plan', '--config', config, '--all', ...flags, '--exit-code', ...ssh(k)];
    const { code, stdout, stderr } = await k.kinit(argv, { timeout: 120 });
    expect([code, stdout], stderr).toEqual([0, expect.stringContaining('Nothing to do')]);
  });
});

const minor = laterNumbers(k.lab.version)?.minor ?? '';

describe.skipIf(minor === '')('a cluster without a network', () => {
  it('goes to another version by its bundle alone', async () => {
    const [layers = ''] = await renumbered(k.lab.version, [minor]);
    const later = renumberedVersion(k.lab.version, minor, layers);
    await k.lab.host('mirror').start();
    const offered = await offerVersion(k.lab, later);
    await writeFile(config, inventory(offered, minor));
    const next = join(k.folder, 'next.tar');
    const argv = ['--config', config, '--images-dir', (await prepareCentos(later)).images, '--output-file', next];
    const created = await bundled('create', ...argv, ...at(connected), ...ssh(k));
    expect(created.code, created.stderr).toBe(0);
    await k.lab.host('mirror').stop();

    const upgrade = ['upgrade', '--config', config, '--no-snapshot', ...ssh(k)];
    const without = await k.kinit(upgrade, { timeout: 120 });
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('nothing was touched')]);
    const { code, stdout, stderr } = await k.kinit([...upgrade, '--bundle', next], { timeout: 400 });
    expect(code, `${stderr}${stdout}`).toBe(0);
    const told = '{range .items[*]}{.status.nodeInfo.kubeletVersion} {end}';
    const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
    const versions = await on(offline, 'kubectl', admin, 'get', 'nodes', '-o', `jsonpath=${told}`);
    expect(versions.trim()).toBe(`${minor} ${minor}`);
    expect((await on(small, 'rpm', '-q', '--qf', '%{VERSION}', 'kubelet')).trim()).toBe(minor.slice(1));
  });
});

describe('images', () => {
  it('are saved from one host and loaded onto others', async () => {
    const archive = join(k.folder, 'images.tar');
    const saved = await k.kinit(['images', 'save', pause, '--output-file', archive, ...at(offline), ...ssh(k)]);
    expect(saved.code, saved.stderr).toBe(0);
    await on(offline, 'ctr', '-n', 'k8s.io', 'images', 'rm', '--sync', pause);
    const loaded = await k.kinit(['images', 'load', archive, ...at(offline), ...ssh(k)]);
    expect([loaded.code, loaded.stdout], loaded.stderr).toEqual([0, expect.stringContaining('1 of 1 images loaded')]);
    expect(await on(offline, 'ctr', '-n', 'k8s.io', 'images', 'ls', '-q')).toContain(`${pause}\n`);
  });

  it('are pushed under the names that --image-repository asks for', async () => {
    await k.lab.host('mirror').start();
    const registry = `${k.lab.registry}/airgap`;
    const argv = [
      'images',
      'push',
      registry,
      '--plain-http',
      '--kubernetes-version',
      kubernetes,
      ...at(offline),
      ...ssh(k),
    ];
    const { code, stdout, stderr } = await k.kinit(argv, { timeout: 240 });
    expect(code, stderr).toBe(0);
    const listed = await k.kinit([
      'images',
      'list',
      '--kubernetes-version',
      kubernetes,
      '--image-repository',
      registry,
    ]);
    expect(stdout).toBe(listed.stdout);
    const { stdout: tags } = await k.page(`http://${k.lab.registry}/v2/airgap/kube-apiserver/tags/list`);
    expect(JSON.parse(tags)).toEqual({ name: 'airgap/kube-apiserver', tags: [kubernetes] });
  });

  it('that the mirror lacks are named, and what to do', async () => {
    const lacking = 'registry.example.invalid/nothing:1';
    const { code, stderr } = await k.kinit([
      'images',
      'save',
      lacking,
      '--output-file',
      join(k.folder, 'x.tar'),
      ...at(offline),
      ...ssh(k),
    ]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/nothing:1.*failed[\s\S]*name a mirror/)]);
  });
});
