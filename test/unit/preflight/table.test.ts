import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/messages/columns.ts';
import { failure, type Problem, warning } from '../../../src/preflight/problem.ts';
import type { PreflightOutcome } from '../../../src/preflight/report.ts';
import { preflightTable } from '../../../src/preflight/table.ts';

const host = (name: string, ...problems: readonly Problem[]): PreflightOutcome => ({
  host: name,
  result: {
    errors: problems.filter(({ severity }) => severity === 'error'),
    warnings: problems.filter(({ severity }) => severity === 'warning'),
  },
});
const cpus = failure('NumCPU', 'the number of available CPUs 1 is less than the required 2', {
  mend: 'give it 2 CPUs',
});
const clock = warning('TimeSync', 'chronyd is not synchronised', { mend: 'chronyc sources' });
const socket = '/var/run/containerd/containerd.sock is no socket';
const runtime = warning('CRI', 'container runtime is not running', {
  evidence: socket,
  mend: 'start it',
  prepared: true,
});
const name = (of: string) => warning('Hostname', `hostname "${of}" could not be reached`, { prepared: true });

describe('what stands in the way of many hosts', () => {
  it('is a table: errors, warnings, then what prepare mends, once for all hosts that have it', () => {
    const table = preflightTable([host('cp1', runtime, clock), host('w1', clock, cpus, runtime), host('w2', clock)]);
    expect(table.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['HOST', 'CHECK', 'CODE', 'EVIDENCE', 'MEND'],
      ['w1', 'ERROR NumCPU', 'KINIT-4002', 'the number of available CPUs 1 is less than the', 'give it 2 CPUs'],
      ['', 'required 2'],
      ['all', 'warning TimeSync', 'KINIT-4032', 'chronyd is not synchronised', 'chronyc sources'],
      ['cp1, w1', 'warning CRI', 'KINIT-4010', 'container runtime is not running', 'kinit prepare does it'],
      ['', '(/var/run/containerd/containerd.sock is no'],
      ['', 'socket)'],
      [''],
      ['3 hosts: 1 error on 1 host, 2 warnings; 1 of them mended by kinit prepare, a part of kinit up'],
    ]);
  });

  it.each([50, 80])('is a list that fits where the terminal has %i columns', (width) => {
    const [table = ''] = preflightTable([host('cp1', runtime), host('w1', cpus)], width).split('\n\n');
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(table).toMatch(
      /^ERROR NumCPU \(w1\) KINIT-4002\n {2}the number .*\n( {2}.*\n)? {2}to mend it: give it 2 CPUs\nkinit prepare does it:\nwarning CRI \(cp1\) KINIT-4010/,
    );
  });

  it('is one row for what prepare mends, however each host has it', () => {
    const hosts = Array.from({ length: 50 }, (_, index) => host(`w${index}`, name(`w${index}`)));
    const table = preflightTable(hosts, 140);
    expect(table).toContain('hostname "w0" could not be reached, and 49 more like it');
    expect(table.split('\n')).toHaveLength(4);
  });

  it('names a host once that has a problem several times', () => {
    const dead = (of: string) => warning('DeadRepository', `repository ${of} is dead`, { prepared: true });
    expect(preflightTable([host('w1', dead('base'), dead('extras'))])).toMatch(/^w1 {4}warning DeadRepository/m);
  });

  it('is as many rows as there are differences for what has to be mended by hand', () => {
    const full = (disk: string) => warning('Disk', `${disk} is full`);
    expect(preflightTable([host('w1', full('/')), host('w2', full('/var'))]).split('\n')).toHaveLength(5);
  });

  it('is in Chinese, whose characters take two columns', async () => {
    const { catalogOf, catalogParts } = await import('../../../src/messages/catalog.ts');
    const { chineseWith } = await import('../../../src/messages/words.ts');
    const words = chineseWith(await catalogOf(catalogParts));
    const missing = failure('FileExisting-tc', 'tc not found in system path', { prepared: true });
    expect(preflightTable([host('w1', cpus, missing)], 120, words).split('\n')).toEqual([
      '主机  检查项                代码        所见                        处理办法',
      'w1    错误 NumCPU           KINIT-4002  可用 CPU 数 1 少于所需的 2  give it 2 CPUs',
      'w1    错误 FileExisting-tc  KINIT-4015  系统路径中找不到 tc         kinit prepare 会处理',
      '',
      expect.stringContaining('1 台主机'),
    ]);
    for (const width of [50, 80])
      for (const line of preflightTable([host('w1', cpus, missing)], width, words)
        .split('\n\n')[0]
        ?.split('\n') ?? [])
        expect(columnsOf(line)).toBeLessThanOrEqual(width);
  });

  it('is a sentence where there is nothing', () => {
    expect(preflightTable([host('w1')])).toBe('1 host: nothing stands in the way');
  });
});
