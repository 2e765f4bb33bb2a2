import { posix } from 'node:path';
import { KinitError } from '../../../errors.ts';
import type { Change } from '../../../execute/change.ts';
import type { Target } from '../../../execute/target.ts';
import { peerURL } from '../../../manifests/etcd.ts';
import type { Phase } from '../../../phases/phase.ts';
import { backupOf } from '../../../phases/upgrade/etcd-kept.ts';
import type { UpgradeContext } from '../../../phases/upgrade-context.ts';
import { staticPodFile } from '../../../release/paths.ts';
import { runStage } from '../../stage.ts';

/**
 * After etcd's old manifest is back: waits until its member is healthy again. Where it is not, and it is the only one, its
 * data become what they were before too, as they were copied. Throws KinitError that says where the copy is.
 */
export async function recoverEtcd(context: UpgradeContext, target: Target, cause: unknown): Promise<void> {
  if (context.etcd === undefined) return;
  const { reporter, host } = target;
  const tell = (text: string) => reporter.report({ type: 'line', host: host.name, phase: 'control-plane', text });
  tell('[upgrade/etcd] Waiting for previous etcd to become available');
  const isUp = () => runStage([healthyAgain], context, target).then(yes, no);
  if (await isUp()) return tell('[upgrade/etcd] Etcd was rolled back and is now available');
  if (isAlone(context)) {
    tell('[upgrade/etcd] Rolling back etcd data');
    await runStage([dataBack], context, target);
    if (await isUp()) return tell('[upgrade/etcd] Etcd was rolled back and is now available');
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new KinitError(`etcd could not be upgraded, and does not come back as it was: ${why}`, {
    host: host.name,
    hint: `its data as they were before are in ${backupOf(context)}; see \`crictl ps -a | grep etcd\` and \`crictl logs CONTAINERID\``,
  });
}

const yes = () => true;
const no = (error: unknown) => {
  if (error instanceof KinitError) return false;
  throw error;
};

function isAlone({ etcd }: UpgradeContext): boolean {
  return etcd !== undefined && etcd.servers.length === 1;
}

const healthyAgain: Phase<UpgradeContext> = {
  name: 'control-plane',
  title: 'etcd available again',
  reads: () => ({}),
  desired: ({ etcd, config }): readonly Change[] =>
    etcd === undefined
      ? []
      : [
          {
            kind: 'etcd-member',
            how: 'voting',
            peerUrl: peerURL(config.localAPIEndpoint.advertiseAddress),
            access: etcd,
            deadline: 150,
            advice: 'see `crictl ps -a | grep etcd` and `crictl logs CONTAINERID`',
          },
        ],
};

/** Nothing reads the data while they are put back. */
const dataBack: Phase<UpgradeContext> = {
  name: 'control-plane',
  title: "etcd's data back",
  reads: ({ config }) => ({ files: [staticPodFile('etcd')], paths: [config.cluster.etcd.local?.dataDir ?? ''] }),
  desired: (context, { files }): readonly Change[] => {
    const dataDir = context.config.cluster.etcd.local?.dataDir;
    const manifest = files.get(staticPodFile('etcd'))?.content?.toString('utf8');
    if (dataDir === undefined || manifest === undefined) return [];
    const path = staticPodFile('etcd');
    return [
      { kind: 'absent', path },
      { kind: 'command', argv: ['sh', '-c', untilStopped, 'kinit', dataDir], deadline: 90, what: 'stopping etcd' },
      // Aside, in the folder, which may be a mount of its own: nothing of it is lost, whatever becomes of the copy.
      { kind: 'command', argv: ['mv', '-T', `${dataDir}/member`, asideOf(context, dataDir)] },
      { kind: 'command', argv: ['cp', '-a', `${backupOf(context)}/member`, dataDir], deadline: 600 },
      { kind: 'file', path, content: manifest, mode: 0o600 },
      { kind: 'note', text: '[upgrade/etcd] Etcd data rollback successful' },
    ];
  },
};

function asideOf({ folders }: UpgradeContext, dataDir: string): string {
  return `${dataDir}/member.before-${posix.basename(folders.etcd)}`;
}

const untilStopped = `while grep -lsqzx -- "--data-dir[=]$1" /proc/[0-9]*/cmdline; do sleep 0.2 2>/dev/null || sleep 1; done`;
