import { describe, expect, it } from 'vitest';
import { argumentTables, type StaticPodName } from '../../../src/release/static-pod-arguments.ts';
import { compareVersions, parseVersion } from '../../../src/release/version.ts';
import { between, initConfig, localEtcd, minors, newest } from './config.ts';
import { rendered } from './rendered.ts';

/** Which releases pass an argument, as KEPs, changelogs and published manifests tell it. */
const lifetimes: readonly (readonly [StaticPodName, string, string, string])[] = [
  ['kube-apiserver', 'insecure-port', '1.18', '1.21'],
  ['kube-apiserver', 'service-account-issuer', '1.20', newest],
  ['kube-apiserver', 'service-account-signing-key-file', '1.20', newest],
  ['kube-apiserver', 'service-account-key-file', '1.18', newest],
  ['kube-apiserver', 'authorization-mode', '1.18', newest],
  ['kube-apiserver', 'kubelet-preferred-address-types', '1.18', newest],
  ['kube-controller-manager', 'port', '1.19', '1.22'],
  ['kube-controller-manager', 'node-cidr-mask-size', '1.18', '1.19'],
  ['kube-controller-manager', 'cluster-name', '1.18', newest],
  ['kube-controller-manager', 'bind-address', '1.18', newest],
  ['kube-scheduler', 'port', '1.19', '1.22'],
  ['kube-scheduler', 'leader-elect', '1.18', newest],
  ['etcd', 'experimental-initial-corrupt-check', '1.24', '1.33'],
  ['etcd', 'experimental-watch-progress-notify-interval', '1.25', '1.33'],
  ['etcd', 'feature-gates', '1.34', newest],
  ['etcd', 'watch-progress-notify-interval', '1.34', newest],
  ['etcd', 'snapshot-count', '1.18', newest],
];

