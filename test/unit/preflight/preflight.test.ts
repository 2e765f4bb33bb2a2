import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../../src/errors.ts';
import { checks } from '../../../src/preflight/checks.ts';
import { preflightReads } from '../../../src/preflight/preflight.ts';
import { httpsProxyFor } from '../../../src/preflight/proxy.ts';
import { preflightError, preflightJson, warningLines } from '../../../src/preflight/report.ts';
import { initSubject } from '../../../src/preflight/subject.ts';
import { initConfig, release } from '../manifests/config.ts';
import { factsOf, namesOf, perfect, preflightOf } from './hosts.ts';

describe('ignoring checks', () => {
  const two = { facts: { cpus: 1, memory: 1000 } };

  it('turns their errors into warnings, whatever the case of the names', () => {
    expect(namesOf(preflightOf('init', 'v1.30.0', { ...two, ignored: ['NUMcpu'] }))).toEqual([
      'ERROR Mem',
      'warning NumCPU',
    ]);
    expect(preflightOf('init', 'v1.30.0', { ...two, ignored: ['all'] })).toMatchObject({ errors: [] });
  });
});

describe('who is not root', () => {
  const user = { facts: { uid: 1000, cpus: 1 } };

  it('is told that alone', () => {
    expect(namesOf(preflightOf('init', 'v1.30.0', user))).toEqual(['ERROR IsPrivilegedUser']);
  });

  it('sees the rest where that is ignored', () => {
    expect(namesOf(preflightOf('init', 'v1.30.0', { ...user, ignored: ['isprivilegeduser'] }))).toEqual([
      'ERROR NumCPU',
      'warning IsPrivilegedUser',
    ]);
  });
});

describe('a second run', () => {
  it('is not stopped by the ports, files and pod network of the first', () => {
    const paths = { '/etc/kubernetes/manifests/etcd.yaml': { type: 'file' as const } };
    const facts = {
      listening: [{ address: '::', port: 6443, process: 'kube-apiserver' }],
      cniFiles: ['10-flannel.conflist'],
      interfaces: ['eth0', 'cni0'],
    };
    expect(namesOf(preflightOf('init', 'v1.30.0', { facts, paths }))).toEqual([
      'ERROR Port-6443',
      'ERROR FileAvailable--etc-kubernetes-manifests-etcd.yaml',
      'warning LeftoverCNI',
    ]);
    const ours = { ports: new Set([6443]), paths: new Set(Object.keys(paths)), node: true };
    expect(namesOf(preflightOf('init', 'v1.30.0', { facts, paths, ours }))).toEqual([]);
  });
});

