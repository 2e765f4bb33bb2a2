import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import type { LabHost } from '../lab/host.ts';
import { type Lab, openLab } from '../lab/lab.ts';
import type { Outcome } from '../lab/process.ts';

export const kinitProgram = join(import.meta.dirname, '..', '..', 'bin', 'kinit.js');

/** What a story wants of its cluster, beside what every cluster of the lab's version has to be told. */
export interface Wishes {
  readonly podSubnet: string;
  readonly serviceSubnet?: string;
  readonly endpoint?: string;
  readonly criSocket?: string;
  /** Default the lab's; "unsaid" leaves it to the tool. */
  readonly kubernetesVersion?: string;
}

export interface Kit {
  readonly lab: Lab;
  /** A configuration file, for the lab's version and its kubeadm. */
  cluster(wishes: Wishes): string;
  /**
   * The arguments of init, for kinit at the workstation, or for kinit and kubeadm on the host: flags, unless the lab's
   * version has to be told what none says; then a file, which is written there.
   */
  init(wishes: Wishes, host?: LabHost): Promise<string[]>;
  /** kinit at the workstation, with the lab's SSH key and known hosts. */
  kinit(argv: readonly string[], options?: { stdin?: string; timeout?: number }): Promise<Outcome>;
  /** kubectl at the workstation with the kubeconfig that was fetched; throws when it fails. */
  kubectl(...argv: string[]): Promise<string>;
  /** A page as seen from the workstation; exit code 1 where it does not answer with 200 within five seconds. */
  page(url: string): Promise<Outcome>;
  /** Where kubeconfigs are kept. */
  readonly folder: string;
  readonly kubeconfig: string;
}

/** A workstation with kinit on it, beside the hosts of a lab of its own. */
export function kit(name: string): Kit {
  const lab = openLab(`${process.env['KINIT_LAB'] ?? 'main'}-${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'kinit-e2e-'));
  // Images and bundles of hundreds of megabytes are among what is kept there.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const kubeconfig = join(folder, 'admin.conf');
  return {
    lab,
    folder,
    kubeconfig,
    cluster: (wishes) => documentsOf(lab, wishes),
    async init(wishes, host) {
      if (lab.version.documents.length === 0) return ['init', ...flagsOf(lab, wishes)];
      const file = host === undefined ? join(folder, 'init.yaml') : '/root/init.yaml';
      if (host === undefined) writeFileSync(file, documentsOf(lab, wishes));
      else await host.run(['sh', '-c', `cat >${file}`], { stdin: documentsOf(lab, wishes) });
      return ['init', '--config', file];
    },
    kinit: (argv, options = {}) =>
      lab.workstation([process.execPath, kinitProgram, ...argv], {
        ...options,
        env: { ...process.env, HOME: folder, SSH_AUTH_SOCK: '', XDG_STATE_HOME: folder },
      }),
    page: (url) => lab.workstation([process.execPath, '--input-type=module', '-e', fetchPage, url]),
    async kubectl(...argv) {
      const { kubernetes } = await lab.artefacts();
      const program = join(kubernetes, 'node', 'usr', 'bin', 'kubectl');
      const { code, stdout, stderr } = await lab.workstation([program, `--kubeconfig=${kubeconfig}`, ...argv]);
      if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`);
      return stdout;
    },
  };
}

function flagsOf({ version }: Lab, wishes: Wishes): string[] {
  const { podSubnet, serviceSubnet, endpoint, criSocket, kubernetesVersion = version.kubernetes } = wishes;
  const flags = {
    'kubernetes-version': kubernetesVersion === 'unsaid' ? undefined : kubernetesVersion,
    'pod-network-cidr': podSubnet,
    'service-cidr': serviceSubnet,
    'control-plane-endpoint': endpoint,
    'cri-socket': criSocket,
  };
  return Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
}

function documentsOf({ version }: Lab, wishes: Wishes): string {
  const { podSubnet, serviceSubnet, endpoint, criSocket, kubernetesVersion = version.kubernetes } = wishes;
  const apiVersion = `kubeadm.k8s.io/${version.configApi}`;
  const cluster = {
    apiVersion,
    kind: 'ClusterConfiguration',
    ...(kubernetesVersion === 'unsaid' ? {} : { kubernetesVersion }),
    ...(endpoint === undefined ? {} : { controlPlaneEndpoint: endpoint }),
    networking: { podSubnet, ...(serviceSubnet === undefined ? {} : { serviceSubnet }) },
  };
  const node =
    criSocket === undefined ? [] : [{ apiVersion, kind: 'InitConfiguration', nodeRegistration: { criSocket } }];
  return [cluster, ...node, ...version.documents].map((document) => dump(document)).join('---\n');
}

const fetchPage = `const answer = await fetch(process.argv[1], { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
process.stdout.write((await answer?.text()) ?? '');
process.exitCode = answer?.ok ? 0 : 1;`;

/** The SSH flags that reach a lab's hosts. */
export function ssh({ lab }: Kit): string[] {
  return ['--identity-file', lab.sshKey, '--known-hosts', lab.knownHosts];
}

/** `--host root@ADDRESS` for each. */
export function at(...hosts: readonly LabHost[]): string[] {
  return hosts.flatMap(({ address }) => ['--host', `root@${address}`]);
}

/** Runs on a host and gives stdout; throws with stderr when it fails. */
export async function on(host: LabHost, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await host.run(argv, { timeout: 600 });
  if (code !== 0) throw new Error(`${host.name}: ${argv.join(' ')}: ${stderr || stdout}`);
  return stdout;
}

/** Asks until the answer is not undefined; throws with the last reason at the deadline (milliseconds). */
export async function eventually<T>(
  what: string,
  deadline: number,
  question: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + deadline;
  for (let reason = 'no answer'; ; ) {
    try {
      const answer = await question();
      if (answer !== undefined) return answer;
    } catch (error) {
      reason = String(error);
    }
    if (Date.now() > end) throw new Error(`${what} did not come true: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Everything on a host that kinit or kubeadm may have made, with its hash: to see that nothing was touched. */
export async function fingerprint(host: LabHost): Promise<string> {
  return on(
    host,
    'sh',
    '-c',
    'find /etc/kubernetes /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env /etc/systemd/system -type f 2>/dev/null | sort | xargs -r sha256sum; systemctl show kubelet -p MainPID -p ActiveState',
  );
}
