import { quote } from '../../host/shell/quote.ts';
import { slots } from '../../host/slots.ts';
import { type Upload, uploadFiles } from '../../host/upload.ts';
import type { Change, UploadChange } from '../change.ts';
import type { Target } from '../target.ts';
import { type Kind, type Member, told, unseen } from './kind.ts';
import { octal } from './script-lines.ts';
import { pathOf } from './seen-path.ts';

/** A large file, piece by piece. */
export const upload: Kind<UploadChange> = {
  before: unseen.before,
  holds: ({ path }, observed) => pathOf(path, observed)?.type === 'file',
  performed: { by: 'batch', batch: () => 'upload', perform: together },
  rehearsed: told,
  words: ({ path, source }) => `uploading ${path} (${mebibytes(source.size)} MiB)`,
  entries: ({ path, mode, source }) => [
    { action: 'create', what: `${path} (${octal(mode)}, ${mebibytes(source.size)} MiB)` },
  ],
  script: ({ path, mode }) => [`install -D -m ${octal(mode)} "$BUNDLE"${quote(path)} ${quote(path)}`],
  // It lies in a folder of kinit's own, which reset takes away whole.
  undo: () => [],
};

/** Brings files to the host when it is its turn, and tells how far it is. Throws KinitError. */
async function together(batch: readonly Member[], target: Target): Promise<ReadonlySet<Member>> {
  const { host, reporter, signal, uploads = slots(1) } = target;
  const changes = batch.map(({ change }) => change as Change);
  const files = changes.flatMap((change): Upload[] => (change.kind === 'upload' ? [change] : []));
  const phase = batch[0]?.phase ?? '';
  let told = -1;
  const progress = (done: number, total: number): void => {
    const quarter = Math.floor((done / Math.max(total, 1)) * 4);
    if (quarter <= told) return;
    told = quarter;
    const text = `[${phase}] Uploaded ${mebibytes(done)} of ${mebibytes(total)} MiB`;
    reporter.report({ type: 'line', host: host.name, phase, text });
  };
  await uploads(() => uploadFiles(host, files, { signal, progress }));
  return new Set();
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}
