import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tarEnd, tarHeader, tarPadding } from '../../src/archive/tar.ts';
import { openBundle } from '../../src/bundle/bundle-file.ts';
import { openImageFolder } from '../../src/bundle/image-folder.ts';
import { writeBundle } from '../../src/bundle/write-bundle.ts';
import { on } from '../../src/execute/target.ts';
import type { Facts } from '../../src/host/facts/facts.ts';
import type { CommandResult } from '../../src/host/host.ts';
import { slots } from '../../src/host/slots.ts';
import type { BundleContext } from '../../src/phases/bundle/context.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { type BundleWish, withBundle } from '../../src/workflows/images/create-bundle.ts';
import { loadBundle } from '../../src/workflows/images/load-bundle.ts';
import { FakeHost, type FakeHostOptions } from '../fakes/host.ts';
import { quietRun } from '../run.ts';
import { factsOf } from '../unit/preflight/hosts.ts';

const pause = 'k8s.gcr.io/pause:3.2';
const apiserver = 'k8s.gcr.io/kube-apiserver:v1.20.2';
const socket = 'unix:///var/run/containerd/containerd.sock';
const rpm = 'kubelet-1.20.2-0.x86_64';

const ctr = new Map([['ctr', '/usr/bin/ctr']]);
const online = withImages([]);

function withImages(images: readonly string[]): Facts {
  const facts = factsOf('stream-9');
  const runtimes = facts.runtimes.map((runtime) => ({ ...runtime, images }));
  const programs = new Map([...facts.programs, ...ctr]);
  return { ...facts, programs, runtimes, runtime: { ...facts.runtime, images } };
}

/** A host with yum's repositories that downloads one package, and reads its own files. */
function connected(options: FakeHostOptions = {}): FakeHost {
  const host: FakeHost = new FakeHost({
    name: 'root@10.0.0.1',
    facts: online,
    ...options,
    commands: {
      'sh -c': (argv, input) => shell(host, argv, input),
      crictl: {},
      ctr: (argv) => {
        const at = argv.indexOf('export');
        if (at >= 0)
          void host.write([{ path: argv[at + 3] ?? '', content: `an archive of ${argv[at + 4]}`, mode: 0o600 }]);
        return {};
      },
      ...options.commands,
    },
  });
  return host;
}

function shell(
  host: FakeHost,
  [, , script = '', name, ...args]: readonly string[],
  input: Buffer,
): Partial<CommandResult> {
  const text = (path: string): Buffer => {
    const entry = host.entries.get(path);
    return entry?.type === 'file' ? entry.content : Buffer.alloc(0);
  };
  const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
  const lines = input.toString().split('\n').filter(Boolean);
  if (name === 'kinit-download') {
    void host.write([{ path: `${args[0]}/rpms/${rpm}.rpm`, content: 'a package', mode: 0o644 }]);
    return {};
  }
  if (script.includes('rpm -qp')) {
    return { stdout: `package\t${rpm}.rpm\tkubelet\t(none)\t1.20.2\t0\tx86_64\t1795230696\t9\tThe kubelet\n` };
  }
  if (script.includes('manifest.json')) return { stdout: args.map(() => '[]\n').join('') };
  if (name === 'kinit-read') return { stdout: text(args[0] ?? '').toString('base64') };
  if (name === 'kinit-upload' && args.length === 0) {
    const states = lines.map((line) => {
      const [sum, , path = ''] = line.split(' ');
      return sha256(text(path)) === sum ? 'have' : '0';
    });
    return { stdout: [...states, '1000000', ''].join('\n') };
  }
  if (name === 'kinit-upload') {
    const [path = '', , , , mode = ''] = args;
    void host.write([{ path, content: input, mode: Number.parseInt(mode, 8) }]);
    return {};
  }
  return { stdout: lines.map((path) => `${text(path).length} ${sha256(text(path))}  -\n`).join('') };
}

const release = releaseFor(parseVersion('v1.20.2'));

