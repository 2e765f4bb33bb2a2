import { servedTable } from '../../src/release/served-table.ts';
import { servedCells } from '../../src/report/served-text.ts';
import { made, table } from './markdown.ts';

const titles = ['minor', 'newest patch', 'etcd', 'CoreDNS', 'pause', 'end of support', 'run'];

/** The page of the versions of Kubernetes that are served, and what has really run of them. */
export function versionsPage(): string {
  return `# Versions
${made('the table of versions')}
What \`kinit version --served\` tells (\`-o json\` for machines). *run*: that version came up on the lab's real hosts; *rendered
only*: its files were held against kubeadm's recorded output, its source or its release notes.
[test/lab/README.md](../../test/lab/README.md) has what each did there.

${table(titles, servedTable().map(servedCells))}
A patch newer than these is taken as the newest one, with a note at \`-v 1\`. The minor after the newest one, a pre-release for
one, is taken with \`--allow-unverified\`: a warning names the tables in which nobody has looked at it yet. For v1.37 a file has
to be written in v1beta4, as its kubeadm wants it: \`kinit config migrate\` does it.
`;
}
