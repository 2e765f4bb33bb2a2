import { defined } from '../defined.ts';
import { adminConf } from '../release/paths.ts';
import { type JoinCommand, joinCommandLines } from './join-command.ts';

export interface InitClosing {
  /** How other nodes join; the control-plane form is made of it. */
  readonly join: Omit<JoinCommand, 'controlPlane' | 'certificateKey'>;
  /** Where the administrator's kubeconfig is; undefined: /etc/kubernetes/admin.conf. */
  readonly kubeconfig?: string;
  /** The cluster has an endpoint that several control planes can share. */
  readonly sharedEndpoint: boolean;
  readonly certificateKey?: JoinCommand['certificateKey'];
  /** The pod network that was installed. */
  readonly network?: string;
  /** The certificates are in the cluster for two hours. */
  readonly certificatesUploaded: boolean;
}

/** What `init` ends with: how to use the cluster, what it lacks, and the commands with which other nodes join. */
export function initClosingMessage(closing: InitClosing): string {
  return `
Your Kubernetes control-plane has initialized successfully!

To start using your cluster, you need to run the following as a regular user:

${regularUser(closing.kubeconfig, '  ')}

Alternatively, if you are the root user, you can run:

  export KUBECONFIG=${adminConf}

${
  closing.network === undefined
    ? lacksNetwork
    : `The pod network is installed: ${closing.network}.
`
}
${joinClosing(closing)}
`;
}

/** The same after `init --host`, whose reader is not on the master: admin.conf is fetched, and workers join over SSH. */
export function workstationClosing(message: string, target: string): string {
  const fetched = message.replace(
    /To start using your cluster[\s\S]*?(?=You should now deploy|The pod network)/,
    `To start using your cluster from this machine, fetch its kubeconfig:\n\n  kinit kubeconfig fetch --host ${target} --merge\n\n`,
  );
  return `${fetched.trimEnd()}\n\nOr join workers from this machine, over SSH:\n\n  kinit join --host USER@WORKER,... --control-plane-host ${target}\n`;
}

const lacksNetwork = `You should now deploy a pod network to the cluster: until then its nodes are NotReady.
Run "kubectl apply -f [podnetwork].yaml" with one of the options listed at:
  https://kubernetes.io/docs/concepts/cluster-administration/addons/
(or run the same "kinit init" again with --network flannel)
`;

/** The commands with which other nodes join; printed once for every token. */
function joinClosing(closing: InitClosing): string {
  const controlPlanes = closing.sharedEndpoint ? controlPlaneClosing(closing) : '';
  return `${controlPlanes}Then you can join any number of worker nodes by running the following on each as root:

${joinCommandLines(closing.join)}

(kubeadm of the same version joins with the same arguments.)`;
}

function controlPlaneClosing({ join, certificateKey, certificatesUploaded }: InitClosing): string {
  const key = defined({ certificateKey });
  const command = joinCommandLines({ ...join, controlPlane: true, ...key });
  if (!certificatesUploaded) {
    return `You can now join any number of control-plane nodes by copying certificate authorities
and service account keys on each node and then running the following as root:

  ${command}

`;
  }
  return `You can now join any number of control-plane nodes by running the following on each as root:

  ${command}

The certificate key opens the cluster's private keys: keep it secret. The uploaded certificates are
deleted after two hours; upload them again with "kinit init phase upload-certs --upload-certs".

`;
}

export interface JoinClosing {
  readonly controlPlane: boolean;
  /** The new control plane brought a member of a stacked etcd with it. */
  readonly etcdMember: boolean;
  /** Where the administrator's kubeconfig is; undefined: /etc/kubernetes/admin.conf. */
  readonly kubeconfig?: string;
}

/** What `join` ends with. */
export function joinClosingMessage({ controlPlane, etcdMember, kubeconfig }: JoinClosing): string {
  if (!controlPlane) {
    return `
This node has joined the cluster:
* The API server has answered its certificate signing request.
* The kubelet has got its secure connection to the API server.

Run 'kubectl get nodes' on a control plane to see this node join the cluster.
`;
  }
  return `
This node has joined the cluster and a new control plane instance was created:

* The API server has approved its certificate signing request.
* The kubelet has got its secure connection to the API server.
* The node has the label and the taint of a control plane.
* The control plane has one instance more.
${etcdMember ? '* The stacked etcd cluster has one member more.\n' : ''}
To administer the cluster from this node, run the following as a regular user:

${regularUser(kubeconfig, '  ')}

Run 'kubectl get nodes' to see this node join the cluster.
`;
}

function regularUser(kubeconfig = adminConf, indent: string): string {
  const commands = [
    'mkdir -p $HOME/.kube',
    `sudo cp -i ${kubeconfig} $HOME/.kube/config`,
    'sudo chown $(id -u):$(id -g) $HOME/.kube/config',
  ];
  return commands.map((command) => `${indent}${command}`).join('\n');
}