describe('what operators stumble over', () => {
  const [runtime] = perfect('v1.30.0').runtimes;
  const subnet = (address: string, device: string) => ({
    addresses: [{ interface: device, address, prefix: 24 }],
    routes: [],
  });
  const firewalld = (ports: readonly string[], open = false) => ({
    firewalld: { active: true, zones: ['public'], ports, open, masquerade: false },
  });

  it.each([
    ['a host without systemd', { systemd: false }, ['ERROR Systemd']],
    ["an address of the host's in the pod subnet", subnet('10.244.3.1', 'eth0'), ['ERROR SubnetOverlap']],
    ["the pod network's own address", subnet('10.244.3.1', 'cni0'), []],
    [
      'a route that the Services shadow',
      { addresses: [], routes: [{ destination: '10.100.0.0/16', interface: 'tun0' }] },
      ['warning SubnetOverlap'],
    ],
    ['the default route', { routes: [{ destination: '0.0.0.0/0', interface: 'eth0' }] }, []],
    ['SELinux enforcing', { selinux: 'enforcing' as const }, ['warning SELinux']],
    ['no time service', { timeSync: { service: undefined, synchronized: undefined } }, ['warning TimeSync']],
    [
      'a clock that is not synchronised',
      { timeSync: { service: 'chronyd', synchronized: false } },
      ['warning TimeSync'],
    ],
    [
      'a full disk',
      {
        diskFree: new Map([
          ['/', 100_000],
          ['/var', 4096],
        ]),
      },
      ['warning DiskSpace'],
    ],
    [
      'a disk of its own for etcd',
      {
        diskFree: new Map([
          ['/', 100_000],
          ['/var/lib/etcd', 20_000],
        ]),
      },
      [],
    ],
    [
      "the runtime's cgroup driver",
      { runtimes: [{ ...runtime!, cgroupDriver: 'cgroupfs', version: '1.7.27' }] },
      ['warning CgroupDriver'],
    ],
    [
      "a sandbox image that is not the mirror's",
      { runtimes: [{ ...runtime!, sandboxImage: 'registry.k8s.io/pause:3.6' }] },
      ['warning SandboxImage'],
    ],
    ['firewalld that lets a control plane through', firewalld(['6443/tcp', '10250/tcp', '2379-2380/tcp']), []],
    ['firewalld that lets everything in', firewalld([], true), []],
  ])('%s', (_, facts, expected) => {
    expect(namesOf(preflightOf('init', 'v1.30.0', { facts }))).toEqual(expected);
  });

  it.each([
    ['on a host to be', false, ['warning SubnetOverlap']],
    ['and on a node it is the pod network’s own', true, []],
  ])('a route into the pod subnet, %s', (_, node, expected) => {
    const facts = { addresses: [], routes: [{ destination: '10.244.1.0/24', interface: 'eth0' }] };
    const ours = { ports: new Set<number>(), paths: new Set<string>(), node };
    expect(namesOf(preflightOf('init', 'v1.30.0', { facts, ours }))).toEqual(expected);
  });

  it('the kubelet asks a newer runtime for its cgroup driver itself', () => {
    const facts = { runtimes: [{ ...runtime!, cgroupDriver: 'cgroupfs', version: '2.1.4' }] };
    expect(namesOf(preflightOf('init', 'v1.34.0', { facts }))).toEqual([]);
  });

  it('docker under another driver than the kubelet is an error', () => {
    const docker = {
      ...runtime!,
      socket: '/var/run/docker.sock',
      name: 'docker',
      version: '19.03.15',
      cgroupDriver: 'cgroupfs',
    };
    const facts = { runtimes: [docker], services: new Map([['docker', { active: true, enabled: true }]]) };
    const subject = { criSocket: '/var/run/dockershim.sock', kubelet: { cgroupDriver: 'systemd' } };
    expect(namesOf(preflightOf('init', 'v1.22.0', { facts, subject }))).toEqual(['ERROR CgroupDriver']);
  });

  it.each([
    ['switched off', false, ['CRI', 'Service-Docker', 'Service-Docker']],
    ['running and silent', true, []],
  ])('docker that is %s is started by preparing as far as that helps', (_, active, mended) => {
    const docker = { ...runtime!, socket: '/var/run/docker.sock', name: 'docker', version: undefined, problem: 'EOF' };
    const facts = { runtimes: [docker], services: new Map([['docker', { active, enabled: active }]]) };
    const subject = { criSocket: '/var/run/dockershim.sock' };
    const { errors, warnings } = preflightOf('init', 'v1.20.2', { facts, subject });
    expect(errors.map(({ name }) => name)).toContain('CRI');
    const prepared = [...errors, ...warnings].filter((problem) => problem.prepared && /CRI|Docker/.test(problem.name));
    expect(prepared.map(({ name }) => name).sort()).toEqual(mended);
  });

  it('workers need the kubelet and node ports through firewalld, and are given the command', () => {
    const { warnings } = preflightOf('join-worker', 'v1.30.0', { facts: firewalld(['10250/tcp']) });
    expect(warnings.map(({ mend }) => mend)).toEqual([
      'firewall-cmd --permanent --add-port=30000-32767/tcp && firewall-cmd --reload',
    ]);
  });

  it('repositories that died are named with the file they stand in', () => {
    const facts = { os: factsOf('centos-7').os, repositories: factsOf('centos-7').repositories };
    const { warnings } = preflightOf('init', 'v1.30.0', { facts });
    expect(warnings.map(({ message, evidence }) => `${message.split(':')[0]} in ${evidence}`)).toEqual([
      'repository base is dead in /etc/yum.repos.d/CentOS-Base.repo',
      'repository updates is dead in /etc/yum.repos.d/CentOS-Base.repo',
      'repository kubernetes is dead in /etc/yum.repos.d/kubernetes.repo',
    ]);
  });
});

