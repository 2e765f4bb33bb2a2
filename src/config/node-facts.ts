/** What completing a configuration needs to know of the node; the facts of a host have it all. */
export interface NodeFacts {
  readonly hostname: string;
  /** The addresses that the default routes use. */
  readonly defaultAddress: { readonly v4: string | undefined; readonly v6: string | undefined };
  readonly addresses: readonly { readonly interface: string; readonly address: string }[];
  /** systemd-resolved runs there. */
  readonly systemdResolved?: boolean;
  /** Paths of the CRI (and docker) sockets that exist. */
  readonly runtime: { readonly sockets: readonly string[] };
  /** The socket as the kubelet of a node that is there has it. */
  readonly kubeletSocket?: string;
}

/** Stands in for a host where only the user's own input is to be checked. */
export const anyNode: NodeFacts = {
  hostname: 'node',
  defaultAddress: { v4: '192.0.2.1', v6: '2001:db8::1' },
  addresses: [{ interface: 'lo', address: '192.0.2.1' }],
  runtime: { sockets: [] },
};
