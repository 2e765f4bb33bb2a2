import { describe, expect, it } from 'vitest';
import { catalogOf, catalogParts, catalogWith } from '../../../src/messages/catalog.ts';
import { parsePo } from '../../../src/messages/po.ts';
import { readerBy } from '../../../src/messages/reading.ts';
import { chineseWith } from '../../../src/messages/words.ts';

const small = catalogWith([
  { code: 'KINIT-1', english: 'no answer', chinese: '没有应答' },
  { code: 'KINIT-2', english: 'cannot connect to {host}: {why}', chinese: '无法连接 {host}：{why}' },
  {
    code: 'KINIT-3',
    english: 'the kubelet of {node} is {version}{more}',
    chinese: '{node} 的 kubelet 是 {version}{more}',
  },
  { code: 'KINIT-4', english: ', begun anew {n} times', chinese: '，已重启 {n} 次' },
  { code: 'KINIT-5', english: '{path} is missing', chinese: '缺少 {path}' },
  { code: 'KINIT-6', english: 'is missing', chinese: '缺失' },
  { code: 'KINIT-8', english: '{x} is not {what}', chinese: '{x} 不是{what}' },
  { code: 'KINIT-9', english: 'control plane of {join}', chinese: '{join} 的控制平面' },
  { code: 'KINIT-10', english: 'kubelet of {join}', chinese: '{join} 的 kubelet' },
  { code: 'KINIT-7', english: '{n} hosts in {ms}.{next}', chinese: '{n} 台主机，用时 {ms}。{next}' },
]);

describe('a text that was made of messages', () => {
  const read = readerBy(small);

  it.each([
    ['no answer', '没有应答'],
    ['cannot connect to root@cp1: no answer', '无法连接 root@cp1：没有应答'],
    ['the kubelet of w1 is v1.20.2', 'w1 的 kubelet 是 v1.20.2'],
    ['the kubelet of w1 is v1.20.2, begun anew 7 times', 'w1 的 kubelet 是 v1.20.2，已重启 7 次'],
    ['/etc/ca.crt is missing; no answer', '缺少 /etc/ca.crt；没有应答'],
    ['a.yaml:3 kind: is missing', 'a.yaml:3 kind: 缺失'],
    ['  no answer ', '  没有应答 '],
    ['3 hosts in 59.6s.', '3 台主机，用时 59.6s。'],
    ['control plane of m1; kubelet of m1, n1', 'm1 的控制平面；m1, n1 的 kubelet'],
    ['spec.items is not no answer', 'spec.items 不是没有应答'],
  ])('%s', (english, chinese) => {
    expect(read(english).said).toBe(chinese);
  });

  it('stays where only its form is that of a short one', () => {
    expect(read('CSINode is not yet initialized').said).toBe('CSINode is not yet initialized');
  });

  it('stays where it is none', () => {
    expect(read('dnf: nothing provides kubelet')).toMatchObject({
      said: 'dnf: nothing provides kubelet',
      code: undefined,
    });
  });

  it('has the code of its message', () => {
    expect(read('cannot connect to root@cp1: no answer').code).toBe('KINIT-2');
  });
});

describe('what is told in Chinese', () => {
  it('leaves kubeadm’s lines and those of machines as they are', () => {
    const { of } = chineseWith(small);
    for (const line of ['[init] no answer', 'w1: [kubelet-start] no answer', '  | no answer', '| no answer'])
      expect(of(line)).toBe(line);
  });

  it('has kubeadm’s problem, and what it says below it', async () => {
    const { of } = chineseWith(await catalogOf(catalogParts));
    expect(of('\t[ERROR FileExisting-conntrack]: conntrack not found in system path')).toBe(
      '\t[ERROR FileExisting-conntrack]: conntrack not found in system path\n\t\t系统路径中找不到 conntrack',
    );
  });

  it('knows whole reports', async () => {
    const { of } = chineseWith(await catalogOf(catalogParts));
    expect(of('2 errors, 1 warning on 2 hosts; kinit doctor --fix mends 1')).toBe(
      '2 台主机上有 2 个错误，1 个警告；kinit doctor --fix 可修复其中 1 个',
    );
    expect(of('error: cannot connect to root@10.0.0.1: timed out')).toBe('错误：无法连接 root@10.0.0.1：超时');
  });
});

describe('what a kubelet tells', () => {
  it.each([
    'CSINode is not yet initialized',
    '[container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized, CSINode is not yet initialized]',
    'Kubelet stopped posting node status.',
    'Network plugin returns error: cni plugin not initialized, CSINode is not yet initialized',
  ])('stays in its own words: %s', async (told) => {
    const { of } = chineseWith(await catalogOf(catalogParts));
    expect(of(told)).toBe(told);
    expect(of(`w1  NotReady  v1.31.0  ${told}`)).toBe(`w1  未就绪    v1.31.0  ${told}`);
  });
});

describe('a catalog', () => {
  it('is a PO file', () => {
    const text =
      '# a remark\n\nmsgctxt "KINIT-1"\nmsgid "say \\"no\\""\nmsgstr "说“不”"\n\nmsgctxt "KINIT-2"\nmsgid "yes"\nmsgstr "是"\n';
    expect(parsePo(text)).toEqual([
      { code: 'KINIT-1', english: 'say "no"', chinese: '说“不”' },
      { code: 'KINIT-2', english: 'yes', chinese: '是' },
    ]);
    expect(() => parsePo('msgid no quotes')).toThrow(RangeError);
  });
});
