import { exitCodes, KinitError } from '../../errors.ts';
import { canLose, memberAt } from '../../etcd/members.ts';
import type { Change, EtcdAccess } from '../../execute/change.ts';
import type { SeenEtcd } from '../../execute/observed.ts';
import { etcdDirectory } from '../../release/paths.ts';
import type { Phase } from '../phase.ts';
import { certificatesDirectory } from './certificates.ts';
import type { ResetContext } from './context.ts';
import { residentEtcdAccess } from './resident.ts';

/** The host's member leaves its etcd cluster before anything else is touched; the data goes when nothing writes it. */
export const removeEtcdMember: Phase<ResetContext> = {
  name: 'remove-etcd-member',
  title: 'etcd member',
  reads: (context) => {
    const access = etcdAccess(context);
    return access === undefined ? {} : { running: { etcd: access } };
  },
  desired: (context, { etcd }): readonly Change[] => {
    const { resident } = context;
    const access = etcdAccess(context);
    const peerUrl = resident.etcd?.peerUrl;
    if (access === undefined || peerUrl === undefined) return resident.isControlPlane ? externalEtcd : [];
    if (etcd?.problem !== undefined) return context.clusterGoes ? [] : [notRemoved(etcd.problem)];
    const others = othersWithout(peerUrl, etcd, context);
    if (others === 'none') return [];
    return [
      {
        kind: 'etcd-member',
        how: 'absent',
        peerUrl,
        access,
        ...(others === 'can decide' ? {} : { optional: true }),
        says: `[reset] Removing the etcd member ${peerUrl} from its cluster`,
      },
    ];
  },
};

/** What etcd kept on this host. */
export const emptyEtcdData: Phase<ResetContext> = {
  name: 'remove-etcd-member',
  title: 'etcd data',
  reads: ({ resident }) => ({ paths: [dataDirectory(resident)] }),
  desired: ({ resident }, { paths }) => {
    const path = dataDirectory(resident);
    const says = `[reset] Deleted contents of the etcd data directory: ${path}`;
    const others = paths.get(path)?.entries?.filter((name) => name !== memberFolder) ?? [];
    if (path === etcdDirectory || others.length === 0)
      return [{ kind: 'absent', path, contents: true, optional: true, says }];
    return [
      { kind: 'absent', path: `${path === '/' ? '' : path}/${memberFolder}`, optional: true, says },
      { kind: 'note', warning: true, text: `[reset] What else is in ${path} is not etcd's and stays: ${some(others)}` },
    ];
  },
};

/** What etcd makes in its data directory (https://etcd.io/docs/v3.5/op-guide/data_dir/ and server/storage/datadir). */
const memberFolder = 'member';

function some(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

/** kubeadm empties the default one also where no manifest says which it is. */
function dataDirectory({ etcd }: ResetContext['resident']): string {
  return etcd?.dataDir ?? etcdDirectory;
}

/** What becomes of the other members without this one. Throws KinitError where they could not decide any more, unless forced. */
function othersWithout(
  peerUrl: string,
  etcd: SeenEtcd | undefined,
  { config, clusterGoes }: ResetContext,
): 'none' | 'can decide' | 'are stuck' {
  // Nobody has asked: it is taken to be one of several that are well.
  if (etcd === undefined) return 'can decide';
  if (etcd.members === undefined) return 'none';
  const { members, healthy } = etcd;
  const own = memberAt(members, peerUrl);
  if (own === undefined || members.length === 1) return 'none';
  if (canLose(members, own.id, healthy)) return 'can decide';
  if (clusterGoes) return 'none';
  if (config.force) return 'are stuck';
  throw new KinitError(
    `without this member the etcd cluster loses its quorum (${members.length} members); nothing was touched`,
    {
      exitCode: exitCodes.preflight,
      hint: 'bring the other members back first, or give up their cluster with --force',
    },
  );
}

function etcdAccess({ config, resident }: ResetContext): EtcdAccess | undefined {
  return residentEtcdAccess({ ...resident, certificatesDir: certificatesDirectory(config, resident) });
}

function notRemoved(problem: string): Change {
  return {
    kind: 'note',
    warning: true,
    text: `[reset] The etcd member of this host was not removed: ${problem}. If its cluster goes on without it, remove it there with etcdctl`,
  };
}

const externalEtcd: readonly Change[] = [
  { kind: 'note', text: '[reset] No etcd config found. Assuming external etcd' },
  { kind: 'note', text: '[reset] Please, manually reset etcd to prevent further issues' },
];
