import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigDocument } from '../../../src/pki/kubeconfig-document.ts';
import { toYaml } from '../../../src/yaml.ts';
import { testAuthority, testCertificate } from '../../certificates.ts';
import { kinit } from '../../command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-commands-'));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (line: string) => kinit(line.split(' ').filter(Boolean), { cwd: folder, env: { HOME: folder } });
const version = '--kubernetes-version v1.31.0';

/** A file of this name and content, and what `kinit init` says of it. */
async function initWith(name: string, text: string) {
  await writeFile(join(folder, name), text);
  return run(`init --config ${name}`);
}

const cluster = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.31.0\n';

describe('bad flags: exit 3, with the flag, before any machine is asked', () => {
  it.each([
    [
      'an unknown flag, with the nearest',
      'init --pod-network-cird 10.0.0.0/16',
      /--pod-network-cird[\s\S]*--pod-network-cidr\?/,
    ],
    [
      'an unknown flag before a file that is missing',
      'up --confg cluster.yaml',
      /unknown option '--confg'[\s\S]*--config\?/,
    ],
    ['a file that is not named, with how to begin one', 'plan', /--config: name the file[\s\S]*inventory-defaults/],
    ['an unknown command, with the nearest', 'jion', /unknown command 'jion'[\s\S]*join\?/],
    ['help for an unknown command, with the nearest', 'help jion', /unknown command 'jion'[\s\S]*join\?/],
    ['help for what is like no command', 'help nothing', /unknown command 'nothing'\n/],
    ['help for an unknown command below one', 'help init phase crets', /unknown command 'crets'[\s\S]*certs\?/],
    ['help asked below a command', 'config help vlidate', /unknown command 'vlidate'[\s\S]*validate\?/],
    ['an unknown command below one', 'config vlidate', /unknown command 'vlidate'[\s\S]*validate\?/],
    ['an unknown phase', 'init phase crets', /unknown command 'crets'[\s\S]*certs\?/],
    ['a flag without its value', 'init --pod-network-cidr', /'--pod-network-cidr <cidr>' argument missing/],
    ['a word too many', 'init extra', /too many arguments for 'init'/],
    [
      'a value that is none of the choices',
      'version -o xml',
      /'xml' is invalid. Allowed choices are json, yaml, short/,
    ],
    ['no subnet', `init ${version} --pod-network-cidr 10.0.0.0/33`, /^error: --pod-network-cidr: .*10\.0\.0\.0\/33/],
    [
      'subnets that overlap',
      `init ${version} --pod-network-cidr 10.96.0.0/16`,
      /^error: --pod-network-cidr: .*overlap/,
    ],
    [
      'a version before those that are served',
      'init --kubernetes-version v1.17.3',
      /v1\.17\.3 is not served.*v1\.18 to v1\.37\n.*v1\.18/,
    ],
    [
      'a version after those that are served',
      'init --kubernetes-version v1.99.0',
      /v1\.99\.0 is not served.*\n.*v1\.37/,
    ],
    ['no version', 'init --kubernetes-version 1.x', /^error: --kubernetes-version: "1\.x" is not a Kubernetes version/],
    ['a version without its patch', 'init --kubernetes-version 1.31', /say v1\.31\.0 or the label stable-1\.31/],
    ['no port', `init ${version} --apiserver-bind-port 0`, /^error: --apiserver-bind-port: "0" is not a port/],
    ['no duration', `init ${version} --token-ttl 1day`, /^error: --token-ttl: "1day" is not a duration/],
    ['no target', 'init --host root@cp1:ssh', /^error: --host: 'root@cp1:ssh': the port/],
    ['several hosts for one control plane', 'init --host cp1,cp2', /acts on one host, and --host names several/],
    [
      'one node name for several hosts',
      'join --host w1,w2 --node-name w',
      /^error: --node-name: one name for several hosts/,
    ],
    ['a join that says not where to', 'join', /^error: /],
    [
      'no number of hosts',
      'join --host w1 --kubeconfig nowhere.conf --parallel 0',
      /--parallel: "0" is not a positive number/,
    ],
    [
      'a file that is not there',
      'init --config nowhere.yaml',
      /^error: --config nowhere\.yaml: no such file or directory/,
    ],
    [
      'a folder of patches that is not there',
      `init ${version} --patches nowhere --output-dir out`,
      /--patches nowhere: no such file/,
    ],
  ])('%s', async (_, line, text) => {
    const { code, out, err } = await run(line);
    expect(err).toMatch(text);
    expect({ code, out }).toEqual({ code: 3, out: '' });
  });

  it('tells everything that is wrong at once', async () => {
    const flags = '--pod-network-cidr nonsense --service-cidr 10.96.0.0/40 --node-name UPPER_CASE';
    const { code, err } = await run(`init ${version} ${flags}`);
    expect(code).toBe(3);
    expect(err).toMatch(/^error: 3 problems:\n/);
    for (const flag of ['--pod-network-cidr', '--service-cidr', '--node-name']) expect(err).toContain(`  ${flag}: `);
  });

  it.each([
    ['a malformed token', `init ${version} --token abcdef.0123456789ABCDEF`],
    ['a token in a flag that is wrong', 'init --tokn=abcdef.0123456789abcdef'],
    ['a token in the wrong flag', `init ${version} --node-name abcdef.0123456789abcdef_`],
  ])('shows nothing of the secret half of %s', async (_, line) => {
    const { code, out, err } = await run(line);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).not.toMatch(/0123456789abcdef/i);
  });
});

