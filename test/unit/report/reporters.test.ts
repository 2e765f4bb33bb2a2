import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { loggedReporter } from '../../../src/report/log-file.ts';
import { ndjsonReporter } from '../../../src/report/ndjson.ts';
import { openReporter } from '../../../src/report/open.ts';
import { plainReporter } from '../../../src/report/plain.ts';
import { type ReportEvent, type Reporter, silentReporter } from '../../../src/report/reporter.ts';

const now = () => Date.UTC(2026, 0, 1);

const story: readonly ReportEvent[] = [
  { type: 'line', host: 'w1', text: '[init] Using Kubernetes version: v1.20.2' },
  { type: 'phase', host: 'w1', phase: 'certs', title: 'Certificates', state: 'start' },
  { type: 'line', host: 'w1', phase: 'certs', text: '[certs] Generating "ca" certificate and key\n[certs] and more' },
  { type: 'warning', host: 'w1', text: 'the clock is off' },
  { type: 'warning', host: 'w1', text: '\t[WARNING Swap]: swap is on' },
  { type: 'waiting', host: 'w1', what: 'a healthy kubelet', deadline: 240 },
  { type: 'phase', host: 'w1', phase: 'certs', title: 'Certificates', state: 'done', ms: 1200, changes: 3 },
  { type: 'host', host: 'w1', state: 'done', reason: 'node w1 joined' },
  { type: 'host', host: 'w2', state: 'failed', reason: 'connection refused' },
];

function sink() {
  const said = { text: '' };
  const stream = new Writable({
    write(chunk, _, done) {
      said.text += String(chunk);
      done();
    },
  });
  return { stream, said };
}

async function told(reporter: Reporter, events = story) {
  for (const event of events) reporter.report(event);
  await reporter.end();
}

describe('a story outside a terminal', () => {
  it('is told in kubeadm’s lines', async () => {
    const { stream, said } = sink();
    await told(plainReporter(stream));
    expect(said.text.split('\n')).toEqual([
      '[init] Using Kubernetes version: v1.20.2',
      '[certs] Generating "ca" certificate and key',
      '[certs] and more',
      '\t[WARNING] the clock is off',
      '\t[WARNING Swap]: swap is on',
      'failed: connection refused',
      '',
    ]);
  });

  it('names the host in every line where there are many', async () => {
    const { stream, said } = sink();
    await told(plainReporter(stream, { manyHosts: true }));
    const lines = said.text.trimEnd().split('\n');
    expect(lines.every((line) => /^w[12]: /.test(line))).toBe(true);
    expect(lines.at(-1)).toBe('w2: failed: connection refused');
    expect(lines).toContain('w1: waiting for a healthy kubelet');
  });

  it('is one JSON document a line with its time where that is asked for', async () => {
    const { stream, said } = sink();
    await told(ndjsonReporter(stream, now));
    const lines = said.text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
      story.map((event) => ({ time: '2026-01-01T00:00:00.000Z', ...event })),
    );
  });

  it('goes into the log with its time, whole, and on to whoever else listens', async () => {
    const log: string[] = [];
    const heard: ReportEvent[] = [];
    await told(
      loggedReporter({ ...silentReporter, report: (event) => heard.push(event) }, (line) => log.push(line), now),
    );
    expect(heard).toEqual(story);
    expect(log).toEqual(story.map((event) => `2026-01-01T00:00:00.000Z ${JSON.stringify(event)}\n`));
  });

  it('goes on where the log cannot: a full disk ends the log, with a warning, and not the work', async () => {
    const heard: ReportEvent[] = [];
    let lines = 0;
    const append = () => {
      lines += 1;
      if (lines === 2) throw new Error('ENOSPC: no space left on device, write');
    };
    await told(loggedReporter({ ...silentReporter, report: (event) => heard.push(event) }, append, now));
    const [first, warning, ...rest] = heard;
    expect([first, ...rest]).toEqual(story);
    expect(warning).toMatchObject({ type: 'warning', text: expect.stringContaining('ends here: ENOSPC') });
    expect(lines).toBe(2);
  });
});

describe('who tells the story', () => {
  const options = (stderr: Writable, more: object = {}) => ({
    stdout: new PassThrough(),
    stderr,
    terminal: stderr,
    env: {},
    now,
    ...more,
  });

  it.each([
    ['into a pipe', {}, {}],
    ['on a terminal of a CI', { isTTY: true }, { env: { CI: 'true' } }],
    ['on a dumb terminal', { isTTY: true }, { env: { TERM: 'dumb' } }],
  ])('is the plain reporter %s', async (_, of, more) => {
    const { stream, said } = sink();
    await told(await openReporter(options(Object.assign(stream, of), more)));
    expect(said.text).toContain('[certs] Generating "ca" certificate and key\n');
    expect(said.text).not.toContain('\u001b');
  });

  it('is JSON on stdout, with nothing on stderr, where that is asked for', async () => {
    const [out, err] = [sink(), sink()];
    await told(await openReporter({ ...options(err.stream), stdout: out.stream, json: true }));
    expect(err.said.text).toBe('');
    expect(out.said.text.split('\n')).toHaveLength(story.length + 1);
  });

  it.each([
    ['for one host, a line per phase', {}, ['Certificates 1.2s']],
    ['for many hosts, a count of them', { manyHosts: true }, ['2 hosts: 1 done, 1 failed', 'the clock is off (w1)']],
  ])('is a live view on a terminal: %s', async (_, more, expected) => {
    const { stream, said } = sink();
    const terminal = Object.assign(stream, { isTTY: true, columns: 80, rows: 24 });
    await told(await openReporter(options(terminal, more)));
    for (const text of expected) expect(said.text).toContain(text);
  });

  it.each([
    ['failed', '✖'],
    ['done', '✔'],
  ] as const)('is a live view that ends once, where a host is %s with %s', async (state, mark) => {
    const { stream, said } = sink();
    const terminal = Object.assign(stream, { isTTY: true, columns: 80, rows: 24 });
    const reporter = await openReporter(options(terminal, { manyHosts: true }));
    await told(reporter, [{ type: 'host', host: 'w1', state }]);
    const once = said.text;
    await reporter.end();
    expect(said.text).toBe(once);
    expect(said.text).toContain(`${mark}`);
    expect(said.text).toContain(`1 host: 1 ${state}`);
  });
});
