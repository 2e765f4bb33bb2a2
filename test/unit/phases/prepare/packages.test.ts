import { describe, expect, it } from 'vitest';
import { sourcesWith } from '../../../../src/inventory/package-sources.ts';
import type { PrepareContext } from '../../../../src/phases/prepare/context.ts';
import { osRepositories } from '../../../../src/phases/prepare/os-repositories.ts';
import { ownRepositories } from '../../../../src/phases/prepare/own-repositories.ts';
import { packages } from '../../../../src/phases/prepare/packages.ts';
import { repositories } from '../../../../src/phases/prepare/repositories.ts';
import { packagesOf } from '../../../../src/phases/prepare/wanted-packages.ts';
import { contextOf, desired, type Fixture, fileIn, type Situation } from './decide.ts';

const bare: Situation['facts'] = {
  programs: new Map([['mount', '/usr/bin/mount']]),
  services: new Map(),
  kubernetesFiles: [],
};

describe('packages', () => {
  it.each<[Fixture, string, object, readonly string[]]>([
    [
      'centos-7',
      '1.20.2',
      {},
      ['kubelet-1.20.2', 'kubectl-1.20.2', 'cri-tools', 'containerd.io-1.*', 'conntrack-tools', 'iproute', 'socat'],
    ],
    ['centos-8', '1.24.17', {}, ['kubelet-1.24.17', 'containerd.io', 'conntrack-tools', 'iproute-tc', 'socat']],
    ['stream-9', '1.36.2', {}, ['kubelet-1.36.2', 'containerd.io-2.*', 'cri-tools', 'kubernetes-cni']],
    ['stream-9', '1.30.5', { version: '1.7.27' }, ['containerd.io-1.7.27']],
    ['stream-9', '1.30.5', { version: '1.7' }, ['containerd.io-1.7.*']],
    ['centos-7', '1.20.2', { name: 'docker' }, ['docker-ce-19.03.*', 'docker-ce-cli-19.03.*', 'containerd.io']],
    ['centos-8', '1.23.17', { name: 'docker' }, ['docker-ce-20.10.*', 'docker-ce-cli-20.10.*']],
  ])('of %s for v%s with runtime %j', (fixture, version, runtime, expected) => {
    const wanted = packagesOf(contextOf(fixture, { version, facts: bare, wishes: { runtime } }));
    expect(wanted).toEqual(expect.arrayContaining([...expected]));
  });

  const older = 'kubelet 1.27.9\nkubectl 1.27.9\nkubeadm 1.27.9\nkubernetes-cni 1.2.0\ncri-tools 1.27.0\nchrony 4.3\n';
  it.each<[string, PrepareContext['upgrades'], readonly string[], readonly string[]]>([
    ['keeps what it has', undefined, [], ['kubelet-1.28.15', 'kubectl-1.28.15']],
    ['that goes to the version gets its kubelet', 'kubelet', ['kubelet-1.28.15'], []],
    ['gets all of it', 'all', ['kubelet-1.28.15', 'kubectl-1.28.15', 'kubeadm-1.28.15'], []],
  ])('a living node %s', (_, upgrades, names, told) => {
    const facts = { kubernetesFiles: ['/etc/kubernetes/kubelet.conf'] };
    const context = upgrades === undefined ? {} : { upgrades };
    const changes = desired(packages, 'stream-9', { facts, context, answers: { rpm: older } });
    expect(changes.flatMap((change) => (change.kind === 'packages' ? change.names : []))).toEqual(names);
    const warned = changes.flatMap((change) => (change.kind === 'note' && change.warning ? [change.text] : []));
    expect(warned).toEqual(
      told.map((spec) => expect.stringContaining(`${spec} is not installed over another version`)),
    );
  });

  it.each<[Fixture, string, object, string]>([
    ['centos-7', '1.36.3', {}, 'containerd.io-1.6.33'],
    ['centos-7', '1.30.0', { version: '1.6.33' }, 'containerd.io-1.6.33'],
    ['centos-7', '1.30.0', { version: '1.6' }, 'containerd.io-1.6.*'],
    ['centos-7', '1.22.17', { name: 'docker', version: '26.1.4' }, 'docker-ce-26.1.4'],
    ['stream-9', '1.36.3', { version: '2.1' }, 'containerd.io-2.1.*'],
  ])(
    'of the runtime on %s for v%s with %j are those that its repository has',
    (fixture, version, runtime, expected) => {
      expect(packagesOf(contextOf(fixture, { version, facts: bare, wishes: { runtime } }))).toContain(expected);
    },
  );

  it.each<[object, RegExp]>([
    [{ version: '1.7.27' }, /no containerd\.io 1\.7\.27 for CentOS 7: docker's repository ends with 1\.6\.33/],
    [{ version: '2.1' }, /no containerd\.io 2\.1 for CentOS 7/],
    [{ name: 'docker', version: '27.0' }, /no docker-ce 27\.0 for CentOS 7: docker's repository ends with 26\.1\.4/],
  ])(
    'of a runtime %j that CentOS 7 never got are refused, unless they come from a repository of one’s own',
    (runtime, message) => {
      const wish = (packages: object) =>
        contextOf('centos-7', { version: '1.22.17', facts: bare, wishes: { runtime, packages } });
      expect(() => packagesOf(wish({}))).toThrow(message);
      expect(() => packagesOf(wish({ source: 'http://10.0.0.2/rpm', gpgCheck: false }))).not.toThrow();
    },
  );

  it('of docker leave crictl out', () => {
    const runtime = { name: 'docker' };
    expect(packagesOf(contextOf('centos-7', { version: '1.20.2', facts: bare, wishes: { runtime } }))).not.toContain(
      'cri-tools',
    );
  });

  it('for docker with a Kubernetes that has no dockershim are refused', () => {
    const context = contextOf('stream-9', { version: '1.24.0', facts: bare, wishes: { runtime: { name: 'docker' } } });
    expect(() => packagesOf(context)).toThrow('Kubernetes v1.24.0 does not work with docker');
  });

  it('leave a containerd of the operator’s where it is', () => {
    const programs = new Map([['containerd', '/usr/bin/containerd']]);
    expect(packagesOf(contextOf('stream-9', { facts: { ...bare, programs } })).join()).not.toContain('containerd');
  });

  it('leave a docker of the operator’s where it is, unless the file says another version', () => {
    const services = new Map([['docker', { active: true, enabled: true }]]);
    const of = (more: object) =>
      packagesOf(
        contextOf('centos-7', {
          version: '1.20.2',
          facts: { ...bare, services },
          wishes: { runtime: { name: 'docker', ...more } },
        }),
      ).filter((spec) => /^(docker|containerd)/.test(spec));
    expect(of({})).toEqual([]);
    expect(of({ version: '20.10' })).toEqual(['docker-ce-20.10.*', 'docker-ce-cli-20.10.*', 'containerd.io']);
  });

  it.each([
    ['kubelet 1.28.15\nkubectl 1.28.15\n', ['kubelet', 'kubectl'], false],
    ['kubelet 1.28.1\nkubectl 1.28.15\n', ['kubelet'], true],
    ['containerd.io 1.6.33\n', ['containerd.io'], false],
    ['containerd.io 2.1.4\n', ['containerd.io'], false],
  ])('that are there, %j, are not installed again', (rpm, names, lacks) => {
    const [install] = desired(packages, 'stream-9', { facts: bare, answers: { rpm } });
    const lacking = install?.kind === 'packages' ? install.names.map((spec) => spec.replace(/-\d.*$/, '')) : [];
    expect(names.some((name) => lacking.includes(name))).toBe(lacks);
  });

  it('of the operator’s own repositories are not held, which is said where they are installed', () => {
    const told = (situation: Situation) =>
      desired(packages, 'stream-9', { facts: bare, ...situation }).flatMap((change) =>
        change.kind === 'note' ? [change.text] : [],
      );
    const wishes = { packages: { source: 'none' } };
    const rpm = 'kubelet 1.28.15\ncri-tools 1.28.0\nkubernetes-cni 1.2.0\n';
    expect(told({ wishes, answers: { rpm } })).toEqual([
      expect.stringMatching(/kinit does not hold them: .* may upgrade kubectl, containerd\.io unless/),
    ]);
    expect(told({ answers: { rpm } })).toEqual([]);
    expect(told({ wishes, context: { fromBundle: ['--disablerepo=*'] } })).toEqual([]);
  });

  it('are not kinit’s to install on Debian, which says what is missing', () => {
    expect(() => desired(packages, 'debian-12', { facts: bare })).toThrow(
      'kinit installs no packages on Debian, and there is no kubelet and no containerd',
    );
    expect(desired(packages, 'debian-12')).toEqual([]);
  });
});

describe('repositories', () => {
  const of = (fixture: Fixture, version: string, source: string, more: object = {}) =>
    ownRepositories(contextOf(fixture, { version, wishes: { packages: { source, ...more } } })).map(
      ({ baseUrl }) => baseUrl,
    );

  it.each<[Fixture, string, string, readonly string[]]>([
    [
      'centos-7',
      '1.20.2',
      'official',
      [
        'https://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-x86_64/',
        'https://download.docker.com/linux/centos/7/x86_64/stable',
      ],
    ],
    [
      'centos-8',
      '1.23.17',
      'aliyun',
      [
        'https://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-x86_64/',
        'https://mirrors.aliyun.com/docker-ce/linux/centos/8/x86_64/stable',
      ],
    ],
    [
      'stream-9',
      '1.24.0',
      'official',
      ['https://pkgs.k8s.io/core:/stable:/v1.24/rpm/', 'https://download.docker.com/linux/centos/9/x86_64/stable'],
    ],
    [
      'rocky-9',
      '1.36.2',
      'aliyun',
      [
        'https://mirrors.aliyun.com/kubernetes-new/core/stable/v1.36/rpm/',
        'https://mirrors.aliyun.com/docker-ce/linux/centos/9/x86_64/stable',
      ],
    ],
    [
      'stream-10',
      '1.34.1',
      'tsinghua',
      [
        'https://mirrors.tuna.tsinghua.edu.cn/kubernetes/core:/stable:/v1.34/rpm/',
        'https://mirrors.tuna.tsinghua.edu.cn/docker-ce/linux/centos/10/x86_64/stable',
      ],
    ],
    [
      'stream-9',
      '1.37.1',
      'ustc',
      [
        'https://mirrors.ustc.edu.cn/kubernetes/core:/stable:/v1.37/rpm/',
        'https://mirrors.ustc.edu.cn/docker-ce/linux/centos/9/x86_64/stable',
      ],
    ],
    [
      'centos-7',
      '1.22.17',
      'ustc',
      [
        'https://mirrors.aliyun.com/kubernetes/yum/repos/kubernetes-el7-x86_64/',
        'https://mirrors.ustc.edu.cn/docker-ce/linux/centos/7/x86_64/stable',
      ],
    ],
    [
      'centos-8',
      '1.28.2',
      'huawei',
      [
        'https://mirrors.huaweicloud.com/kubernetes/yum/repos/kubernetes-el7-x86_64/',
        'https://mirrors.huaweicloud.com/docker-ce/linux/centos/8/x86_64/stable',
      ],
    ],
    ['stream-9', '1.30.0', 'none', []],
    ['debian-12', '1.30.0', 'official', []],
  ])('of %s for v%s from %s', (fixture, version, source, expected) => {
    expect(of(fixture, version, source)).toEqual(expected);
  });

  it('of a repository of one’s own for each minor have the one of the version', () => {
    const source = 'http://10.0.0.2/core:/stable:/{minor}/rpm/';
    const wishes = { packages: { source, gpgKeys: [`${source}repodata/repomd.xml.key`] } };
    const baseUrl = 'http://10.0.0.2/core:/stable:/v1.30/rpm/';
    expect(ownRepositories(contextOf('stream-9', { version: '1.30.5', wishes }))).toMatchObject([
      { baseUrl, gpgKeys: [`${baseUrl}repodata/repomd.xml.key`] },
    ]);
  });

  it('of a source that never had the minor are refused with those that have it', () => {
    expect(() => of('stream-9', '1.29.0', 'huawei')).toThrow(
      'packages.source huawei has no packages of Kubernetes v1.29',
    );
    expect(sourcesWith(29)).toEqual(['official', 'aliyun', 'tsinghua', 'ustc']);
    expect(sourcesWith(18)).toEqual(['official', 'aliyun', 'tsinghua', 'ustc', 'huawei']);
  });

  it('of a URL is one for everything', () => {
    expect(of('stream-9', '1.30.0', 'https://rpm.example.com/k8s', { gpgCheck: false })).toEqual([
      'https://rpm.example.com/k8s',
    ]);
  });

  it('check signatures, and keep what belongs together from being updated', () => {
    const changes = desired(repositories, 'stream-9', { version: '1.28.15' });
    expect(
      fileIn(changes, '/etc/yum.repos.d/kinit-kubernetes.repo'),
    ).toBe(`# Made by kinit. Packages that are excluded here are installed by kinit alone (--disableexcludes).
[kinit-kubernetes]
name=Kubernetes v1.28
baseurl=https://pkgs.k8s.io/core:/stable:/v1.28/rpm/
enabled=1
gpgcheck=1
repo_gpgcheck=0
gpgkey=https://pkgs.k8s.io/core:/stable:/v1.28/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
`);
  });

  describe('of a source that the file named before', () => {
    const docker = '/etc/yum.repos.d/kinit-docker.repo';
    const there = {
      facts: {
        repositories: [{ file: docker, id: 'kinit-docker', enabled: true, urls: ['https://unreachable.test'] }],
      },
      files: { [docker]: '# Made by kinit. Packages ...\n[kinit-docker]\n' },
    };
    const removed = (situation: Situation) =>
      desired(repositories, 'stream-9', situation).flatMap((change) => (change.kind === 'absent' ? [change.path] : []));

    it.each(['http://mirror.test/k8s', 'none'])('go when it is %s by now', (source) => {
      expect(removed({ ...there, wishes: { packages: { source, gpgCheck: false } } })).toEqual([docker]);
    });

    it.each<[string, Situation]>([
      ['still wanted', there],
      ['not written by kinit', { ...there, wishes: { packages: { source: 'none' } }, files: { [docker]: '[mine]\n' } }],
      ['not looked at, because a bundle is', { ...there, context: { fromBundle: ['--disablerepo=*'] } }],
    ])('stay where they are %s', (_, situation) => {
      expect(removed(situation)).toEqual([]);
    });
  });
});

describe('repositories that are gone', () => {
  const centos = `[base]
name=CentOS-$releasever - Base
mirrorlist=http://mirrorlist.centos.org/?release=$releasever&arch=$basearch&repo=os&infra=$infra
#baseurl=http://mirror.centos.org/centos/$releasever/os/$basearch/
gpgcheck=1
`;
  const kubernetes =
    '[kubernetes]\nbaseurl=https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64\nenabled=1\n';
  const files = { '/etc/yum.repos.d/CentOS-Base.repo': centos, '/etc/yum.repos.d/kubernetes.repo': kubernetes };

  it('of CentOS 7 come from the vault, line for line', () => {
    const changes = desired(osRepositories, 'centos-7', { files });
    expect(fileIn(changes, '/etc/yum.repos.d/CentOS-Base.repo')).toBe(
      centos
        .replace('mirrorlist=', '#mirrorlist=')
        .replace('#baseurl=http://mirror.centos.org/centos/$releasever/', 'baseurl=https://vault.centos.org/7.9.2009/'),
    );
  });

  it('of Kubernetes at Google are switched off', () => {
    const changes = desired(osRepositories, 'centos-7', { files });
    expect(fileIn(changes, '/etc/yum.repos.d/kubernetes.repo')).toBe(kubernetes.replace('enabled=1', 'enabled=0'));
  });

  it.each([
    ['aliyun’s copy', { packages: { source: 'aliyun' } }, 'https://mirrors.aliyun.com/centos-vault/8.5.2111/BaseOS/'],
    [
      'a copy of the user’s',
      { preparation: { vaultRepositories: 'http://10.0.0.2/vault/' } },
      'http://10.0.0.2/vault/8.5.2111/BaseOS/',
    ],
  ])('of CentOS 8 come from %s of the vault', (_, wishes, url) => {
    const path = '/etc/yum.repos.d/CentOS-Linux-BaseOS.repo';
    const text =
      '[baseos]\nmirrorlist=http://mirrorlist.centos.org/?release=$releasever\n#baseurl=http://mirror.centos.org/$contentdir/$releasever/BaseOS/$basearch/os/\nenabled=1\n';
    expect(fileIn(desired(osRepositories, 'centos-8', { wishes, files: { [path]: text } }), path)).toContain(
      `\nbaseurl=${url}$basearch/os/\n`,
    );
  });

  it.each([
    ['CentOS Stream 9, whose mirrors live', 'stream-9', {}],
    ['a host whose operator wants them left', 'centos-7', { preparation: { vaultRepositories: false } }],
    ['a host that installs nothing from them', 'centos-7', { packages: { source: 'none' } }],
  ] as const)('are no matter of %s', (_, fixture, wishes) => {
    expect(desired(osRepositories, fixture, { wishes, files })).toEqual([]);
  });
});
