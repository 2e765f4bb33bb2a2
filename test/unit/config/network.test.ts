import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as network from '../../../src/config/network.ts';
import { contains, nthAddress, overlap, parseAddress, parseSubnet, type Subnet } from '../../../src/config/network.ts';

const subnet = (text: string): Subnet => parseSubnet(text) ?? expect.fail(`${text} is a subnet`);

describe('addresses', () => {
  it.each([
    ['192.0.2.1', 'IPv4', '192.0.2.1'],
    ['2001:DB8:0:0::1', 'IPv6', '2001:db8::1'],
    ['::ffff:192.0.2.1', 'IPv4', '192.0.2.1'],
    ['::', 'IPv6', '::'],
  ])('%s is %s and canonically %s', (text, family, canonical) => {
    expect(parseAddress(text)).toMatchObject({ family, text: canonical });
  });

  it.each([
    '',
    '1.2.3',
    '010.0.0.1',
    '0x7f000001',
    '1.2.3.4.5',
    '256.1.1.1',
    'fe80::1%eth0',
    ':::',
    'host',
    '1.2.3.4/24',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each([
    ['192.168.0.1', true],
    ['2001:db8::1', true],
    ['fd00::1', true],
    ['127.0.0.1', false],
    ['0.0.0.0', false],
    ['169.254.1.1', false],
    ['224.0.0.1', false],
    ['255.255.255.255', false],
    ['fe80::1', false],
    ['ff02::1', false],
    ['::1', false],
  ])('%s can be advertised: %s', (text, yes) => {
    expect(network.isGlobalUnicast(parseAddress(text)!)).toBe(yes);
  });
});

describe('subnets', () => {
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0/8', 'x/8', '::/129', '10.0.0.0/08', '10.0.0.0/8/8'])(
    '%j is none',
    (text) => {
      expect(parseSubnet(text)).toBeUndefined();
    },
  );

  it('counts addresses from the network, not from the host bits that were written', () => {
    expect(nthAddress('10.96.0.5/12', 10)).toBe('10.96.0.10');
    expect(nthAddress('fd00:1::/108', 10)).toBe('fd00:1::a');
    expect(() => nthAddress('10.0.0.0/29', 10)).toThrow(RangeError);
  });

  it('knows their size', () => {
    expect(subnet('10.96.0.0/12').size).toBe(1048576n);
    expect(subnet('::/0').size).toBe(1n << 128n);
  });

  it.each([
    ['10.0.0.0/8', '10.96.0.0/12', true],
    ['10.96.0.0/12', '10.0.0.0/8', true],
    ['10.96.0.0/12', '10.112.0.0/12', false],
    ['0.0.0.0/0', '::/0', false],
    ['fd00::/64', 'fd00::/108', true],
  ])('%s and %s overlap: %s', (a, b, yes) => {
    expect(overlap(subnet(a), subnet(b))).toBe(yes);
  });

  it('contains each of its own addresses and not the one after the last', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 8, max: 31 }), fc.nat(), (host, prefix, n) => {
        const net = subnet(`${host}/${prefix}`);
        const last = Number(net.size) - 1;
        expect(contains(net, parseAddress(nthAddress(net, n % (last + 1)))!)).toBe(true);
        expect(overlap(net, subnet(`${host}/32`))).toBe(true);
        expect(() => nthAddress(net, last + 1)).toThrow(RangeError);
      }),
    );
  });
});

describe('host and port', () => {
  it.each([
    ['cp.example.test:6443', 'cp.example.test', 6443],
    ['cp.example.test', 'cp.example.test', undefined],
    ['[fd00::1]:6443', 'fd00::1', 6443],
    ['fd00::1', 'fd00::1', undefined],
    ['[fd00::1]', 'fd00::1', undefined],
  ])('%s is taken apart', (text, host, port) => {
    expect(network.splitHostPort(text)).toEqual({ host, port });
  });

  it.each(['', ':6443', 'a:b', '[x]:1', 'a:1:2', 'http://a:1'])('%j is none', (text) => {
    expect(network.splitHostPort(text)).toBeUndefined();
  });

  it('puts brackets around IPv6 only', () => {
    expect([network.hostPort('fd00::1', 1), network.hostPort('a', 2)]).toEqual(['[fd00::1]:1', 'a:2']);
  });
});
