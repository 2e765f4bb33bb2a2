export interface HostOptions {
  readonly name: string;
  /** containerd with its service; default true. */
  readonly containerd?: boolean;
  /** kubelet and kubectl in /usr/bin; default true. There is no kubelet service: kinit writes it. */
  readonly kubernetes?: boolean;
  /** The real kubeadm as its package installs it, with the kubelet's service, and a crictl for it; default false. */
  readonly kubeadm?: boolean;
  /** The images of v1.20.2 in containerd; default true. */
  readonly images?: boolean;
  /** This machine's node as /usr/bin/node and this checkout read-only as /opt/kinit, with `kinit` on the PATH. */
  readonly bindNode?: boolean;
  /** What sudo asks of the user `ops` (password "ops"); default nothing. */
  readonly sudo?: 'free' | 'password';
}
