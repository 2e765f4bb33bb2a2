/**
 * A pod with the defaults of core/v1 filled in, as far as manifests of static pods can leave them open (the kubelet hashes
 * a manifest after it has filled them in: kubernetes pkg/apis/core/v1/defaults.go, pkg/kubelet/config/common.go, v1.36.3).
 * Two manifests that say the same then are the same to the kubelet, whatever their text.
 */
function withPodDefaults(pod: Fields): Fields {
  const spec = fields(pod['spec']);
  const metadata = fields(pod['metadata']);
  const { creationTimestamp: _, ...named } = metadata;
  const hostNetwork = spec['hostNetwork'] === true;
  return {
    apiVersion: pod['apiVersion'],
    kind: pod['kind'],
    metadata: named,
    spec: {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      terminationGracePeriodSeconds: 30,
      enableServiceLinks: true,
      ...spec,
      securityContext: fields(spec['securityContext']),
      containers: list(spec['containers']).map((one) => container(one, hostNetwork)),
      ...(spec['initContainers'] === undefined
        ? {}
        : { initContainers: list(spec['initContainers']).map((one) => container(one, hostNetwork)) }),
      volumes: list(spec['volumes']).map(volume),
    },
  };
}

/** Whether the kubelet takes the two for the same pod. */
export function isSamePod(a: Fields, b: Fields): boolean {
  return canonical(withPodDefaults(a)) === canonical(withPodDefaults(b));
}

type Fields = Readonly<Record<string, unknown>>;

function container(given: Fields, hostNetwork: boolean): Fields {
  const image = String(given['image'] ?? '');
  const isLatest = !image.includes('@') && (/:latest$/.test(image) || !/:[^/]*$/.test(image));
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((name) =>
    given[name] === undefined ? [] : [[name, probe(fields(given[name]))] as const],
  );
  return {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    ...given,
    resources: fields(given['resources']),
    ports: list(given['ports']).map((port) => ({
      protocol: 'TCP',
      ...(hostNetwork ? { hostPort: port['containerPort'] } : {}),
      ...port,
    })),
    env: list(given['env']).map(variable),
    volumeMounts: list(given['volumeMounts']).map(({ readOnly, ...mount }) =>
      readOnly ? { ...mount, readOnly } : mount,
    ),
    ...Object.fromEntries(probes),
  };
}

function probe(given: Fields): Fields {
  const { httpGet, ...others } = given;
  return {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    ...others,
    ...(httpGet === undefined ? {} : { httpGet: { scheme: 'HTTP', path: '/', ...fields(httpGet) } }),
  };
}

function variable(given: Fields): Fields {
  const { valueFrom } = given;
  if (valueFrom === undefined) return given;
  const { fieldRef, ...others } = fields(valueFrom);
  const reference = fieldRef === undefined ? {} : { fieldRef: { apiVersion: 'v1', ...fields(fieldRef) } };
  return { ...given, valueFrom: { ...others, ...reference } };
}

function volume(given: Fields): Fields {
  const { hostPath } = given;
  return hostPath === undefined ? given : { ...given, hostPath: { type: '', ...fields(hostPath) } };
}

/** The text of a value, whatever the order of its fields; absent, null and empty fields are the same to Go. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    const entries = Object.entries(one).filter(([, each]) => each !== undefined && each !== null && !isEmpty(each));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}
