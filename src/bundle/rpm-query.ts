/** What an RPM says of itself, as far as a repository's metadata tells it. */
export interface RpmPackage {
  /** Its file's name. */
  readonly file: string;
  readonly name: string;
  /** Empty where it has none. */
  readonly epoch: string;
  readonly version: string;
  readonly release: string;
  readonly architecture: string;
  /** Seconds since the epoch. */
  readonly built: string;
  /** Bytes when installed. */
  readonly installed: string;
  readonly summary: string;
  readonly provides: readonly RpmRelation[];
  readonly requires: readonly RpmRelation[];
  readonly conflicts: readonly RpmRelation[];
  readonly obsoletes: readonly RpmRelation[];
  readonly files: readonly RpmFile[];
}

export interface RpmRelation {
  readonly name: string;
  readonly flags: number;
  /** `epoch:version-release`, parts of it may be missing; empty where any will do. */
  readonly version: string;
}

export interface RpmFile {
  readonly path: string;
  readonly directory: boolean;
}

/** Asks every RPM in the current directory; `parseRpms` reads the answer. Tags are those of rpm 4.11 (CentOS 7). */
export const rpmQuery = `for file in *.rpm; do
  printf 'package\\t%s\\t' "$file"
  rpm -qp --nosignature --qf '${[
    '%{NAME}\\t%{EPOCH}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{BUILDTIME}\\t%{LONGSIZE}\\t%{SUMMARY}\\n',
    ...['PROVIDE', 'REQUIRE', 'CONFLICT', 'OBSOLETE'].map(
      (tag) => `[${tag}\\t%{${tag}NAME}\\t%{${tag}FLAGS}\\t%{${tag}VERSION}\\n]`,
    ),
    '[FILE\\t%{FILEMODES}\\t%{FILENAMES}\\n]',
  ].join('')}' "$file" || exit
done`;

/** The packages in the query's answer. */
export function parseRpms(text: string): readonly RpmPackage[] {
  return text
    .split(/^(?=package\t)/m)
    .filter(Boolean)
    .map((block) => parseRpm(block.split('\n').map((line) => line.split('\t'))));
}

function parseRpm([head = [], ...lines]: readonly (readonly string[])[]): RpmPackage {
  const [
    ,
    file = '',
    name = '',
    epoch = '',
    version = '',
    release = '',
    architecture = '',
    built = '',
    installed = '',
  ] = head;
  const relations = (tag: string): readonly RpmRelation[] =>
    lines.flatMap(([kind, relation = '', flags = '', wanted = '']) =>
      kind === tag && relation !== none ? [{ name: relation, flags: Number(flags), version: wanted }] : [],
    );
  return {
    file,
    name,
    epoch: epoch === none ? '' : epoch,
    version,
    release,
    architecture,
    built,
    installed,
    summary: head.slice(9).join(' '),
    provides: relations('PROVIDE'),
    requires: relations('REQUIRE'),
    conflicts: relations('CONFLICT'),
    obsoletes: relations('OBSOLETE'),
    files: lines.flatMap(([kind, mode = '', path = '']) =>
      kind === 'FILE' && path !== '' ? [{ path, directory: (Number(mode) & 0o170000) === 0o040000 }] : [],
    ),
  };
}

/** rpm's word for a tag that a package does not have. */
const none = '(none)';
