import { askedBinaries, labVersion } from '../../lab/versions.ts';

/** The lab's version: what its kubeadm renders is what kinit has to render. */
export const { kubernetes, configApi, documentApi, criSocket, dryRunLacks, randomEnvironment } = labVersion(
  askedBinaries(),
);
const [, minor = 0, patch = 0] = kubernetes.split('.').map(Number);

/** A configuration that the real kubeadm and kinit are both given. */
export interface Configuration {
  readonly title: string;
  /** The last minor release that knows what it is about; default any. */
  readonly until?: number;
  /** Documents of the file that both read. */
  readonly documents?: readonly object[];
  /** A file as it was written, instead of documents. */
  readonly text?: string;
  /** The same in newer versions of the configuration API, which kinit reads whatever kubeadm does. */
  readonly newer?: readonly object[];
  readonly args?: readonly string[];
  /** The host's name; default the lab's. */
  readonly hostname?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of a directory `patches`. */
  readonly patches?: Readonly<Record<string, string>>;
}

export const token = { token: 'abcdef.0123456789abcdef' };
export const containerd = { name: 'cp1', criSocket };
export const ofThisVersion = `--kubernetes-version=${kubernetes}`;

/** A patch release that comes so many after the lab's. */
export const later = (patches: number): string => `v1.${minor}.${patch + patches}`;

/** Fields that are known up to this minor release. */
export const upTo = (last: number, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  minor <= last ? fields : {};

/** The gate that two families need; they are general from v1.23 on. */
export const dualStackGate = upTo(22, { IPv6DualStack: true });

/** What the lab's kubeadm is asked for, of all that is asked of kubeadms. */
export const known = (configurations: readonly Configuration[]): readonly Configuration[] =>
  configurations.filter(({ until = minor }) => until >= minor);

/** An InitConfiguration of a node `cp1` at 192.0.2.10. */
export function init(fields: object = {}, version: string = documentApi): object {
  return {
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'InitConfiguration',
    bootstrapTokens: [token],
    nodeRegistration: containerd,
    localAPIEndpoint: { advertiseAddress: '192.0.2.10' },
    ...fields,
  };
}

/** A ClusterConfiguration of the lab's version; a field `dns.type` is left out where the API has none. */
export function cluster(fields: Readonly<Record<string, unknown>> = {}, version: string = documentApi): object {
  const { dns, ...others } = fields;
  const { type, ...dnsOfAll } = (dns ?? {}) as { readonly type?: string };
  const dnsFields = version === 'v1beta2' && type !== undefined ? { type, ...dnsOfAll } : dnsOfAll;
  return {
    apiVersion: `kubeadm.k8s.io/${version}`,
    kind: 'ClusterConfiguration',
    kubernetesVersion: kubernetes,
    ...others,
    ...(dns === undefined ? {} : { dns: dnsFields }),
  };
}

/** A KubeletConfiguration. */
export function kubelet(fields: object): object {
  return { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...fields };
}

/** A KubeProxyConfiguration. */
export function kubeProxy(fields: object): object {
  return { apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', ...fields };
}

/** What reads the directory `patches`: a flag beside the file, or a field in it. */
export const patched: Pick<Configuration, 'documents' | 'args'> =
  documentApi === 'v1beta2'
    ? { documents: [init(), cluster()], args: ['--experimental-patches=patches'] }
    : { documents: [init({ patches: { directory: 'patches' } }), cluster()] };
