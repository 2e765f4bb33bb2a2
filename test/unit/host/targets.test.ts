import { describe, expect, it } from 'vitest';
import { InputError } from '../../../src/errors.ts';
import { parseTarget, parseTargets } from '../../../src/host/targets.ts';

describe('targets', () => {
  it.each([
    ['10.0.0.12', { address: '10.0.0.12' }],
    ['root@node1.example.com', { user: 'root', address: 'node1.example.com' }],
    ['node1:2222', { address: 'node1', port: 2222 }],
    ['root@[fd00::12]:2222', { user: 'root', address: 'fd00::12', port: 2222 }],
    ['[fd00::12]', { address: 'fd00::12' }],
    ['fd00::12', { address: 'fd00::12' }],
    ['root@fd00::12', { user: 'root', address: 'fd00::12' }],
    ['DOMAIN\\admin@node1', { user: 'DOMAIN\\admin', address: 'node1' }],
    ['user@example.com@node1', { user: 'user@example.com', address: 'node1' }],
  ])('reads %s', (text, target) => {
    expect(parseTarget(text)).toEqual(target);
  });

  it.each([
    '',
    '@node1',
    'root@',
    'node1:',
    'node1:0',
    'node1:65536',
    '192.168.77.300',
    'root@192.168.77.300:22',
    'node1:ssh',
    '[node1]',
    '[fd00::12',
    'two words',
    '-oProxyCommand=x',
    'a/b',
  ])('refuses %j with its place', (text) => {
    expect(() => parseTarget(text, 'cluster.yaml:3')).toThrow(InputError);
    expect(() => parseTarget(text, 'cluster.yaml:3')).toThrow(/^cluster.yaml:3: /);
  });

  it('reads repeated and comma-separated values', () => {
    expect(parseTargets(['a,root@b', 'c:2222']).map(({ address }) => address)).toEqual(['a', 'b', 'c']);
  });

  it('names everything that is wrong at once, doubles included', () => {
    expect(() => parseTargets(['a,b', 'A', 'c:x'])).toThrow(
      "--host: 'A': the same host twice\n--host: 'c:x': the port is not a number",
    );
  });
});