describe('bad configuration: exit 3, with file and line', () => {
  it.each([
    ['YAML that is broken', `${cluster}networking: {podSubnet: 10.0.0.0/16\n`, /^error: broken\.yaml:\d+.*/],
    ['no YAML at all', '\u0000\u0001\u0002', /^error: broken\.yaml/],
    ['nothing', '', /^error: broken\.yaml: holds no document/],
    [
      'the wrong kind',
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguraton\n',
      /broken\.yaml:2 kind: .*no kind JoinConfiguraton; did you mean "JoinConfiguration"/,
    ],
    [
      'a kind for another command',
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ncaCertPath: /etc/kubernetes/pki/ca.crt\n',
      /holds neither InitConfiguration nor ClusterConfiguration/,
    ],
    [
      'an unknown field, with the nearest',
      `${cluster}networking:\n  podSubent: 10.0.0.0/16\n`,
      /broken\.yaml:5 networking\.podSubent: .*did you mean "podSubnet"\?[\s\S]*--lenient/,
    ],
    [
      'a field that is given twice',
      `${cluster}clusterName: a\nclusterName: b\n`,
      /broken\.yaml:5 clusterName: is given twice/,
    ],
    ['a wrong subnet', `${cluster}networking:\n  podSubnet: nonsense\n`, /broken\.yaml:5 networking\.podSubnet: /],
    [
      'a version that is not served',
      cluster.replace('v1.31.0', 'v1.16.0'),
      /broken\.yaml:3 kubernetesVersion: v1\.16\.0 is not served/,
    ],
  ])('%s', async (_, text, expected) => {
    const { code, out, err } = await initWith('broken.yaml', text);
    expect(err).toMatch(expected);
    expect({ code, out }).toEqual({ code: 3, out: '' });
  });

  it('refuses flags beside a file, as kubeadm does, and names them all', async () => {
    await writeFile(join(folder, 'cluster.yaml'), cluster);
    const { code, err } = await run('init --config cluster.yaml --pod-network-cidr 10.0.0.0/16 --token-ttl 1h');
    expect(code).toBe(3);
    expect(err).toMatch(/--config: cannot be mixed with --pod-network-cidr, --token-ttl: write it into the file/);
  });
});

