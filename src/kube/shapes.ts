/**
 * What fields of an answer have to be, as far as kinit reads them
 * (https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.31/): `map`: any object; `texts`: an object of strings;
 * a list in brackets; an object of fields.
 */
type Shape = 'text' | 'flag' | 'number' | 'map' | 'texts' | readonly [Shape] | { readonly [field: string]: Shape };

const condition = { type: 'text', status: 'text', message: 'text', reason: 'text' } as const;

const container = {
  name: 'text',
  image: 'text',
  ready: 'flag',
  started: 'flag',
  restartCount: 'number',
  state: { waiting: { reason: 'text' }, running: 'map', terminated: { reason: 'text' } },
} as const satisfies Shape;

/** Of a pod, or of a pod's template. */
const containers = [{ name: 'text', image: 'text', command: ['text'] }] as const satisfies Shape;

const webhooks = [
  { name: 'text', failurePolicy: 'text', clientConfig: { service: { namespace: 'text', name: 'text' } } },
] as const satisfies Shape;

const metadata = {
  name: 'text',
  namespace: 'text',
  labels: 'texts',
  annotations: 'texts',
  resourceVersion: 'text',
  uid: 'text',
  deletionTimestamp: 'text',
  ownerReferences: [{ kind: 'text', name: 'text' }],
  finalizers: ['text'],
} as const satisfies Shape;

const kinds: Readonly<Record<string, { readonly [field: string]: Shape }>> = {
  ConfigMap: { data: 'texts', binaryData: 'texts' },
  Secret: { type: 'text', data: 'texts' },
  Node: {
    spec: { unschedulable: 'flag', taints: [{ key: 'text', value: 'text', effect: 'text' }], podCIDR: 'text' },
    status: {
      conditions: [condition],
      addresses: [{ type: 'text', address: 'text' }],
      nodeInfo: {
        machineID: 'text',
        systemUUID: 'text',
        bootID: 'text',
        kubeletVersion: 'text',
        containerRuntimeVersion: 'text',
        osImage: 'text',
        kernelVersion: 'text',
      },
    },
  },
  Pod: {
    spec: { nodeName: 'text', containers },
    status: {
      phase: 'text',
      conditions: [condition],
      containerStatuses: [container],
      initContainerStatuses: [container],
    },
  },
  Deployment: { spec: { replicas: 'number', template: { spec: { containers } } } },
  Endpoints: { subsets: [{ addresses: ['map'] }] },
  Job: { status: { conditions: [condition] } },
  Lease: { spec: { renewTime: 'text' } },
  MutatingWebhookConfiguration: { webhooks },
  ValidatingWebhookConfiguration: { webhooks },
  PodDisruptionBudget: { status: { disruptionsAllowed: 'number', expectedPods: 'number' } },
  CertificateSigningRequest: {
    spec: { request: 'text', signerName: 'text', username: 'text', usages: ['text'] },
    status: { certificate: 'text', conditions: [condition] },
  },
};

/**
 * An object of a kind as the API server may answer it, without fields that are null (as in Go, they are not there). Gives
 * the place of a field that is something else than it has to be.
 */
export function fitted(
  value: unknown,
  kind: string,
  { named = true }: { readonly named?: boolean } = {},
): { readonly value: unknown; readonly wrong?: never } | { readonly value?: never; readonly wrong: string } {
  const wrong: string[] = [];
  const fields = { kind: 'text', apiVersion: 'text', metadata, ...kinds[kind] } as const;
  const object = checked(value, fields, '', wrong) as {
    readonly kind?: string;
    readonly metadata?: { readonly name?: string };
  };
  if (wrong.length === 0 && object.kind !== undefined && object.kind !== kind)
    wrong.push(`kind: ${object.kind}, not ${kind}`);
  if (wrong.length === 0 && object.metadata === undefined) wrong.push('metadata is missing');
  if (wrong.length === 0 && named && !object.metadata?.name) wrong.push('metadata.name is missing');
  const [first] = wrong;
  return first === undefined ? { value: object } : { wrong: first };
}

function checked(value: unknown, shape: Shape, path: string, wrong: string[]): unknown {
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${path || 'it'} is not ${what}`);
    return value;
  };
  if (shape === 'text') return expect(typeof value === 'string', 'a text');
  if (shape === 'flag') return expect(typeof value === 'boolean', 'true or false');
  if (shape === 'number') return expect(typeof value === 'number', 'a number');
  if (shape === 'map') return expect(isMap(value), 'a mapping');
  if (shape === 'texts') return expect(isMap(value) && Object.values(value).every(isText), 'a mapping of texts');
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return expect(false, 'a list');
    return value.map((item, index) => checked(item, shape[0], `${path}[${index}]`, wrong));
  }
  if (!isMap(value)) return expect(false, 'a mapping');
  const fields = shape as { readonly [field: string]: Shape };
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, part]) => {
      const expected = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (expected === undefined) return [[name, part]];
      return part === null ? [] : [[name, checked(part, expected, path === '' ? name : `${path}.${name}`, wrong)]];
    }),
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
