import { readFileSync } from 'node:fs';
import type { JoinConfig } from '../../../src/config/types.ts';
import type { Facts } from '../../../src/host/facts/facts.ts';
import { parseFacts } from '../../../src/host/facts/parse-facts.ts';
import type { SeenPath } from '../../../src/host/host.ts';
import { type PreflightInput, type PreflightResult, preflight } from '../../../src/preflight/preflight.ts';
import { initSubject, joinSubject, type Subject } from '../../../src/preflight/subject.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { initConfig } from '../manifests/config.ts';

export type Machine = 'centos-7' | 'centos-8' | 'stream-9' | 'stream-10' | 'rocky-9' | 'debian-12';

export function factsOf(machine: Machine): Facts {
  return parseFacts(readFileSync(new URL(`../../fixtures/facts/${machine}.txt`, import.meta.url), 'utf8'));
}

/** A machine on which every release finds nothing to complain of, at a time when each was supported. */
export function perfect(version: string): Facts {
  const facts = factsOf('debian-12');
  const { minor } = parseVersion(version);
  const [runtime] = facts.runtimes;
  if (!runtime) throw new Error('the fixture has no runtime');
  return {
    ...facts,
    kernel: '6.12.0',
    clock: Date.parse('2020-12-01T00:00:00Z') / 1000,
    programs: new Map([...facts.programs, ['crictl', '/usr/bin/crictl']]),
    kubeletVersion: version,
    kernelConfig: new Map([...(facts.kernelConfig ?? []), ['CONFIG_AUFS_FS', 'y']]),
    cgroup:
      minor === 18
        ? { version: 1, controllers: v1Controllers }
        : { version: 2, controllers: [...facts.cgroup.controllers, 'blkio'] },
    runtimes: [
      {
        ...runtime,
        name: 'containerd',
        version: minor < 23 ? '1.7.27' : '2.1.4',
        cgroupDriver: minor < 21 ? 'cgroupfs' : 'systemd',
        sandboxImage: undefined,
      },
    ],
  };
}

const v1Controllers = 'cpuset cpu cpuacct blkio memory devices freezer pids hugetlb'.split(' ');

/** What every host has that is set up as it should be. */
export const filesInOrder = { '/etc/resolv.conf': 'nameserver 10.0.0.2\n' };

export interface Situation {
  readonly facts?: Partial<Facts>;
  readonly subject?: Partial<Subject>;
  readonly paths?: Readonly<Record<string, Partial<SeenPath>>>;
  /** Beside those of a host in order; undefined: not there. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly lookup?: string;
  readonly etcdVersions?: PreflightInput['observed']['etcdVersions'];
  readonly ours?: PreflightInput['ours'];
  readonly ignored?: readonly string[];
}

export const containerd = 'unix:///var/run/containerd/containerd.sock';

/** What preflight says of the perfect machine, changed as told. */
export function preflightOf(role: Subject['role'], version: string, situation: Situation = {}): PreflightResult {
  const facts = { ...perfect(version), ...situation.facts };
  const subject = { ...subjectOf(role, version, facts), ...situation.subject };
  const absent = { type: 'absent', mode: 0, owner: '', modified: 0 } as const;
  const input: PreflightInput = {
    observed: {
      facts,
      ...(situation.etcdVersions ? { etcdVersions: situation.etcdVersions } : {}),
      paths: new Map(Object.entries(situation.paths ?? {}).map(([path, seen]) => [path, { ...absent, ...seen }])),
      files: new Map(
        Object.entries({ ...filesInOrder, ...situation.files }).map(([path, text]) => [
          path,
          text === undefined
            ? absent
            : { content: Buffer.from(text), mode: 0o644, owner: 'root:root', type: 'file' as const, modified: 0 },
        ]),
      ),
      commands: new Map([
        [
          `getent\0ahosts\0${subject.nodeName}`,
          { code: situation.lookup === undefined ? 2 : 0, stdout: situation.lookup ?? '', stderr: '' },
        ],
      ]),
    },
    subject,
    release: releaseFor(parseVersion(version)),
    ...(situation.ours ? { ours: situation.ours } : {}),
  };
  return preflight(input, situation.ignored);
}

function subjectOf(role: Subject['role'], version: string, facts: Facts): Subject {
  const config = initConfig(version, {
    nodeRegistration: { name: facts.hostname, criSocket: containerd },
    init: { localAPIEndpoint: { advertiseAddress: '10.0.0.31', bindPort: 6443 } },
  });
  if (role === 'init') return initSubject(config);
  const join: JoinConfig = {
    nodeRegistration: config.nodeRegistration,
    caCertPath: '/etc/kubernetes/pki/ca.crt',
    discovery: {
      bootstrapToken: {
        token: 'abcdef.0123456789abcdef',
        apiServerEndpoint: '10.0.0.11:6443',
        caCertHashes: [],
        unsafeSkipCAVerification: true,
      },
      tlsBootstrapToken: 'abcdef.0123456789abcdef',
    },
    ...(role === 'join-control-plane' ? { controlPlane: { localAPIEndpoint: config.localAPIEndpoint } } : {}),
    skipPhases: [],
    timeouts: config.timeouts,
  };
  return joinSubject(join, { cluster: config.cluster, kubelet: config.kubelet.object });
}

/** `ERROR Name` and `warning Name`, sorted as they came. */
export function namesOf({ errors, warnings }: PreflightResult): readonly string[] {
  return [...errors.map(({ name }) => `ERROR ${name}`), ...warnings.map(({ name }) => `warning ${name}`)];
}