describe('a proxy', () => {
  const environment = (noProxy: string) =>
    new Map([
      ['https_proxy', 'http://operator:hunter2@proxy:3128'],
      ['no_proxy', noProxy],
    ]);

  it('is named without its password', () => {
    expect(httpsProxyFor('10.0.0.11', 6443, environment(''))).toBe('http://proxy:3128');
  });

  it.each([
    ['localhost', ''],
    ['127.0.0.1', ''],
    ['10.0.0.11', '10.0.0.0/8'],
    ['10.0.0.11', 'example.com, 10.0.0.11'],
    ['10.0.0.11', '*'],
    ['api.example.com', 'example.com'],
    ['api.example.com', '.example.com'],
    ['api.example.com', 'api.example.com:6443'],
    ['2001:db8::11', '2001:db8::/32'],
  ])('is not used for %s where no_proxy is "%s"', (host, noProxy) => {
    expect(httpsProxyFor(host, 6443, environment(noProxy))).toBeUndefined();
  });

  it.each([
    ['example.com', '.example.com'],
    ['notexample.com', 'example.com'],
    ['api.example.com', 'api.example.com:443'],
    ['10.1.0.11', '10.0.0.0/16'],
  ])('is used for %s where no_proxy is "%s"', (host, noProxy) => {
    expect(httpsProxyFor(host, 6443, environment(noProxy))).toBe('http://proxy:3128');
  });
});

describe('an external etcd', () => {
  it.each([
    ['3.5.23', 'v1.36.2', 1],
    ['3.5.24', 'v1.36.2', 0],
    ['3.5.23', 'v1.31.14', 1],
    ['3.5.23', 'v1.31.13', 0],
    ['3.5.23', 'v1.34.9', 1],
    ['3.5.23', 'v1.37.0', 1],
    ['3.2.17', 'v1.20.2', 1],
    ['3.2.18', 'v1.20.2', 0],
    ['3.4.12', 'v1.27.0', 0],
    ['3.4.12', 'v1.28.0', 1],
    ['gibberish', 'v1.20.2', 1],
  ])('%s with %s', (version, kubernetes, problems) => {
    const etcdVersions = [{ endpoint: 'https://10.0.0.5:2379', version }];
    const expected = Array.from({ length: problems }, () => 'ERROR ExternalEtcdVersion');
    expect(namesOf(preflightOf('init', kubernetes, { etcdVersions }))).toEqual(expected);
  });

  it('stands in the way where it does not answer, with the reason', () => {
    const etcdVersions = [{ endpoint: 'https://10.0.0.5:2379', error: 'https://10.0.0.5:2379 refuses connections' }];
    expect(preflightOf('init', 'v1.30.0', { etcdVersions }).errors).toMatchObject([
      { name: 'ExternalEtcdVersion', message: expect.stringContaining('refuses connections') },
    ]);
  });

  it.each([
    ['v1.34.1', ['https://10.0.0.5:2379']],
    ['v1.35.0', ['http://10.0.0.5:2381']],
  ])('is asked for its version where %s expects it', (version, servers) => {
    const tls = { caFile: '/pki/ca.crt', certFile: '/pki/c.crt', keyFile: '/pki/c.key' };
    const httpEndpoints = version === 'v1.35.0' ? { httpEndpoints: ['http://10.0.0.5:2381'] } : {};
    const external = { endpoints: ['https://10.0.0.5:2379'], ...httpEndpoints, ...tls };
    const subject = initSubject(initConfig(version, { cluster: { etcd: { external } } }));
    expect(preflightReads(subject, release(version)).running?.etcdVersions).toEqual({ servers, ...tls });
  });

  it('needs its certificates on the host', () => {
    const external = { endpoints: [], caFile: '/pki/ca.crt', certFile: '/pki/c.crt', keyFile: '/pki/c.key' };
    const { cluster } = initConfig('1.30', { cluster: { etcd: { external } } });
    const situation = { subject: { cluster }, paths: { '/pki/ca.crt': { type: 'file' as const } } };
    expect(namesOf(preflightOf('init', 'v1.30.0', situation))).toEqual([
      'ERROR ExternalEtcdClientCertificates',
      'ERROR ExternalEtcdClientCertificates',
    ]);
  });
});

