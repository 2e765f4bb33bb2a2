import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { kinit } from '../../command-line.ts';

let folder: string;
let event: z.ZodType;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kinit-events-'));
  event = z.fromJSONSchema(JSON.parse((await kinit(['config', 'schema', 'events'])).out));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a command line prints on stdout, line by line, each as the schema has it. */
async function told(line: string, more: Parameters<typeof kinit>[1] = {}) {
  const { code, out, err } = await kinit([...line.split(' '), '-o', 'json'], {
    cwd: folder,
    env: { HOME: folder },
    ...more,
  });
  const events = out
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text) as { readonly type: string });
  for (const one of events) expect(event.safeParse(one), JSON.stringify(one)).toMatchObject({ success: true });
  return { code, out, err, events, last: events.at(-1) };
}

async function refusingPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a run with -o json ends with one result, and tells why it failed as on stderr', () => {
  it.each([
    ['an unknown flag', 'init --pod-network-cird 10.0.0.0/16', /^unknown option '--pod-network-cird'/],
    ['a file that is not named', 'up', /^--config: name the file with the Inventory/],
    ['a wrong value', 'init --kubernetes-version v1.31.0 --token-ttl 1day', /^--token-ttl: "1day" is not a duration/],
    ['a file that is not there', 'down --config nowhere.yaml', /^--config nowhere\.yaml: no such file/],
    ['a configuration for reset that is not there', 'reset --config nowhere.yaml', /nowhere\.yaml: no such file/],
    ['a join that says not where to', 'join', /./],
    ['a bundle that is not there', 'bundle load nowhere.bundle', /nowhere\.bundle/],
    ['no file to prepare by', 'prepare --config nowhere.yaml', /nowhere\.yaml/],
    ['no file for a node', 'node remove w1 --config nowhere.yaml', /nowhere\.yaml/],
    ['a phase with a wrong value', 'init phase certs ca --kubernetes-version v1.17.0', /v1\.17\.0 is not served/],
  ])('%s', async (_, line, error) => {
    const { code, events, last, err } = await told(line);
    expect(last).toMatchObject({ type: 'result', code, error: expect.stringMatching(error) });
    expect(events.filter(({ type }) => type === 'result')).toHaveLength(1);
    expect(code).toBeGreaterThan(0);
    expect(err).toMatch(/^error: /);
  });

  it('says what to do where there is something to do', async () => {
    const { last } = await told('init --kubernetes-version v1.17.0');
    expect(last).toMatchObject({ code: 3, hint: expect.stringContaining('v1.18') });
  });

  it('shows no secret', async () => {
    const { out } = await told('init --kubernetes-version v1.31.0 --node-name abcdef.0123456789abcdef_');
    expect(out).toContain('<redacted>');
    expect(out).not.toContain('0123456789abcdef');
  });

  it('tells of hosts that cannot be reached, each with its reason', async () => {
    const host = `root@127.0.0.1:${await refusingPort()}`;
    const { code, last } = await told(`unlock --host ${host}`);
    expect(last).toMatchObject({ type: 'result', code, hosts: [{ result: 'failed', reason: expect.any(String) }] });
    expect(code).toBeGreaterThan(0);
  });

  it('tells of Ctrl-C', async () => {
    const interrupt = new AbortController();
    const silent = createServer(() => interrupt.abort());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const trust = '--token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification';
    const { last } = await told(`join 127.0.0.1:${port} ${trust}`, { signal: interrupt.signal });
    silent.close();
    expect(last).toMatchObject({
      type: 'result',
      code: 130,
      error: 'interrupted',
      hint: expect.stringContaining('again'),
    });
  });
});

describe('a run with -o json that succeeds', () => {
  it('ends with its result and exit code 0', async () => {
    await writeFile(
      join(folder, 'ec.yaml'),
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.0\nencryptionAlgorithm: ECDSA-P256\n',
    );
    const { code, events, last } = await told('init --config ec.yaml --output-dir out');
    expect({ code, last }).toMatchObject({ code: 0, last: { type: 'result', code: 0 } });
    expect(events.filter(({ type }) => type === 'phase').length).toBeGreaterThan(5);
  });

  it('has no event in its help', async () => {
    const { code, out } = await kinit(['init', '-o', 'json', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/^Usage: /);
    expect(out).not.toContain('"type"');
  });
});
