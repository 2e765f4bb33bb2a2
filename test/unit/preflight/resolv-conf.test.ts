import { describe, expect, it } from 'vitest';
import { namesOf, perfect, preflightOf } from './hosts.ts';

const path = '/etc/resolv.conf';
const seeing = (text: string) => preflightOf('join-worker', 'v1.30.0', { files: { [path]: text } });

describe('/etc/resolv.conf', () => {
  it.each([
    ['has a server', 'search example.com\nnameserver 10.0.0.2\n', []],
    ['has one by its IPv6 address, behind a tab', 'nameserver\t2001:db8::53', []],
    ["has systemd-resolved's stub", '# stub\nnameserver 127.0.0.53\noptions edns0 trust-ad\n', []],
    ['is empty', '', ['warning ResolvConf']],
    ['has only comments', '# nameserver 10.0.0.2\n;nameserver 10.0.0.3\n', ['warning ResolvConf']],
    ['has the keyword alone', 'nameserver \nnameserver # 10.0.0.2\n', ['warning ResolvConf']],
    ['has a server behind a space, which the resolver does not read', ' nameserver 10.0.0.2\n', ['warning ResolvConf']],
    ['has search domains alone', 'search example.com\n', ['warning ResolvConf']],
  ])('that %s', (_, text, expected) => {
    expect(namesOf(seeing(text))).toEqual(expected);
  });

  it('that does not exist is told as such', () => {
    const { warnings } = preflightOf('init', 'v1.30.0', { files: { [path]: undefined } });
    expect(warnings).toMatchObject([{ name: 'ResolvConf', message: '/etc/resolv.conf does not exist' }]);
  });

  it('is mended in the file, and where NetworkManager writes that, in the connection of the default route', () => {
    const [own] = seeing('').warnings;
    expect(own?.mend).toBe("echo 'nameserver ADDRESS' >> /etc/resolv.conf");
    const facts = {
      services: new Map([...perfect('v1.30.0').services, ['NetworkManager', { active: true, enabled: true }]]),
      routes: [{ destination: '0.0.0.0/0', interface: 'ens3' }],
      defaultAddress: { v4: '10.0.0.31', v6: undefined },
    };
    const [managed] = preflightOf('init', 'v1.30.0', { facts, files: { [path]: '' } }).warnings;
    expect(managed?.mend).toBe(
      'nmcli connection modify "$(nmcli -g GENERAL.CONNECTION device show ens3)" +ipv4.dns ADDRESS && nmcli device reapply ens3',
    );
  });
});
