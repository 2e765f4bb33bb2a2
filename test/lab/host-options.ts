/** What a host presents itself as; the lab's own mirror is Debian too. */
export type Flavour = 'debian' | 'centos-stream-9' | 'centos-7' | 'mirror';

export interface HostOptions {
  readonly name: string;
  /** Default debian. A CentOS host is bare, so the options of Debian's software say nothing about it. */
  readonly flavour?: Flavour;
  /** Debian: containerd with its service; default true. */
  readonly containerd?: boolean;
  /** Debian: kubelet and kubectl in /usr/bin; default true. There is no kubelet service: kinit writes it. */
  readonly kubernetes?: boolean;
  /**
   * Debian: the real kubeadm as its package installs it, with the kubelet's service, and a crictl for those that call
   * one; default false.
   */
  readonly kubeadm?: boolean;
  /** Kubernetes' images in /var/lib/containerd; default true on Debian, else false. */
  readonly images?: boolean;
  /** This machine's node as /usr/bin/node and this checkout read-only as /opt/kinit, with `kinit` on the PATH. */
  readonly bindNode?: boolean;
  /** What sudo asks of the user `ops` (password "ops"); default nothing. */
  readonly sudo?: 'free' | 'password';
}

export const isCentos = ({ flavour }: HostOptions): boolean => flavour === 'centos-stream-9' || flavour === 'centos-7';