describe('what is read', () => {
  it('is facts, the paths that matter and how the node name resolves: one round trip', () => {
    const reads = preflightReads(initSubject(initConfig('1.20')), release('1.20'));
    const asked = Object.entries(reads).filter(([, wanted]) => !Array.isArray(wanted) || wanted.length > 0);
    expect(Object.fromEntries(asked)).toEqual({
      facts: true,
      files: ['/etc/sysconfig/kubelet', '/etc/default/kubelet', '/etc/resolv.conf'],
      paths: [
        '/var/lib/etcd',
        '/etc/kubernetes/manifests/kube-apiserver.yaml',
        '/etc/kubernetes/manifests/kube-controller-manager.yaml',
        '/etc/kubernetes/manifests/kube-scheduler.yaml',
        '/etc/kubernetes/manifests/etcd.yaml',
        '/var/run/containerd/containerd.sock',
      ],
      commands: [['getent', 'ahosts', 'cp1']],
    });
  });

  it('is what each check names, and nothing beside it', () => {
    const subject = initSubject(initConfig('1.34'));
    const own = checks.flatMap(({ reads }) => reads?.(subject, release('1.34')) ?? []);
    const { files = [], paths = [], commands = [] } = preflightReads(subject, release('1.34'));
    expect(new Set(own.flatMap((reads) => reads.files ?? []))).toEqual(new Set(files));
    expect(new Set(own.flatMap((reads) => reads.paths ?? []))).toEqual(new Set(paths));
    expect(own.flatMap((reads) => reads.commands ?? [])).toEqual(commands);
  });
});

describe('the report', () => {
  const result = preflightOf('init', 'v1.30.0', {
    facts: { cpus: 1, swaps: ['/dev/dm-1'], listening: [{ address: '0.0.0.0', port: 6443, process: 'nginx' }] },
  });

  it("has kubeadm's lines, with what was seen and what mends it", () => {
    const error = preflightError(result, 'root@10.0.0.11');
    expect(error.exitCode).toBe(exitCodes.preflight);
    expect(error.message.split('\n')).toEqual([
      '[preflight] Some fatal errors occurred:',
      '\t[ERROR NumCPU]: the number of available CPUs 1 is less than the required 2',
      '\t\tto mend it: give the machine 2 CPUs',
      '\t[ERROR Port-6443]: Port 6443 is in use (0.0.0.0:6443 (nginx))',
      "\t\tto mend it: stop nginx (ss -ltnp 'sport = :6443')",
      '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
    ]);
    expect(error.hint).toBeUndefined();
    expect(warningLines(result)[0]).toMatch(/^\t\[WARNING Swap\]: swap is supported for cgroup v2 only/);
  });

  it('says which errors preparing the host would mend', () => {
    const bare = preflightOf('init', 'v1.30.0', { facts: { cpus: 1, runtimes: [], programs: new Map() } });
    const error = preflightError(bare);
    expect(error.message).toContain('to mend it: yum install -y containerd.io && systemctl enable --now containerd');
    expect(error.hint).toMatch(/^kinit prepare --config FILE mends .*CRI/);
    expect(error.hint).not.toContain('NumCPU');
  });

  it('has a form for machines', () => {
    expect(preflightJson([{ host: 'cp1', result }])).toMatchObject({
      hosts: [
        { host: 'cp1', passed: false, problems: [{ check: 'NumCPU', severity: 'error', preparable: false }, {}, {}] },
      ],
    });
  });
});
