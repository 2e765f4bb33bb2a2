/** A file of an RPM. */
export interface RpmFile {
  /** Where it is installed. */
  readonly path: string;
  readonly content: Buffer | string | { readonly copyOf: string } | { readonly linkTo: string };
  /** Default 0644. */
  readonly mode?: number;
  readonly kind?: 'doc' | 'license';
}

export interface RpmWish {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly summary: string;
  readonly description: string;
  /** As RPM names it. */
  readonly architecture: string;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly files: readonly RpmFile[];
}

/**
 * The spec of a package of files that are ready in `staging`. Nothing in it, and nothing that rpmbuild adds, tells where or
 * when it was built: the same files give the same bytes. They are packed with xz, which the rpm of every CentOS reads.
 */
export function rpmSpec(wish: RpmWish, staging: string): string {
  return `%global _buildhost kinit
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _build_id_links none
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _binary_payload w1.xzdio
Name: ${wish.name}
Version: ${rpmVersion(wish.version)}
Release: 1
Summary: ${escaped(wish.summary)}
License: ${wish.license}
Packager: kinit
%description
${wrapped(escaped(wish.description))}
%install
cp -a ${staging}/. %{buildroot}
%files
${[...ownFolders(wish.files), ...wish.files.map(fileLine)].join('\n')}
%changelog
* ${changelogDate(wish.epoch)} kinit <kinit@localhost> - ${rpmVersion(wish.version)}-1
- ${wish.version}
`;
}

/** A pre-release comes before its release: `1.0.0-rc.1` is 1.0.0~rc.1 to RPM, which keeps `-` for itself. */
export function rpmVersion(version: string): string {
  return version.replaceAll('-', '~');
}

/** Whether it is a symbolic link, which has no mode of its own. */
export function isLink(content: RpmFile['content']): content is { readonly linkTo: string } {
  return typeof content === 'object' && 'linkTo' in content;
}

function fileLine({ path, content, mode = 0o644, kind }: RpmFile): string {
  const attributes = isLink(content) ? '' : `%attr(0${mode.toString(8)}, root, root) `;
  return `${kind === undefined ? '' : `%${kind} `}${attributes}${path}`;
}

/** Folders of the package's own name go with it, and with all that is in them. */
function ownFolders(files: readonly RpmFile[]): readonly string[] {
  const folders = files.flatMap(({ path }) => {
    const parts = path.split('/');
    const own = parts.findIndex((part) => part === 'kinit' || part === 'kinitctl');
    return own < 0 || own === parts.length - 1
      ? []
      : parts.slice(own + 1).map((_, at) => parts.slice(0, own + 1 + at).join('/'));
  });
  return [...new Set(folders)].sort().map((folder) => `%dir %attr(0755, root, root) ${folder}`);
}

/** `%` begins a macro. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}

function wrapped(text: string): string {
  return text.replaceAll(/(.{1,78})(?: |$)/gm, '$1\n').trim();
}

function changelogDate(epoch: number): string {
  const [day, date, month, year] = new Date(epoch * 1000).toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date} ${year}`;
}
