import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/execute/change.ts';
import { chinese } from '../../../src/messages/words.ts';
import type { HostPlan } from '../../../src/report/plan-entry.ts';
import { markdownBlock, plansMarkdown } from '../../../src/report/plan-markdown.ts';
import { Secret } from '../../../src/secret.ts';

const plan = (host: string, ...changes: readonly Change[]): HostPlan => ({
  host,
  changes: changes.map((change) => ({ phase: 'kernel', change })),
});
const file = (path: string, content: string | Secret): Change => ({ kind: 'file', path, content, mode: 0o644 });

describe('a plan in Markdown', () => {
  it('is a table of the hosts and, folded, what would be done to each', () => {
    const text = plansMarkdown(
      [plan('m1', file('/etc/a', 'one\n'), { kind: 'absent', path: '/etc/b' }), plan('w1')],
      ['Assumed: nothing.'],
    );
    expect(text).toBe(`### kinit: 2 changes on 1 of 2 hosts

| host | create | change | delete | run |
| --- | ---: | ---: | ---: | ---: |
| \`m1\` | 1 |  | 1 |  |

<details>
<summary><code>m1</code>: 2 changes</summary>

- **create** \`/etc/a (0644)\` (\`kernel\`)

  \`\`\`diff
  --- /dev/null
  +++ b/etc/a
  @@ -0,0 +1,1 @@
  +one
  \`\`\`

- **delete** \`/etc/b\` (\`kernel\`)

</details>

\`\`\`text
Assumed: nothing.
\`\`\`
`);
  });

  it('says so where nothing is to do', () => {
    expect(plansMarkdown([plan('m1')], [])).toBe('### kinit: nothing to do, everything is as the file says\n');
  });

  it('is in the language of who reads it, but for the plan itself', async () => {
    const words = await chinese();
    expect(plansMarkdown([plan('m1')], [], words)).toBe('### kinit: 无事可做，一切已与文件一致\n');
    const text = plansMarkdown([plan('m1', { kind: 'absent', path: '/etc/b' }), plan('w1')], [], words);
    expect(text).toBe(`### kinit: 2 台主机中的 1 台上有 1 处改动

| 主机 | 新建 | 修改 | 删除 | 运行 |
| --- | ---: | ---: | ---: | ---: |
| \`m1\` |  |  | 1 |  |

<details>
<summary><code>m1</code>: 1 处改动</summary>

- **删除** \`/etc/b\` (\`kernel\`)

</details>
`);
  });

  it('ends no block early, and makes no markup of what is in files, paths and names', () => {
    const text = plansMarkdown(
      [plan('m1|`x`<b>@all', file('/etc/a`b``c|<img>', 'a\n````\n</details>\n# title\n'))],
      ['</details> ``` @everybody'],
    );
    expect(text).toContain('| ``m1\\|`x`<b>@all`` | 1 |');
    expect(text).toContain('<summary><code>m1&#124;&#96;x&#96;&#60;b&#62;&#64;all</code>: 1 change</summary>');
    expect(text).toContain('- **create** ```/etc/a`b``c|<img> (0644)```');
    expect(text).toMatch(/^ {2}`{5}diff\n(?: {2}.*\n)* {2}`{5}$/m);
    expect(text.match(/^<\/details>$/gm)).toHaveLength(1);
    expect(text).toContain('````text\n</details> ``` @everybody\n````\n');
  });

  it('names what is secret and shows nothing of it', () => {
    const text = plansMarkdown([plan('m1', file('/etc/key', new Secret('very secret indeed')))], []);
    expect(text).toContain('`/etc/key (0644, secret)`');
    expect(text).not.toContain('very secret');
  });

  it('has what is no list of changes as it is', () => {
    expect(markdownBlock('way:\n  ```\n')).toBe('````text\nway:\n  ```\n````\n');
  });
});
