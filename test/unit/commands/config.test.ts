import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { parseYaml } from '../../../src/yaml.ts';
import { kinit as runKinit } from '../../command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'kinit-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kinit = (...argv: readonly string[]) => runKinit(argv, { stdin: Readable.from([]), env: {}, cwd: folder });

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

const cluster = 'apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\nkubernetesVersion: v1.20.2\n';

describe('kinit config print', () => {
  it('prints the defaults of the newest version, or of the one that is asked for', async () => {
    expect((await kinit('config', 'print', 'init-defaults')).out).toContain('apiVersion: kubeadm.k8s.io/v1beta4\n');
    const old = await kinit('config', 'print', 'init-defaults', '--kubernetes-version', 'v1.20.2');
    expect(old.out).toContain('apiVersion: kubeadm.k8s.io/v1beta2\n');
    expect(old.out).toContain(`name: ${hostname().toLowerCase()}\n`);
  });

  it('adds component configurations on demand', async () => {
    const { out } = await kinit(
      'config',
      'print',
      'join-defaults',
      '--component-configs',
      'KubeletConfiguration,KubeProxyConfiguration',
    );
    expect(out.split('---\n').map((part) => /^kind: (.*)$/m.exec(part)?.[1])).toEqual([
      'JoinConfiguration',
      'KubeletConfiguration',
      'KubeProxyConfiguration',
    ]);
  });

  it('names the nearest kind', async () => {
    const { code, err } = await kinit('config', 'print', 'init-defaults', '--component-configs', 'KubeletConfig');
    expect(code).toBe(3);
    expect(err).toContain('did you mean "KubeletConfiguration"?');
  });
});

describe('kinit config validate', () => {
  it('says ok', async () => {
    expect(await kinit('config', 'validate', '--config', file('good.yaml', cluster))).toEqual({
      code: 0,
      out: 'ok\n',
      err: '',
    });
  });

  it('says everything that is wrong, with its place, and exits with 3', async () => {
    const bad = `${cluster}foo: 1\nnetworking: {podsubnet: x}\n`;
    const { code, out, err } = await kinit('config', 'validate', '--config', file('bad.yaml', bad));
    expect([code, out]).toEqual([3, '']);
    expect(err).toContain('bad.yaml:4 foo: is not a field here');
    expect(err).toContain('bad.yaml:5 networking.podsubnet: is not a field here; did you mean "podSubnet"?');
    expect(err).toContain('--lenient');
  });

  it('takes unknown fields as warnings where it is lenient', async () => {
    const { code, err } = await kinit(
      'config',
      'validate',
      '--lenient',
      '--config',
      file('odd.yaml', `${cluster}foo: 1\n`),
    );
    expect(code).toBe(0);
    expect(err).toContain('warning: odd.yaml:4 foo');
  });

  const old = (version: string) => cluster.replace('v1beta2', 'v1beta1').replace('v1.20.2', version);

  it.each(['v1.18.0', 'v1.21.14'])('takes v1beta1 for %s, whose kubeadm read it', async (version) => {
    const { code, out } = await kinit('config', 'validate', '--config', file('v1beta1.yaml', old(version)));
    expect([code, out]).toEqual([0, 'ok\n']);
  });

  it.each(['v1.22.0', 'v1.36.2'])('refuses v1beta1 for %s, with the command that writes it anew', async (version) => {
    const { code, err } = await kinit('config', 'validate', '--config', file('v1beta1.yaml', old(version)));
    expect(code).toBe(3);
    expect(err).toContain(`v1beta1.yaml:1 apiVersion: kubeadm.k8s.io/v1beta1 is not read for Kubernetes ${version}`);
    expect(err).toContain('kinit config migrate --old-config FILE');
  });

  it('takes v1beta1 where nothing says for which version it is', async () => {
    const text = `apiVersion: kubeadm.k8s.io/v1beta1\nkind: ClusterConfiguration\n`;
    const { code, out } = await kinit('config', 'validate', '--config', file('any.yaml', text));
    expect([code, out]).toEqual([0, 'ok\n']);
  });

  it('names a file that is not there', async () => {
    const { code, err } = await kinit('config', 'validate', '--config', 'nowhere.yaml');
    expect(code).toBe(3);
    expect(err).toContain('nowhere.yaml');
  });
});

