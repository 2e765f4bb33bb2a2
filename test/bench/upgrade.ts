import { type Kit, kit } from '../e2e/kit.ts';
import { renumbered } from '../lab/artefacts.ts';
import type { LabHost } from '../lab/host.ts';
import { type Offered, offerVersion } from '../lab/offer.ts';
import { laterNumbers, renumberedVersion } from '../lab/versions.ts';
import { overSsh } from './bare-to-ready.ts';
import { on } from './bench-host.ts';
import { clusterFile } from './cluster-file.ts';
import { type Bench, milliseconds, timed } from './measure.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 1);
const admin = '--kubeconfig=/etc/kubernetes/admin.conf';

interface Times {
  readonly whole: number;
  /** What each worker costs, in its turn. */
  readonly workers: readonly number[];
}

/** One control plane and three workers with pods to another minor, one worker at a time; packages come from the lab's mirror. */
export const upgradeOfFour: Bench = {
  name: 'upgrade',
  title: 'one control plane and three workers to another version: kinit against kubeadm’s steps over ssh',
  async run(say) {
    const bench = kit('bench-upgrade');
    const { lab } = bench;
    const to = laterNumbers(lab.version)?.minor;
    if (to === undefined) throw new Error(`there is no later number for ${lab.version.kubernetes}`);
    const sides: Readonly<Record<'ours' | 'peer', Times[]>> = { ours: [], peer: [] };
    try {
      const names = ['m1', 'n1', 'n2', 'n3'];
      const hosts = await lab.up(names.map((name) => ({ name, flavour: 'centos-stream-9' as const })));
      const [layers = ''] = await renumbered(lab.version, [to]);
      const offered = await offerVersion(lab, renumberedVersion(lab.version, to, layers));
      for (let round = 1; round <= rounds; round++) {
        for (const [side, way] of [['ours', byKinit] as const, ['peer', byKubeadm] as const]) {
          await Promise.all(hosts.map((host) => host.recreate()));
          const file = clusterFile(bench, hosts, 1);
          file.write(lab.version.kubernetes, lab.repository);
          await file.kinit('up');
          await withPods(lab, hosts[0]!);
          file.write(to, offered);
          const seen = await way({ bench, hosts, to, offered });
          sides[side].push(seen);
          const each = seen.workers.map((ms) => milliseconds(ms)).join(', ');
          say(
            `  round ${round}, ${side === 'ours' ? 'kinit' : 'kubeadm'}: ${milliseconds(seen.whole)}; its workers ${each}`,
          );
        }
      }
    } finally {
      await lab.down();
    }
    const turns = (of: (times: Times) => number) => ({ ours: sides.ours.map(of), peer: sides.peer.map(of) });
    const mean = ({ workers }: Times) => workers.reduce((sum, ms) => sum + ms, 0) / workers.length;
    return [
      {
        what: 'four hosts upgraded',
        peerName: 'kubeadm and ssh',
        goal: { ratio: 0.6 },
        ...turns(({ whole }) => whole),
      },
      { what: 'a worker of them', peerName: 'kubeadm and ssh', ...turns(mean) },
    ];
  },
};

/**
 * Workers that have something to do: a page on each of them. Of empty ones a drain costs what it costs by where the two pods of
 * CoreDNS happen to run.
 */
async function withPods(lab: Kit['lab'], master: LabHost): Promise<void> {
  const kubectl = (...argv: string[]) => overSsh(lab, master, ['kubectl', admin, ...argv]);
  await kubectl('create', 'deployment', 'page', '--image=docker.io/library/nginx:1.19', '--replicas=3');
  await kubectl('rollout', 'status', 'deployment/page', '--timeout=120s');
}

interface Upgraded {
  readonly bench: Kit;
  readonly hosts: readonly LabHost[];
  readonly to: string;
  readonly offered: Offered;
}

async function byKinit({ bench, hosts }: Upgraded): Promise<Times> {
  const file = clusterFile(bench, hosts, 1);
  let told = '';
  const whole = await timed(async () => {
    told = await file.kinit('upgrade', '--no-snapshot', '-o', 'json');
  });
  // Its result is the last of the lines of a run that tells all in JSON.
  const { nodes } = JSON.parse(told.trim().split('\n').at(-1) ?? '') as {
    nodes: readonly { host: string; part: string; ms: number }[];
  };
  const own = nodes.filter(({ host, part }) => part === 'kubelet' && host !== hosts[0]?.name);
  return { whole, workers: own.map(({ ms }) => ms) };
}

/**
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/, with the wait for each node that its reader does by
 * eye: Ready says nothing yet of a kubelet that has just been started anew, its version does.
 */
async function byKubeadm({ bench: { lab }, hosts, to, offered }: Upgraded): Promise<Times> {
  const [master, ...workers] = hosts as [LabHost, ...LabHost[]];
  const run = (host: LabHost, script: string) => overSsh(lab, host, [script]);
  const version = to.slice(1);
  const install = (...names: string[]) =>
    `dnf -y -q --disableexcludes=all install ${names.map((name) => `${name}-${version}`).join(' ')}`;
  // The repository of the other minor, which the documentation has changed beforehand.
  await Promise.all(
    hosts.map((host) =>
      on(
        host,
        'sh',
        '-c',
        `sed -i 's|^baseurl=.*/kubernetes$|baseurl=${offered.url}|; s|^gpgkey=.*RPM-GPG-KEY$|gpgkey=${offered.key}|' /etc/yum.repos.d/*.repo`,
      ),
    ),
  );
  const onMaster = (...argv: string[]) => overSsh(lab, master, ['kubectl', admin, ...argv]);
  const kubelet = async (host: LabHost) => {
    await onMaster('drain', host.name, '--ignore-daemonsets', '--delete-emptydir-data');
    await run(host, `${install('kubelet', 'kubectl')} && systemctl daemon-reload && systemctl restart kubelet`);
    await onMaster('uncordon', host.name);
    const seen = `kubectl ${admin} get node ${host.name} -o jsonpath='{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}'`;
    await run(master, `until [ "$(${seen})" = '${to} True' ]; do sleep 1; done`);
  };
  const apply = () => overSsh(lab, master, ['kubeadm', 'upgrade', 'apply', to, '--yes']);
  /** kubeadm v1.20 deletes its health job, and falls over where the job's own time to live was faster: that try does not count. */
  let lost = 0;
  const appliedAtLast = async () => {
    const began = Date.now();
    await apply().catch((error: unknown) => {
      if (!(error instanceof Error && error.message.includes('ERROR CreateJob'))) throw error;
      lost = Date.now() - began;
      return apply();
    });
  };
  const each: number[] = [];
  const whole = await timed(async () => {
    await run(master, install('kubeadm'));
    await overSsh(lab, master, ['kubeadm', 'upgrade', 'plan', to]);
    await appliedAtLast();
    await kubelet(master);
    for (const worker of workers) {
      each.push(
        await timed(async () => {
          await run(worker, install('kubeadm'));
          await overSsh(lab, worker, ['kubeadm', 'upgrade', 'node']);
          await kubelet(worker);
        }),
      );
    }
  });
  return { whole: whole - lost, workers: each };
}
