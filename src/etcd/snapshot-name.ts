/** What the name of a snapshot tells. */
export interface SnapshotName {
  /** The first 8 hexadecimal digits of the pin of its cluster's CA. */
  readonly cluster: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** A file name that tells of which cluster (`sha256:…`, the pin of its CA) and of when a snapshot is: `etcd-3f2a9c1b-20261129T120000Z.db`. */
export function snapshotName(caPin: string, time: number): string {
  const stamp = new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `etcd-${shortPin(caPin)}-${stamp}.db`;
}

/** As names of snapshots have it. */
export function shortPin(caPin: string): string {
  return caPin.replace(/^sha256:/, '').slice(0, 8);
}

/** What a file name tells; undefined for one that kinit has not given. */
export function parseSnapshotName(name: string): SnapshotName | undefined {
  const [, cluster, date, time] = /^etcd-([0-9a-f]{8})-(\d{8})T(\d{6})Z\.db$/.exec(name) ?? [];
  if (cluster === undefined || date === undefined || time === undefined) return undefined;
  const iso = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`;
  const parsed = Date.parse(iso);
  return Number.isNaN(parsed) ? undefined : { cluster, time: parsed };
}

/** The file beside a snapshot that holds the PKI of its cluster, encrypted. */
export function pkiFileOf(snapshot: string): string {
  return `${snapshot.replace(/\.db$/, '')}.pki.age`;
}
