import type { Change } from '../../execute/change.ts';
import type { Observed, Reads } from '../../execute/observed.ts';

const dataFolder = '/var/lib/docker';
const groupQuery = ['getent', 'group', 'docker'] as const;
const zoneFile = '/etc/firewalld/zones/docker.xml';
/** What the daemon writes by itself: an identity (until 20.10) and, from 20.10 on, a zone of firewalld's. */
const ownFiles = ['/etc/docker/key.json', zoneFile] as const;

/** What has to be seen of a host before docker is installed there. */
export const dockerFootprintReads: Reads = { files: ownFiles, paths: [dataFolder], commands: [groupQuery] };

/**
 * Makes docker's group before its package does, so that the record says how everything that docker brings besides its
 * package's files is undone: group, packet filter, bridge, data. What was there before stays.
 */
export function dockerFootprint({ commands, files, paths }: Observed): Change {
  const hasGroup = commands.get(groupQuery.join('\0'))?.code === 0;
  const hasData = (paths.get(dataFolder)?.entries ?? []).length > 0;
  const hasZone = files.get(zoneFile)?.type === 'file';
  const undo = [
    stopping,
    network,
    ...(hasZone ? [] : [zone]),
    ...(hasData ? [] : [data]),
    ...(hasGroup ? [] : ['groupdel docker']),
  ].join('\n');
  return {
    kind: 'command',
    argv: ['sh', '-c', 'getent group docker >/dev/null || groupadd --system docker'],
    undo: ['sh', '-c', undo],
    rewrites: ownFiles,
  };
}

/** A script that stops docker and takes away what its daemon made for itself, but for volumes. */
export const withoutDocker = (): string => [stopping, network, zone, data].join('\n');

/** Its socket would start it again. */
const stopping = `
systemctl --quiet stop docker.socket docker.service
umount /run/docker/netns/* 2>/dev/null
rm -rf --one-file-system /run/docker
rm -f /run/docker.sock
`;

/** The daemon leaves its chains and its bridge behind when it stops. */
const network = `
for filter in iptables ip6tables; do
  rules=$($filter-save 2>/dev/null | awk '
    /^[*]/ { table = $0; flush = rules = drop = ""; next }
    /^:DOCKER/ { name = substr($1, 2); flush = flush ":" name " - [0:0]\\n"; drop = drop "-X " name "\\n"; next }
    /^-A DOCKER/ { next }
    /^-A .*-j DOCKER/ || /^-A .* docker0( |$)/ { sub(/^-A/, "-D"); rules = rules $0 "\\n" }
    /^COMMIT/ && (flush != "" || rules != "") { printf "%s\\n%s%s%sCOMMIT\\n", table, flush, rules, drop }')
  [ -z "$rules" ] || printf '%s\\n' "$rules" | $filter-restore --noflush
done
! ip link show dev docker0 >/dev/null 2>&1 || ip link delete dev docker0
`;

/**
 * firewalld keeps a copy of a zone that is deleted. It is not loaded again, which would cost others their rules: until
 * somebody does, an empty zone stays at runtime.
 */
const zone = `
if firewall-cmd --permanent --info-zone=docker >/dev/null 2>&1; then
  firewall-cmd -q --zone=docker --remove-interface=docker0
  copy=${zoneFile}.old
  [ ! -e $copy ] || mv $copy $copy.before
  firewall-cmd -q --permanent --delete-zone=docker
  rm -f $copy
  [ ! -e $copy.before ] || mv $copy.before $copy
fi
`;

/** Images and containers; volumes that somebody has filled are nobody's to remove. */
const data = `
if cd ${dataFolder} 2>/dev/null; then
  find . -xdev -mindepth 1 -maxdepth 1 ! -name volumes -exec rm -rf --one-file-system {} +
  rm -f volumes/metadata.db volumes/backingFsBlockDev
  rmdir volumes 2>/dev/null
  cd / && rmdir ${dataFolder} 2>/dev/null
fi
`;
