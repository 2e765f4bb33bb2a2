import { describe, expect, it } from 'vitest';
import {
  allowedHostKeyAlgorithms,
  fingerprint,
  judgeHostKey,
  knownHostLine,
  knownHostName,
  orderedHostKeyAlgorithms,
  parseKnownHosts,
} from '../../../src/host/ssh/known-hosts.ts';

const ed25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIIvAweJMrkdcQkZOuNKXot254/QoPM6hvH3vZm+SJkA0';
const ecdsa =
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBSXfTMUxSEZPpEkSggdFyAg5Q+mrngTD/sRTI06DMi9VWHfWbAB35Z15R8XmvFpdF/Ev62WwOOa0ITkaVTsWLk=';
const key = Buffer.from(ed25519, 'base64');
const otherKey = Buffer.from(ecdsa, 'base64');

/** What `ssh-keygen -H` made of node1, 10.0.0.11 and [node2]:2222. */
const hashed = `
|1|HRFX0ChcBswF9BjiBDdfKNIzQfw=|Qf+qRNJTadcoQzrWrch9O3//X/8= ssh-ed25519 ${ed25519}
|1|ugC2xiIuv4A4Q+pO0OQIniWQeKs=|OzMW4MRt0a8KpIkdyaoPtmwIorE= ssh-ed25519 ${ed25519}
|1|Ij7J3AXpO4q2Ho4Al3M5hVqivYU=|69Ws0DYkl1P52+nkoilsH/FYf2E= ecdsa-sha2-nistp256 ${ecdsa}
`;

const judge = (text: string, name: string, shown = key) =>
  judgeHostKey(parseKnownHosts(text, 'known_hosts'), name, shown);

describe('known hosts', () => {
  it.each([
    ['a plain name', `node1 ssh-ed25519 ${ed25519}`, 'node1', 'known'],
    ['one of several names', `node0,node1,10.0.0.11 ssh-ed25519 ${ed25519} comment`, '10.0.0.11', 'known'],
    ['a name in other letters', `Node1 ssh-ed25519 ${ed25519}`, 'node1', 'known'],
    ['a wildcard', `*.example.com ssh-ed25519 ${ed25519}`, 'a.example.com', 'known'],
    ['a question mark', `node? ssh-ed25519 ${ed25519}`, 'node1', 'known'],
    ['a question mark for exactly one character', `node? ssh-ed25519 ${ed25519}`, 'node12', 'unknown'],
    ['a dot that stands for itself', `a.b ssh-ed25519 ${ed25519}`, 'axb', 'unknown'],
    ['a negated name', `node*,!node1 ssh-ed25519 ${ed25519}`, 'node1', 'unknown'],
    ['a port', `[node1]:2222 ssh-ed25519 ${ed25519}`, '[node1]:2222', 'known'],
    ['another port', `[node1]:2222 ssh-ed25519 ${ed25519}`, 'node1', 'unknown'],
    ['a hashed name', hashed, 'node1', 'known'],
    ['a hashed address', hashed, '10.0.0.11', 'known'],
    ['a hashed name that is not there', hashed, 'node3', 'unknown'],
    ['a comment and a broken line', `# node1 ssh-ed25519 ${ed25519}\nnode1 ssh-ed25519 AAAA`, 'node1', 'unknown'],
    ['another key of the same kind', `node1 ssh-ed25519 ${ed25519.replace('IvAw', 'IvAx')}`, 'node1', 'changed'],
    ['a key of another kind only', `node1 ecdsa-sha2-nistp256 ${ecdsa}`, 'node1', 'changed'],
    [
      'an old key beside the new one',
      `node1 ecdsa-sha2-nistp256 ${ecdsa}\nnode1 ssh-ed25519 ${ed25519}`,
      'node1',
      'known',
    ],
    [
      'a revoked key, known or not',
      `node1 ssh-ed25519 ${ed25519}\n@revoked * ssh-ed25519 ${ed25519}`,
      'node1',
      'revoked',
    ],
    ['a revoked key of others', `@revoked * ecdsa-sha2-nistp256 ${ecdsa}`, 'node1', 'unknown'],
  ])('judge %s', (_, text, name, verdict) => {
    expect(judge(text, name).verdict).toBe(verdict);
  });

  it('match a hashed name with its port', () => {
    expect(judge(hashed, '[node2]:2222', otherKey).verdict).toBe('known');
  });

  it('say where the other key stands', () => {
    expect(judge(`# first\nnode1 ecdsa-sha2-nistp256 ${ecdsa}`, 'node1')).toEqual({
      verdict: 'changed',
      place: 'known_hosts:2',
    });
  });

  it('say where a certificate authority is trusted instead of a key', () => {
    expect(judge(`@cert-authority *.example.com ssh-ed25519 ${ed25519}`, 'a.example.com')).toEqual({
      verdict: 'unknown',
      authority: 'known_hosts:1',
    });
  });

  it('put the algorithms of known keys first', () => {
    expect(orderedHostKeyAlgorithms(parseKnownHosts(hashed, 'f'), '[node2]:2222')[0]).toBe('ecdsa-sha2-nistp256');
    const rsa = [{ marker: undefined, names: 'node1', type: 'ssh-rsa', key: Buffer.alloc(0), place: 'f:1' }];
    expect(orderedHostKeyAlgorithms(rsa, 'node1').slice(0, 2)).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
    expect(orderedHostKeyAlgorithms([], 'node1')[0]).toBe('ssh-ed25519');
  });

  it.each([
    ['', false],
    ['+ssh-rsa', true],
    ['+ssh-*', true],
    ['^ssh-rsa', true],
    ['-ssh-rsa', false],
    ['ssh-rsa', true],
    ['rsa-sha2-512,ssh-rsa', true],
    ['rsa-*', false],
    ['ssh-ed25519', false],
  ])('allow SHA-1 signatures only where the configuration names them: %j', (wish, allowed) => {
    expect(allowedHostKeyAlgorithms(wish).includes('ssh-rsa')).toBe(allowed);
  });

  it.each([
    ['ssh-ed25519', ['ssh-ed25519']],
    ['rsa-sha2-256,ssh-ed25519', ['rsa-sha2-256', 'ssh-ed25519']],
    ['-ecdsa-*,rsa-*', ['ssh-ed25519']],
    ['something-else', []],
  ])('follow the configuration: %s', (wish, algorithms) => {
    expect(allowedHostKeyAlgorithms(wish)).toEqual(algorithms);
  });

  it('name a host as ssh does', () => {
    expect(knownHostName('Node1', 22)).toBe('node1');
    expect(knownHostName('fd00::1', 2222)).toBe('[fd00::1]:2222');
  });

  it('show a fingerprint as ssh-keygen -l does', () => {
    expect(fingerprint(key)).toBe('SHA256:zpK5CHlYtdb2Vu40rRQvBDpJJ2PQNsyQRXhTHWf1/Qc');
  });

  it('write a line that makes a key known', () => {
    expect(judge(knownHostLine('[node1]:2222', key), '[node1]:2222').verdict).toBe('known');
  });
});