describe('what is asked of kinit itself', () => {
  it.each([
    ['kinit', '', /Usage: kinit \[options\] \[command\][\s\S]*init \[options\] +Bring up a control plane/],
    ['a command that has commands', 'token', /Usage: kinit token[\s\S]*create/],
    ['init phase', 'init phase', /Usage: kinit init phase[\s\S]*certs[\s\S]*addon/],
    ['help', 'help', /Usage: kinit \[options\] \[command\]/],
    ['help for a command', 'help init', /Usage: kinit init[\s\S]*--pod-network-cidr <cidr>/],
    ['help for a command below one', 'help init phase certs', /Usage: kinit init phase certs/],
    ['help asked below a command', 'config help validate', /Usage: kinit config validate/],
    ['help for a command with its argument', 'help token delete abcdef', /Usage: kinit token delete/],
    ['--help', 'join --help', /Usage: kinit join[\s\S]*--discovery-token-ca-cert-hash <hashes>/],
  ])('%s shows help: exit 0', async (_, line, text) => {
    const { code, out, err } = await run(line);
    expect(code).toBe(0);
    expect(out + err).toMatch(text);
  });

  it('says its version and those of Kubernetes that it serves', async () => {
    expect(await run('version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^kinit v\S+, for Kubernetes v1\.18\.0 to v1\.37\.\d+\n$/),
    });
    const { served } = JSON.parse((await run('version --served -o json')).out) as { served: object[] };
    expect(served.at(-1)).toMatchObject({ minor: 'v1.37', newestPatch: expect.stringMatching(/^v1\.37\.\d+$/) });
    expect((await run('version --served')).out).toMatch(/^MINOR .*\nv1\.18 [\s\S]*\nv1\.37 /);
    expect((await run('version -o short')).out).toMatch(/^v\d+\.\d+\.\d+\n$/);
    expect(JSON.parse((await run('version -o json')).out)).toMatchObject({ kubernetes: { oldest: 'v1.18.0' } });
    expect((await run('version -o yaml')).out).toContain('oldest: v1.18.0');
  });

  it.each(['-v 5 init', '--v=5 init', 'init -v5', 'init --v 5'])(
    'shows a stack with %s, and none below 5',
    async (line) => {
      const { code, err } = await run(`${line} --kubernetes-version v1.17.0`);
      expect(code).toBe(3);
      expect(err).toMatch(/InputError: [\s\S]*\n {4}at /);
      expect((await run(`${line.replace('5', '4')} --kubernetes-version v1.17.0`)).err).not.toContain('    at ');
    },
  );

  it('says of a bug that it is one, with a stack: exit 70', async () => {
    const stdout = new Writable();
    stdout.write = () => {
      throw new TypeError('cannot write here');
    };
    const { code, err } = await kinit(['version'], { stdout });
    expect(code).toBe(70);
    expect(err).toMatch(/^error: this is a bug in kinit, please report it.*\nTypeError: cannot write here\n {4}at /);
  });

  it('stops at Ctrl-C, even with a cluster that never answers: exit 130', async () => {
    const interrupt = new AbortController();
    const silent = createServer(() => interrupt.abort());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const authority = await testAuthority();
    const { certificate, key } = await testCertificate(authority, 'kubernetes-admin');
    const document = kubeconfigDocument({
      clusterName: 'kubernetes',
      server: `https://127.0.0.1:${port}`,
      caPem: authority.certificate,
      user: 'kubernetes-admin',
      client: { certificatePem: certificate, key },
      preferences: false,
    });
    await writeFile(join(folder, 'silent.conf'), toYaml(document));
    const ran = await kinit(['token', 'list', '--kubeconfig', 'silent.conf'], {
      cwd: folder,
      signal: interrupt.signal,
    });
    silent.close();
    expect(ran).toMatchObject({ code: 130, out: '', err: expect.stringMatching(/^interrupted: .*same command again/) });
  });

  it('leaves no file anywhere for what went wrong, but logs of its own', async () => {
    const names = await readdir(folder);
    expect(names.filter((name) => !/\.(yaml|conf)$/.test(name))).toEqual(['.local']);
  });
});

describe('a version that kinit’s tables do not reach', () => {
  const init = (version: string, more = '') =>
    run(`init --output-dir next-${version}${more.length} --kubernetes-version ${version} ${more}`);

  it('is refused with the flag that takes it, and taken with a warning that names the tables', async () => {
    const refused = await init('v1.38.0-alpha.2');
    expect(refused.code).toBe(3);
    expect(refused.err).toMatch(/v1\.38\.0-alpha\.2 is not served.*\n.*--allow-unverified/);
    const taken = await init('v1.38.0-alpha.2', '--allow-unverified');
    expect(taken.code).toBe(0);
    expect(taken.err).toMatch(/newer than what kinit was held against.*images.*pki/);
  });

  it('says at -v 1 alone that a patch is newer than the newest known', async () => {
    expect((await init('v1.36.99', '-v 1')).err).toContain('v1.36.99 is newer than v1.36.');
    expect((await init('v1.36.99')).err).not.toContain('is newer than');
  });
});
