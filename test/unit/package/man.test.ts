import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { manPages } from '../../../scripts/package/man.ts';

const token = new Command('token')
  .description('Bootstrap tokens')
  .addCommand(
    new Command('create')
      .description('Create a token')
      .addArgument(new Argument('[token]', 'the token itself'))
      .addOption(new Option('--ttl <duration>', 'how long it lasts').default('24h'))
      .addOption(new Option('--secret').hideHelp()),
  )
  .addCommand(new Command('help').description('Show help'));

const pages = manPages('kinitctl', 'Bring up Kubernetes', [{ summary: 'Create tokens', command: token }], {
  version: '1.2.3',
  date: '2026-11-30',
});
const page = pages.get('kinitctl-token') ?? '';

describe('the manual', () => {
  it('has a page for the program, which leads to one for each command', () => {
    expect([...pages.keys()]).toEqual(['kinitctl', 'kinitctl-token']);
    expect(pages.get('kinitctl')).toContain('.TP\n\\fBkinitctl token\\fR\nCreate tokens; see kinitctl\\-token(1)\n');
  });

  it('names version and date of the release, and nothing of the day when it is made', () => {
    expect(page).toContain('.TH "KINITCTL\\-TOKEN" 1 "2026-11-30" "kinit 1.2.3" "kinit"\n');
  });

  it('has what whatis and apropos read', () => {
    expect(page).toContain('.SH NAME\nkinitctl\\-token \\- Create tokens\n');
  });

  it('tells of every command below, its arguments and flags with their defaults', () => {
    expect(page).toContain('.SH "KINITCTL TOKEN CREATE"\n\\fBkinitctl token create\\fR [options] [token]\n');
    expect(page).toContain('.TP\n\\fItoken\\fR\nthe token itself\n');
    expect(page).toContain('.TP\n\\fB\\-\\-ttl <duration>\\fR\nhow long it lasts (default: "24h")\n');
  });

  it('keeps quiet of hidden flags and of help for help', () => {
    expect(page).not.toContain('secret');
    expect(page).not.toContain('TOKEN HELP');
  });

  it('gives groff no line that it would take for a request', () => {
    const command = new Command('x').description(".so /etc/passwd\n'br\nC:\\path");
    const text = manPages('p', 'P', [{ summary: 's', command }], { version: '1', date: 'd' }).get('p-x');
    expect(text).toContain("\\&.so /etc/passwd\n\\&'br\nC:\\epath\n");
  });
});
