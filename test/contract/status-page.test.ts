import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chinese } from '../../src/messages/words.ts';
import { statusHtml } from '../../src/report/status-html.ts';
import { clusterOfThree, day } from '../cluster-status.ts';

// $KINIT_CHROMIUM is the program; Debian's is /usr/bin/chromium.
const chromium = process.env['KINIT_CHROMIUM'] ?? '';
const run = promisify(execFile);
let folder: string;

/** What the browser gives of the page, and what it complained of while it made it. */
async function opened(page: string, ...flags: readonly string[]): Promise<{ out: string; complaints: string[] }> {
  const file = join(folder, 'status.html');
  await writeFile(file, page);
  const own = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    `--user-data-dir=${folder}/profile`,
    '--enable-logging=stderr',
  ];
  const { stdout, stderr } = await run(chromium, [...own, ...flags, `file://${file}`], { maxBuffer: 1 << 26 });
  return { out: stdout, complaints: stderr.split('\n').filter((line) => line.includes(':CONSOLE')) };
}

describe('the page of `status -o html` in Chromium', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinit-page-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const page = statusHtml(clusterOfThree, day(0), true);

  it('is read as it was written, and nothing of it is refused', async () => {
    const { out, complaints } = await opened(page, '--dump-dom');
    expect(complaints).toEqual([]);
    const count = (text: string, element: string) => text.match(new RegExp(`<${element}[ >]`, 'g'))?.length;
    for (const element of ['section', 'table', 'tr', 'td', 'th', 'svg', 'rect'])
      expect([element, count(out, element)]).toEqual([element, count(page, element)]);
  });

  it('complains of a script, if one came in', async () => {
    const { complaints } = await opened(page.replace('</body>', '<script>1</script></body>'), '--dump-dom');
    expect(complaints.join()).toContain('Content Security Policy');
  });

  it('prints, in Chinese too', async () => {
    const pdf = join(folder, 'status.pdf');
    for (const text of [page, statusHtml(clusterOfThree, day(0), true, await chinese())]) {
      await opened(text, `--print-to-pdf=${pdf}`);
      const printed = await readFile(pdf, 'latin1');
      expect(printed.slice(0, 5)).toBe('%PDF-');
      const pages = printed.match(/\/Type \/Page\b/g)?.length ?? 0;
      expect([pages > 0, pages < 4]).toEqual([true, true]);
      await rm(pdf);
    }
  });
});
