import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { completedProgram } from '../../src/commands/completion.ts';
import type { Io } from '../../src/commands/io.ts';
import { commandTable } from '../../src/commands/table.ts';
import { bashCompletion } from '../../src/completion/bash.ts';
import { fishCompletion } from '../../src/completion/fish.ts';
import { zshCompletion } from '../../src/completion/zsh.ts';
import { manPages } from './man.ts';
import { type Released, root } from './released.ts';
import type { RpmFile } from './rpm-spec.ts';

/** The name of the RPM, and of all that it puts into folders of others: /usr/bin/kinit may be MIT Kerberos'. */
const rpmName = 'kinitctl';

export const rpmWords = { name: rpmName, summary: 'Bring up Kubernetes clusters, on this machine or over SSH' };

/** Licences of what is in the executable. */
export interface Licenses {
  readonly libraries: string;
  readonly node: string;
}

/** What the RPM installs. */
export async function rpmFiles(
  executable: string,
  licenses: Licenses,
  released: Released,
): Promise<readonly RpmFile[]> {
  return [
    { path: '/usr/libexec/kinit/kinit', content: { copyOf: executable }, mode: 0o755 },
    { path: `/usr/bin/${rpmName}`, content: { linkTo: '../libexec/kinit/kinit' } },
    ...(await completions()),
    ...(await manual(released)),
    ...packageFiles('LICENSE').map((file) => ({
      ...file,
      path: `/usr/share/licenses/kinitctl/${file.path}`,
      kind: 'license' as const,
    })),
    { path: `/usr/share/licenses/${rpmName}/LICENSES-libraries.txt`, content: licenses.libraries, kind: 'license' },
    { path: `/usr/share/licenses/${rpmName}/LICENSE-node`, content: licenses.node, kind: 'license' },
    ...packageFiles('README.md', 'README.zh-CN.md', 'docs', 'examples').map((file) => ({
      ...file,
      path: `/usr/share/doc/${rpmName}/${file.path}`,
      kind: 'doc' as const,
    })),
  ];
}

/** A command that is only described asks for nothing. */
const io = {} as Io;

async function completions(): Promise<readonly RpmFile[]> {
  const program = { ...(await completedProgram(io)), name: rpmName };
  return [
    { path: `/usr/share/bash-completion/completions/${rpmName}`, content: bashCompletion(program, [rpmName]) },
    { path: `/usr/share/zsh/site-functions/_${rpmName}`, content: zshCompletion(program, [rpmName]) },
    { path: `/usr/share/fish/vendor_completions.d/${rpmName}.fish`, content: fishCompletion(program, [rpmName]) },
  ];
}

async function manual({ version, description, epoch }: Released): Promise<readonly RpmFile[]> {
  const commands = await Promise.all(
    commandTable.map(async ({ summary, load }) => ({ summary, command: (await load())(io, () => undefined) })),
  );
  const edition = { version, date: new Date(epoch * 1000).toISOString().slice(0, 10) };
  return [...manPages(rpmName, description, commands, edition)].map(([name, text]) => ({
    path: `/usr/share/man/man1/${name}.1.gz`,
    content: gzipSync(text, { level: 9 }),
  }));
}

function packageFiles(...paths: readonly string[]): readonly { readonly path: string; readonly content: string }[] {
  return paths.flatMap((path) =>
    path.includes('.') || path === 'LICENSE'
      ? [{ path, content: readFileSync(join(root, path), 'utf8') }]
      : packageFiles(
          ...readdirSync(join(root, path))
            .sort()
            .map((name) => `${path}/${name}`),
        ),
  );
}
