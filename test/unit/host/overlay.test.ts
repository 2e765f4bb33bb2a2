import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/host/host.ts';
import { overlayHost } from '../../../src/host/overlay.ts';
import { FakeHost } from '../../fakes/host.ts';

const base = () => new FakeHost({ name: 'm', files: { '/d/a': 'a', '/d/sub/b': 'b', '/other': 'o' } });

async function performed(...operations: readonly Operation[]) {
  const host = overlayHost({ name: 'm', base: base() });
  await host.perform(operations);
  const look = async (...paths: string[]) => (await host.observe({ paths })).paths;
  return { host, look };
}

describe('a host that only remembers', () => {
  it('has no children of a directory that was removed, however deep', async () => {
    const { host, look } = await performed({ op: 'remove', path: '/d' });
    const seen = await look('/d', '/d/a', '/d/sub', '/d/sub/b', '/other');
    expect([...seen].map(([path, { type }]) => [path, type])).toEqual([
      ['/d', 'absent'],
      ['/d/a', 'absent'],
      ['/d/sub', 'absent'],
      ['/d/sub/b', 'absent'],
      ['/other', 'file'],
    ]);
    expect([...(await host.read(['/d/a', '/other'])).keys()]).toEqual(['/other']);
  });

  it('keeps a directory that was emptied, without what was in it', async () => {
    const { look } = await performed({ op: 'remove', path: '/d', contents: true });
    const seen = await look('/d', '/d/sub/b');
    expect(seen.get('/d')).toMatchObject({ type: 'directory', entries: [] });
    expect(seen.get('/d/sub/b')?.type).toBe('absent');
  });

  it('shows what came back into a directory that was removed, and nothing of what was there before', async () => {
    const file = { path: '/d/new', content: 'n', mode: 0o600 };
    const { host, look } = await performed(
      { op: 'remove', path: '/d' },
      { op: 'directory', path: '/d', mode: 0o755 },
      { op: 'write', file },
    );
    const seen = await look('/d', '/d/a', '/d/new');
    expect(seen.get('/d')).toMatchObject({ type: 'directory', entries: ['new'] });
    expect(seen.get('/d/a')?.type).toBe('absent');
    expect((await host.read(['/d/new'])).get('/d/new')?.toString()).toBe('n');
  });

  it('names in a directory what is really there and what would be', async () => {
    const { look } = await performed(
      { op: 'write', file: { path: '/d/c', content: 'c', mode: 0o644 } },
      { op: 'remove', path: '/d/a' },
    );
    expect([...((await look('/d')).get('/d')?.entries ?? [])].sort()).toEqual(['c', 'sub']);
  });

  it('shows a copy as what it is a copy of, without reading that, and then as it was written', async () => {
    const { host } = await performed(
      { op: 'copy', from: '/d/a', to: '/kept/1' },
      { op: 'write', file: { path: '/d/a', content: 'new', mode: 0o600 } },
    );
    const text = async (path: string) => (await host.observe({ files: [path] })).files.get(path)?.content?.toString();
    expect([await text('/kept/1'), await text('/d/a')]).toEqual(['a', 'new']);
    await host.perform([{ op: 'copy', from: '/kept/1', to: '/d/a' }]);
    expect(await text('/d/a')).toBe('a');
  });
});
