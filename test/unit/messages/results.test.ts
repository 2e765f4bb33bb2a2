import { describe, expect, it } from 'vitest';
import { KinitError } from '../../../src/errors.ts';
import { columnsOf, folded, padded } from '../../../src/messages/columns.ts';
import { chinese } from '../../../src/messages/words.ts';
import { doctorText } from '../../../src/report/doctor-text.ts';
import { outcomeTable } from '../../../src/report/outcome-table.ts';
import { plansText } from '../../../src/report/plan-text.ts';
import { upText } from '../../../src/report/up-text.ts';

const words = await chinese();
const refused = new KinitError('cannot connect to root@10.0.0.9: nothing listens on port 22', {
  host: 'w2',
  hint: 'start sshd on the host (systemctl enable --now sshd), or give its port with --ssh-port',
});

describe('a result in Chinese', () => {
  it('of up: each host in its row, the reason in full below, what to do next', () => {
    const outcomes = [
      { host: 'cp1', result: 'up', changed: [], ms: 61_000 },
      { host: 'w2', result: 'failed', changed: [], error: refused, ms: 0 },
    ];
    const result = { outcomes, unready: new Map(), strangers: [], leaving: [], server: '' } as never;
    const told = { file: 'cluster.yaml', hasNetwork: true, ms: 65_000, width: 80, words };
    expect(words.of(upText(result, told)).split('\n')).toEqual([
      '主机  结果    用时   原因',
      'cp1   已建立  1m01s',
      'w2    失败           无法连接 root@10.0.0.9：端口 22 上没有监听',
      '',
      'w2:',
      '  请在主机上启动 sshd（systemctl enable --now sshd），或用 --ssh-port 给出其端口',
      '',
      '2 台主机，1 与文件不一致，用时 1m05s。 已完成的部分会保留：同一命令会从这里继续。',
      '',
      '要从这里使用该集群：kinit kubeconfig fetch --config cluster.yaml --merge',
      '',
    ]);
  });

  it('of doctor: cause, what was seen, what mends it, each with its code', () => {
    const finding = {
      name: 'KubeletStopped',
      severity: 'error',
      message: 'the kubelet does not run',
      evidence: 'kubelet.service is inactive (dead)',
      mend: 'systemctl enable --now kubelet',
      fix: [],
    } as const;
    expect(words.of(doctorText([{ name: 'w1', host: undefined, findings: [finding] }] as never)).split('\n')).toEqual([
      'w1',
      '  错误 KubeletStopped：kubelet 没有运行 [KINIT-5012]',
      '    所见：      kubelet.service 处于 inactive（dead）',
      '    处理办法：systemctl enable --now kubelet     （或 kinit doctor --fix）',
      '',
      '1 台主机上有 1 个错误；kinit doctor --fix 可修复其中 1 个',
      '',
    ]);
  });

  it('leaves a plan’s steps and files as they are, and counts them', () => {
    const text = '# w1\n~ [hosts-file] /etc/hosts\n    -no answer\n    +is missing\n     is required\n\n';
    expect(words.of(text)).toBe(text);
    expect(words.of(plansText([]))).toBe('无事可做：一切已与文件一致。\n');
  });

  it('keeps the columns of a table, and cuts no character in two', () => {
    const table = words.of(outcomeTable(['RESULT'], [{ host: 'w2', cells: ['failed'], error: refused }], 40, words));
    const [head = '', row = ''] = table.split('\n');
    expect(columnsOf(head.slice(0, head.indexOf('原因')))).toBe(columnsOf(row.slice(0, row.indexOf('无法'))));
    expect(row).toMatch(/…$/);
    expect(columnsOf(row)).toBeLessThanOrEqual(40);
  });
});

describe('columns', () => {
  it('are two for a wide character', () => {
    expect(columnsOf('节点 w1')).toBe(7);
    expect(padded('节点', 6)).toBe('节点  ');
  });

  it('fold between Chinese characters, at blanks of other words, and never before a mark', () => {
    expect(folded('证书已过期，请续期', 12)).toEqual(['证书已过期，', '请续期']);
    expect(folded('run kinit certs renew', 9)).toEqual(['run kinit', 'certs', 'renew']);
    expect(folded('a-very-long-word b', 4)).toEqual(['a-very-long-word', 'b']);
  });
});