describe('an argument is passed by exactly the releases that know it', () => {
  it.each(lifetimes)('%s --%s from %s to %s', (component, name, first, last) => {
    const passing = minors.filter((minor) => rendered(minor, component).argument(name) !== undefined);
    expect(passing).toEqual(between(first, last));
  });

  it.each(['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const)(
    '%s --feature-gates=IPv6DualStack up to 1.23, where the configuration names the gate',
    (component) => {
      const config = (minor: string) => initConfig(minor, { cluster: { featureGates: { IPv6DualStack: true } } });
      const values = minors.map((minor) => rendered(minor, component, config(minor)).argument('feature-gates'));
      const passing = between('1.18', '1.23').length;
      expect(values.slice(0, passing)).toEqual(Array(passing).fill('IPv6DualStack=true'));
      expect(new Set(values.slice(passing))).toEqual(new Set([undefined]));
      expect(rendered('1.20', component).argument('feature-gates')).toBeUndefined();
    },
  );

  it.each([
    ['1.22.9', undefined],
    ['1.22.10', 'true'],
    ['1.23.0', undefined],
    ['1.23.6', undefined],
    ['1.23.7', 'true'],
  ])('etcd of %s has the backported --experimental-initial-corrupt-check: %s', (version, value) => {
    expect(rendered(version, 'etcd').argument('experimental-initial-corrupt-check')).toBe(value);
  });

  it.each([
    ['1.33', '3.6.4-0', 'experimental'],
    ['1.34', '3.5.24-0', 'experimental'],
    ['1.34', 'v3.5.9', 'experimental'],
    ['1.34', '3.6.5-0', 'graduated'],
    ['1.35', '3.10.0', 'graduated'],
    ['1.35', 'patched', 'graduated'],
    ['1.36', '3.5.24-0', 'graduated'],
  ])('%s with etcd %s passes the %s consistency flags', (version, imageTag, form) => {
    const pod = rendered(version, 'etcd', initConfig(version, { cluster: { etcd: localEtcd({ imageTag }) } }));
    const experimental = form === 'experimental';
    expect(pod.argument('experimental-initial-corrupt-check')).toBe(experimental ? 'true' : undefined);
    expect(pod.argument('experimental-watch-progress-notify-interval')).toBe(experimental ? '5s' : undefined);
    expect(pod.argument('feature-gates')).toBe(experimental ? undefined : 'InitialCorruptCheck=true');
    expect(pod.argument('watch-progress-notify-interval')).toBe(experimental ? undefined : '5s');
  });

  it('the rows of every argument stand in the order of versions and name their source', () => {
    for (const rows of Object.values(argumentTables).flatMap((table) => Object.values(table))) {
      const versions = rows.map(({ from }) => parseVersion(from.split('.').length === 2 ? `${from}.0` : from));
      expect(versions).toEqual(versions.toSorted(compareVersions));
      expect(rows.every(({ source }) => source.length > 0)).toBe(true);
    }
  });
});

describe('the fields of a pod follow the release', () => {
  const spec = (minor: string) => rendered(minor, 'kube-scheduler').pod.spec;
  const having = (test: (minor: string) => boolean) => minors.filter(test);

  it('is critical for its node from 1.19 on, for the cluster before', () => {
    expect(having((minor) => spec(minor)['priorityClassName'] === 'system-node-critical')).toEqual(
      between('1.19', newest),
    );
    expect(spec('1.18')['priorityClassName']).toBe('system-cluster-critical');
  });

  it('says its priority as a number from 1.27 on', () => {
    expect(having((minor) => spec(minor)['priority'] === 2_000_001_000)).toEqual(between('1.27', newest));
    expect(having((minor) => 'priority' in spec(minor))).toEqual(between('1.27', newest));
  });

  it('runs under the runtime’s seccomp profile from 1.22 on', () => {
    expect(having((minor) => 'securityContext' in spec(minor))).toEqual(between('1.22', newest));
  });

  it('prints an empty creation time up to 1.33', () => {
    const printing = having((minor) => 'creationTimestamp' in rendered(minor, 'etcd').pod.metadata);
    expect(printing).toEqual(between('1.18', '1.33'));
  });

  it('names its probe port from 1.34 on', () => {
    expect(having((minor) => rendered(minor, 'etcd').container.ports !== undefined)).toEqual(between('1.34', newest));
    expect(rendered('1.33', 'etcd').container.livenessProbe.httpGet.port).toBe(2381);
    expect(rendered('1.34', 'etcd').container.livenessProbe.httpGet.port).toBe('probe-port');
    expect(rendered('1.34', 'etcd').container.ports).toEqual([
      { containerPort: 2381, name: 'probe-port', protocol: 'TCP' },
    ]);
  });

  it('lets etcd request nothing before 1.20 and no ephemeral storage from 1.22 on', () => {
    const requests = (minor: string) => rendered(minor, 'etcd').container.resources.requests;
    expect(having((minor) => requests(minor) === undefined)).toEqual(between('1.18', '1.19'));
    expect(having((minor) => requests(minor)?.['ephemeral-storage'] !== undefined)).toEqual(between('1.20', '1.21'));
    expect(having((minor) => requests(minor)?.['memory'] === '100Mi')).toEqual(between('1.20', newest));
  });

  it('mounts the directory of flex volumes up to 1.35', () => {
    const mounting = having((minor) =>
      rendered(minor, 'kube-controller-manager').volumes.some(({ name }) => name === 'flexvolume-dir'),
    );
    expect(mounting).toEqual(between('1.18', '1.35'));
  });
});

describe('probes ask what the release answers', () => {
  const paths: readonly (readonly [StaticPodName, string, string, string, string | undefined, string | undefined])[] = [
    ['kube-apiserver', '1.18', '1.18', '/healthz', undefined, undefined],
    ['kube-apiserver', '1.19', '1.36', '/livez', '/readyz', '/livez'],
    ['kube-controller-manager', '1.18', '1.18', '/healthz', undefined, undefined],
    ['kube-controller-manager', '1.19', '1.36', '/healthz', undefined, '/healthz'],
    ['kube-scheduler', '1.18', '1.18', '/healthz', undefined, undefined],
    ['kube-scheduler', '1.19', '1.31', '/healthz', undefined, '/healthz'],
    ['kube-scheduler', '1.32', '1.36', '/livez', '/readyz', '/livez'],
    ['etcd', '1.18', '1.18', '/health', undefined, undefined],
    ['etcd', '1.19', '1.24', '/health', undefined, '/health'],
    ['etcd', '1.25', '1.30', '/health?exclude=NOSPACE&serializable=true', undefined, '/health?serializable=false'],
    ['etcd', '1.31', '1.36', '/livez', '/readyz', '/readyz'],
  ];

  it.each(paths)('%s from %s to %s: live %s, ready %s, started %s', (component, first, last, live, ready, started) => {
    for (const minor of between(first, last)) {
      const { livenessProbe, readinessProbe, startupProbe } = rendered(minor, component).container;
      expect(livenessProbe.httpGet.path).toBe(live);
      expect(readinessProbe?.httpGet.path).toBe(ready);
      expect(startupProbe?.httpGet.path).toBe(started);
    }
  });

  it('1.18 waits 15 seconds and leaves the period to Kubernetes; later 10 and 10', () => {
    const numbers = { failureThreshold: 8, timeoutSeconds: 15 };
    expect(rendered('1.18', 'kube-scheduler').container.livenessProbe).toMatchObject({
      ...numbers,
      initialDelaySeconds: 15,
    });
    expect(rendered('1.18', 'kube-scheduler').container.livenessProbe.periodSeconds).toBeUndefined();
    for (const minor of between('1.19', newest)) {
      expect(rendered(minor, 'kube-scheduler').container.livenessProbe).toMatchObject({
        ...numbers,
        initialDelaySeconds: 10,
        periodSeconds: 10,
      });
    }
  });

  it('gives a component as long to start as the configuration allows', () => {
    const config = initConfig('1.36');
    const patient = { ...config, timeouts: { ...config.timeouts, controlPlaneComponentHealthCheck: '6m5s' } };
    expect(rendered('1.36', 'kube-apiserver').container.startupProbe?.failureThreshold).toBe(24);
    expect(rendered('1.36', 'kube-apiserver', patient).container.startupProbe?.failureThreshold).toBe(37);
  });
});
