import { slots } from '../host/slots.ts';
import { type Upload, uploadFiles } from '../host/upload.ts';
import type { Decided } from './decided.ts';
import type { Target } from './target.ts';

/** Brings files to the host when it is its turn, and tells how far it is. Throws KinitError. */
export async function performUploads(batch: readonly Decided[], target: Target): Promise<void> {
  if (target.rehearsal) return;
  const { host, reporter, signal, uploads = slots(1) } = target;
  const files = batch.flatMap(({ change }): Upload[] => (change.kind === 'upload' ? [change] : []));
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
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}