function gathering(host: FakeHost, facts = online) {
  const criSocket = () => socket;
  return {
    host,
    facts,
    release,
    criSocket,
    run: quietRun({ now: 1_795_230_000_000, uploads: slots(1) }),
  };
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-gather-'));
});
afterEach(() => rm(folder, { recursive: true }));

const wish: BundleWish = {
  kubernetesVersion: 'v1.20.2',
  packages: { packages: ['kubelet-1.20.2'], repositories: new Map([['kubernetes.repo', '[kubernetes]\n']]) },
  images: [
    { name: pause, nodes: 'all' },
    { name: apiserver, nodes: 'control-plane' },
  ],
  archives: [],
};

async function bundleOf(host: FakeHost, changes: Partial<BundleWish> = {}): Promise<string> {
  const path = join(folder, 'bundle.tar');
  await withBundle({ ...wish, ...changes }, gathering(host), (lock, sources) => writeBundle(path, lock, sources));
  return path;
}

async function archive(name: string, image: string): Promise<void> {
  const manifest = JSON.stringify([{ Config: `${'c'.repeat(64)}.json`, RepoTags: [image] }]);
  const bytes = [
    tarHeader('manifest.json', manifest.length, 0),
    Buffer.from(manifest),
    tarPadding(manifest.length),
    tarEnd,
  ];
  await mkdir(join(folder, 'images'), { recursive: true });
  await writeFile(join(folder, 'images', name), Buffer.concat(bytes));
}

