import type { Change } from '../../execute/change.ts';
import type { Observed } from '../../execute/observed.ts';
import { kubeletDropIn, kubeletUnit } from '../../manifests/kubelet-unit.ts';
import { dropInFile, unitFile } from '../kubelet-files.ts';

/** What has to be seen for isOwnUnit and ownUnitRemoval, content and all. */
export const ownUnitFiles: readonly string[] = [unitFile, dropInFile];

/** Whether kinit wrote the kubelet's unit, for want of a package's. */
export function isOwnUnit(observed: Observed): boolean {
  return text(observed, unitFile) === kubeletUnit;
}

/** The kubelet's unit and drop-in gone, where they are as kinit writes them; systemd forgets them with the files. */
export function ownUnitRemoval(observed: Observed): readonly Change[] {
  const isOwnDropIn = text(observed, dropInFile) === kubeletDropIn;
  const files = [...(isOwnUnit(observed) ? [unitFile] : []), ...(isOwnDropIn ? [dropInFile] : [])];
  if (files.length === 0) return [];
  const folder = dropInFile.slice(0, dropInFile.lastIndexOf('/'));
  return [
    ...files.map((path): Change => ({ kind: 'absent', path, optional: true })),
    { kind: 'command', argv: ['sh', '-c', forgetting, 'sh', folder], optional: true },
  ];
}

const forgetting =
  'rmdir "$1" 2>/dev/null; systemctl daemon-reload && { systemctl reset-failed kubelet.service 2>/dev/null || :; }';

function text({ files }: Observed, path: string): string | undefined {
  return files.get(path)?.content?.toString('utf8');
}
