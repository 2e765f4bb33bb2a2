import { describe, expect, test } from 'vitest';
import { nothingObserved } from '../../../src/execute/observed.ts';
import { kubeletDropIn, kubeletUnit } from '../../../src/manifests/kubelet-unit.ts';
import { dropInFile, kubeletFileChanges, unitFile } from '../../../src/phases/kubelet-files.ts';

const files = { configuration: {}, instance: undefined, flags: [] };
const file = { type: 'file', mode: 0o644, owner: 'root:root', modified: 1 } as const;

const written = (there: Readonly<Record<string, string>>, packaged: readonly string[] = []) => {
  const observed = {
    ...nothingObserved,
    files: new Map(Object.entries(there).map(([path, content]) => [path, { ...file, content: Buffer.from(content) }])),
    paths: new Map(packaged.map((path) => [path, file])),
  };
  const changes = kubeletFileChanges(files, observed);
  return changes
    .flatMap((change) => (change.kind === 'file' ? [change.path] : []))
    .filter((path) => path.includes('systemd'));
};

describe('the unit of the kubelet and its drop-in', () => {
  test('are written where there are none', () => {
    expect(written({})).toEqual([unitFile, dropInFile]);
  });

  test('are what they have to be where an earlier run wrote them', () => {
    expect(written({ [unitFile]: kubeletUnit, [dropInFile]: kubeletDropIn })).toEqual([unitFile, dropInFile]);
  });

  test('stay as they are where somebody else wrote them: a reset would take away what it takes for kinit’s', () => {
    expect(written({ [unitFile]: '[Service]\n', [dropInFile]: '[Service]\nExecStart=\n' })).toEqual([]);
    expect(written({ [dropInFile]: '' })).toEqual([unitFile]);
  });

  test('are the package’s where it brought them', () => {
    const folder = '/usr/lib/systemd/system/kubelet.service';
    expect(written({}, [folder, `${folder}.d/10-kubeadm.conf`])).toEqual([]);
  });
});
