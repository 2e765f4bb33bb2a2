import { describe, expect, it } from 'vitest';
import type { Address, Route } from '../../../src/host/facts/facts.ts';
import { defaultAddress } from '../../../src/host/facts/facts-network.ts';

const route = (device: string): Route => ({ destination: '0.0.0.0/0', interface: device });
const at = (device: string, address: string): Address => ({ interface: device, address, prefix: 24 });

describe('the address of the default route', () => {
  it('is the first global one of the first route that has one', () => {
    const addresses = [
      at('eth1', '10.0.1.5'),
      at('eth0', '169.254.0.1'),
      at('eth1', '10.0.1.6'),
      at('eth2', 'fd00::1'),
    ];
    expect(defaultAddress([route('eth0'), route('eth1'), route('eth2')], addresses, 4)).toBe('10.0.1.5');
    expect(defaultAddress([route('eth0')], addresses, 4)).toBeUndefined();
  });

  it('is found without going through all addresses for each route, however many a host claims', () => {
    let looks = 0;
    const addresses = Array.from({ length: 500 }, (_, n) => ({
      get interface() {
        looks += 1;
        return `eth${n}`;
      },
      address: '10.0.0.1',
      prefix: 24,
    }));
    const routes = Array.from({ length: 500 }, (_, n) => route(`other${n}`));
    expect(defaultAddress(routes, addresses, 4)).toBeUndefined();
    expect(looks).toBeLessThan(5_000);
  });
});