describe('kinit config migrate', () => {
  it('writes the newest API version, both halves of it, readable for the owner alone', async () => {
    const { code } = await kinit(
      'config',
      'migrate',
      '--old-config',
      file('old.yaml', cluster),
      '--new-config',
      'new.yaml',
    );
    expect(code).toBe(0);
    const text = readFileSync(join(folder, 'new.yaml'), 'utf8');
    expect(text.match(/^kind: .*/gm)).toEqual(['kind: InitConfiguration', 'kind: ClusterConfiguration']);
    expect(text.match(/kubeadm.k8s.io\/v1beta4/g)).toHaveLength(2);
    expect(text).toContain('kubernetesVersion: v1.20.2\n');
    expect(statSync(join(folder, 'new.yaml')).mode & 0o777).toBe(0o600);
    expect((await kinit('config', 'validate', '--config', 'new.yaml')).out).toBe('ok\n');
  });

  it('leaves a link a link and a pipe a pipe', async () => {
    const old = ['config', 'migrate', '--old-config', file('old.yaml', cluster), '--new-config'];
    symlinkSync(file('target.yaml', 'before'), join(folder, 'link.yaml'));
    expect((await kinit(...old, 'link.yaml')).code).toBe(0);
    expect(lstatSync(join(folder, 'link.yaml')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'target.yaml'), 'utf8')).toContain('kind: ClusterConfiguration');
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [{ code }, told] = await Promise.all([kinit(...old, 'pipe'), readFile(pipe, 'utf8')]);
    expect([code, told]).toEqual([0, expect.stringContaining('kind: ClusterConfiguration')]);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  it('writes v1beta1 anew for a version that takes it no more', async () => {
    const text = `${cluster.replace('v1beta2', 'v1beta1').replace('v1.20.2', 'v1.24.0')}apiServer: { extraArgs: { v: '2' } }\n`;
    const { code, out } = await kinit('config', 'migrate', '--old-config', file('v1beta1.yaml', text));
    expect(code).toBe(0);
    const migrated = parseYaml(out, 'out').map(({ value }) => value);
    expect(migrated).toMatchObject([
      { apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'InitConfiguration' },
      { kubernetesVersion: 'v1.24.0', apiServer: { extraArgs: [{ name: 'v', value: '2' }] } },
    ]);
  });

  it('writes the API version of another kubeadm on demand, and says what it leaves out', async () => {
    const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';
    const old = file('both.yaml', `${cluster}---\n${kubelet}`);
    const { out, err } = await kinit('config', 'migrate', '--old-config', old, '--kubernetes-version', 'v1.28.0');
    expect(out).toContain('apiVersion: kubeadm.k8s.io/v1beta3\n');
    expect(out).not.toContain('KubeletConfiguration');
    expect(err).toContain('both.yaml:6 kind: left out');
  });

  it.each([
    ['v1.22.6', 'criSocket: /run/containerd/containerd.sock'],
    ['v1.28.0', 'criSocket: unix:///run/containerd/containerd.sock'],
  ])('writes a JoinConfiguration as the kubeadm of %s would: %s', async (version, socket) => {
    const join = file(
      'join.yaml',
      `apiVersion: kubeadm.k8s.io/v1beta2
kind: JoinConfiguration
nodeRegistration: { name: w1, criSocket: /run/containerd/containerd.sock }
discovery:
  bootstrapToken: { token: abcdef.0123456789abcdef, apiServerEndpoint: '192.0.2.10:6443', unsafeSkipCAVerification: true }
`,
    );
    const { out } = await kinit('config', 'migrate', '--old-config', join, '--kubernetes-version', version);
    expect(out).toContain(socket);
  });

  const [master, controlPlane] = ['node-role.kubernetes.io/master', 'node-role.kubernetes.io/control-plane'];
  it.each([
    ['v1.22.6', 'worker', '', null],
    ['v1.22.6', 'control plane', 'controlPlane: {}', [{ effect: 'NoSchedule', key: master }]],
    ['v1.28.0', 'control plane', 'controlPlane: {}', [{ effect: 'NoSchedule', key: controlPlane }]],
  ])('spells out, as kubeadm of %s, the taints of a %s that joins', async (version, _role, field, taints) => {
    const join = file(
      'taints.yaml',
      `apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
${field}
discovery:
  bootstrapToken: { token: abcdef.0123456789abcdef, apiServerEndpoint: '192.0.2.10:6443', unsafeSkipCAVerification: true }
`,
    );
    const { out } = await kinit('config', 'migrate', '--old-config', join, '--kubernetes-version', version);
    expect(parseYaml(out, 'out')[0]?.value).toMatchObject({ nodeRegistration: { taints } });
  });
});

describe('kinit config images list', () => {
  it('prints one image a line', async () => {
    const { out } = await kinit('config', 'images', 'list', '--kubernetes-version', 'v1.20.2');
    expect(out.split('\n')).toEqual([
      'k8s.gcr.io/kube-apiserver:v1.20.2',
      'k8s.gcr.io/kube-controller-manager:v1.20.2',
      'k8s.gcr.io/kube-scheduler:v1.20.2',
      'k8s.gcr.io/kube-proxy:v1.20.2',
      'k8s.gcr.io/pause:3.2',
      'k8s.gcr.io/etcd:3.4.13-0',
      'k8s.gcr.io/coredns:1.7.0',
      '',
    ]);
  });

  it.each([
    ['v1.20.2', 'v1alpha1'],
    ['v1.23.0', 'v1alpha2'],
    ['v1.36.2', 'v1alpha3'],
  ])('prints JSON as kubeadm %s does', async (version, api) => {
    const { out } = await kinit('config', 'images', 'list', '--kubernetes-version', version, '-o', 'json');
    expect(
      out.startsWith(`{\n    "kind": "Images",\n    "apiVersion": "output.kubeadm.k8s.io/${api}",\n    "images": [\n`),
    ).toBe(true);
  });

  it('goes by the configuration file and its mirror', async () => {
    const mirrored = file('mirror.yaml', `${cluster}imageRepository: mirror.example/k8s\n`);
    const { out } = await kinit('config', 'images', 'list', '--config', mirrored);
    expect(out.split('\n').filter((line) => line !== '' && !line.startsWith('mirror.example/k8s/'))).toEqual([]);
  });
});