describe('making a bundle', () => {
  it('gathers packages with their repository, and each image in an archive of its own', async () => {
    const bundle = await openBundle(await bundleOf(connected()));
    await bundle.close();
    expect(bundle.lock.files.map(({ path }) => path)).toEqual([
      `rpms/${rpm}.rpm`,
      'rpms/repodata/primary.xml.gz',
      'rpms/repodata/filelists.xml.gz',
      'rpms/repodata/repomd.xml',
      'images/k8s.gcr.io_pause_3.2.tar',
      'images/k8s.gcr.io_kube-apiserver_v1.20.2.tar',
    ]);
    expect(bundle.lock).toMatchObject({
      kubernetesVersion: 'v1.20.2',
      distribution: { id: 'centos', version: '9', architecture: 'x86_64' },
      packages: ['kubelet-1.20.2'],
      images: [
        { name: pause, nodes: 'all' },
        { name: apiserver, nodes: 'control-plane' },
      ],
    });
  });

  it('leaves nothing on the host', async () => {
    const host = connected();
    await bundleOf(host);
    expect([...host.entries.keys()].filter((path) => host.text(path) !== undefined)).toEqual([]);
  });

  it('leaves nothing anywhere when the packages cannot be had, and says it in the words of dnf', async () => {
    const download = () => ({ code: 1, stderr: 'Error: Unable to find a match: kubelet-1.20.2\n' });
    const host = connected();
    const refusing = connected({
      commands: { 'sh -c': (argv, input) => (argv[3] === 'kinit-download' ? download() : shell(host, argv, input)) },
    });
    await expect(bundleOf(refusing)).rejects.toMatchObject({
      message: expect.stringContaining('Unable to find a match: kubelet-1.20.2'),
      host: 'root@10.0.0.1',
    });
    expect([...refusing.entries.keys()].filter((path) => refusing.text(path) !== undefined)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes images from archives at hand, and pulls the rest', async () => {
    await archive('pause.tar', pause);
    const host = connected();
    const images = await openImageFolder(join(folder, 'images'));
    const bundle = await openBundle(await bundleOf(host, { packages: undefined, archives: images.archives }));
    await Promise.all([bundle.close(), images.close()]);
    expect(bundle.lock.images).toEqual([
      { name: pause, id: `sha256:${'c'.repeat(64)}`, file: 'images/pause.tar', nodes: 'all' },
      { name: apiserver, file: 'images/k8s.gcr.io_kube-apiserver_v1.20.2.tar', nodes: 'control-plane' },
    ]);
    expect(host.ran.filter((argv) => argv.includes('pull')).map((argv) => argv.at(-1))).toEqual([apiserver]);
  });

  it('names every image that it cannot get, and another version of it that is there', async () => {
    await archive('pause.tar', 'k8s.gcr.io/pause:3.1');
    const images = await openImageFolder(join(folder, 'images'));
    const bare = { ...online, runtimes: [] };
    const refused = withBundle({ ...wish, archives: images.archives }, gathering(connected(), bare), async () => {});
    await expect(refused).rejects.toThrow(`  ${pause} (there is k8s.gcr.io/pause:3.1)\n  ${apiserver}`);
    await images.close();
  });
});

describe('loading a bundle', () => {
  async function load(host: FakeHost, role: BundleContext['role'] = 'control-plane', wanted = release) {
    const { lock, digest, source, close } = await openBundle(await bundleOf(connected()));
    const { run, facts } = gathering(host);
    const target = on(run, { host, facts, release: wanted });
    try {
      return await loadBundle({ lock, digest, source, role, criSocket: () => socket }, target);
    } finally {
      await close();
    }
  }

  /** A machine that remembers what was installed and imported. */
  function offline(): FakeHost {
    const installed: string[] = [];
    const images: string[] = [];
    const host: FakeHost = new FakeHost({
      name: 'root@10.0.0.2',
      facts: withImages(images),
      commands: {
        'sh -c': (argv, input) => {
          if (argv[3] !== 'kinit') return shell(host, argv, input);
          expect(argv.slice(4)).toEqual(['dnf', expect.stringContaining('--disablerepo=*'), 'kubelet-1.20.2']);
          installed.push(rpm);
          return {};
        },
        'rpm -qa': () => ({ stdout: installed.map((full) => `kubelet ${full}\n`).join('') }),
        'rm -f': ([, , path = '']) => {
          host.entries.delete(path);
          return {};
        },
        ctr: (argv) => {
          images.push((host.text(argv.at(-1) ?? '') ?? '').replace('an archive of ', ''));
          return {};
        },
      },
    });
    return host;
  }

  it('installs the packages from the bundle alone and imports the images; the second time nothing is left to do', async () => {
    const host = offline();
    expect((await load(host)).map(({ phase, change }) => [phase, change.kind])).toEqual([
      ['bundle-packages', 'file'],
      ['bundle-packages', 'upload'],
      ['bundle-packages', 'upload'],
      ['bundle-packages', 'upload'],
      ['bundle-packages', 'upload'],
      ['bundle-packages', 'file'],
      ['bundle-install', 'packages'],
      ['bundle-images', 'upload'],
      ['bundle-images', 'upload'],
      ['bundle-images', 'command'],
      ['bundle-images', 'command'],
      ['bundle-images', 'command'],
      ['bundle-images', 'command'],
    ]);
    expect([...host.entries.keys()].filter((path) => path.endsWith('.tar'))).toEqual([]);
    expect(await load(host)).toEqual([]);
  });

  it('refuses a bundle for another version before anything is touched', async () => {
    const host = offline();
    const other = releaseFor(parseVersion('v1.21.0'));
    await expect(load(host, 'worker', other)).rejects.toMatchObject({
      message: 'the bundle is for Kubernetes v1.20.2, and the configuration asks for v1.21.0',
      exitCode: 3,
    });
    expect(host.roundTrips).toBe(0);
  });

  it("leaves a control plane's images out of a worker", async () => {
    const imports = (await load(offline(), 'worker')).filter(
      ({ phase, change }) => phase === 'bundle-images' && change.kind === 'command',
    );
    expect(imports).toHaveLength(2);
    expect(imports[0]?.change).toMatchObject({ argv: expect.arrayContaining(['import']) });
    expect(JSON.stringify(imports[0])).toContain('pause');
  });
});
