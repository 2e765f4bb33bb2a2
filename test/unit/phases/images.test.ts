import { describe, expect, it } from 'vitest';
import { imageImports } from '../../../src/phases/image-load.ts';
import { imagesLacking, missingImages } from '../../../src/phases/image-pull.ts';
import { asIfRunning, runtimeTool } from '../../../src/phases/runtime-tool.ts';
import { factsOf } from '../preflight/hosts.ts';

const facts = factsOf('stream-9');
const containerd = 'unix:///var/run/containerd/containerd.sock';
const with_ = (...programs: string[]) => ({
  architecture: 'aarch64',
  programs: new Map(programs.map((name) => [name, `/usr/bin/${name}`])),
});

describe('the tool for a runtime', () => {
  const ctr = ['ctr', '--address', '/var/run/containerd/containerd.sock', '--namespace', 'k8s.io', 'images'];

  it.each([
    [containerd, ['ctr'], 'pull', [...ctr, 'pull', 'a']],
    [containerd, ['ctr', 'crictl'], 'pull', ['crictl', '--runtime-endpoint', containerd, 'pull', 'a']],
    [containerd, ['ctr', 'crictl'], 'load', [...ctr, 'import', 'a']],
    ['/var/run/dockershim.sock', [], 'pull', ['docker', 'pull', 'a']],
    ['/var/run/docker.sock', [], 'load', ['docker', 'load', '--input', 'a']],
    ['unix:///var/run/cri-dockerd.sock', ['crictl'], 'load', ['docker', 'load', '--input', 'a']],
    ['unix:///var/run/crio/crio.sock', ['crictl'], 'load', ['podman', 'load', '--input', 'a']],
    [
      'unix:///var/run/crio/crio.sock',
      ['crictl'],
      'pull',
      ['crictl', '--runtime-endpoint', 'unix:///var/run/crio/crio.sock', 'pull', 'a'],
    ],
  ] as const)('at %s with %j makes of %s: %j', (socket, programs, verb, argv) => {
    expect(runtimeTool(socket, with_(...programs))[verb]('a')).toEqual(argv);
  });

  it('reads the folder of mirrors that containerd itself names, which ctr would not look for', () => {
    const [runtime] = facts.runtimes;
    if (runtime === undefined) throw new Error('no runtime');
    const runtimes = [{ ...runtime, registryFolder: '/etc/containerd/certs.d' }];
    const pull = [...ctr, 'pull', '--hosts-dir', '/etc/containerd/certs.d', 'a'];
    expect(runtimeTool(containerd, { ...with_('ctr'), runtimes }).pull('a')).toEqual(pull);
    expect(runtimeTool(containerd, { ...with_('ctr', 'crictl'), runtimes }).pull('a')[0]).toBe('crictl');
  });

  it("saves and pushes what is there: this machine's platform of an image for many", () => {
    const tool = runtimeTool(containerd, with_('ctr'));
    expect(tool.save('/tmp/a.tar', ['x', 'y'])).toEqual([
      ...ctr,
      'export',
      '--platform',
      'linux/arm64',
      '/tmp/a.tar',
      'x',
      'y',
    ]);
    expect(tool.push('x', { plainHttp: true })).toEqual([
      ...ctr,
      'push',
      '--plain-http',
      '--platform',
      'linux/arm64',
      'x',
    ]);
    expect(tool.push('x', { plainHttp: false })).not.toContain('--plain-http');
  });

  it('is that of the runtime which is installed, where none runs yet', () => {
    const bare = { ...facts, runtime: { ...facts.runtime, sockets: [] } };
    expect(asIfRunning({ ...bare, ...with_('containerd') }).runtime.sockets).toEqual([
      '/var/run/containerd/containerd.sock',
    ]);
    expect(asIfRunning(facts)).toBe(facts);
  });
});

describe('images that a host lacks', () => {
  it('are told apart by their full names', () => {
    const there = {
      ...facts,
      runtime: { ...facts.runtime, images: ['docker.io/library/nginx:1.19', 'k8s.gcr.io/pause:3.2'] },
    };
    expect(imagesLacking(['nginx:1.19', 'k8s.gcr.io/pause:3.2', 'k8s.gcr.io/pause:3.3'], there)).toEqual([
      'k8s.gcr.io/pause:3.3',
    ]);
  });

  it('are pulled by policy', () => {
    const pulls = (imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never') =>
      missingImages(facts.runtime.images, { criSocket: containerd, imagePullPolicy }, facts, []).filter(
        ({ kind }) => kind === 'command',
      ).length;
    expect([pulls('Always'), pulls('IfNotPresent'), pulls('Never')]).toEqual([facts.runtime.images.length, 0, 0]);
  });
});

describe('an image that cannot be pulled', () => {
  const of = (image: string) => {
    const registration = { criSocket: containerd, imagePullPolicy: 'IfNotPresent' as const };
    return missingImages([image], registration, facts, []).find((change) => change.kind === 'command');
  };

  it.each([
    ['level=info msg="trying next host - response was http.StatusNotFound"', 'mirror.test:5000 has no such image'],
    [
      'server gave HTTP response to HTTPS client',
      '{registryMirrors: {"mirror.test:5000": ["http://mirror.test:5000"]}}',
    ],
    ['x509: certificate signed by unknown authority', 'update-ca-trust'],
  ])('says what to do about “%s”', (words, advice) => {
    const pull = of('mirror.test:5000/pause:3.2');
    expect(pull?.causes?.find(({ sign }) => sign.test(words))?.advice).toContain(advice);
  });

  it('names the registry, which the host may not reach', () => {
    expect(of('nothing/here:1')).toMatchObject({
      what: 'pulling nothing/here:1',
      advice: expect.stringContaining('reaches docker.io'),
    });
  });
});

describe('archives of images', () => {
  const source = { size: 1, sha256: 'a'.repeat(64), read: async () => Buffer.from('x') };
  const tool = runtimeTool(containerd, facts);

  it('are brought, imported and taken away again; those whose images are there stay where they are', () => {
    const known = facts.runtime.images[0] ?? '';
    const changes = imageImports(
      [
        { images: [known], path: '/a.tar', source },
        { images: [known, 'new/one:1'], path: '/b.tar', source },
      ],
      containerd,
      facts,
    );
    expect(changes).toMatchObject([
      { kind: 'upload', path: '/b.tar', mode: 0o600 },
      { kind: 'command', argv: tool.load('/b.tar') },
      { kind: 'command', argv: ['rm', '-f', '/b.tar'] },
    ]);
  });
});
