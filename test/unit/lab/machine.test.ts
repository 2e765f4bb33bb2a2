import { describe, expect, it } from 'vitest';
import { assertRoom } from '../../lab/machine.ts';

describe('the disk that all hosts of the lab share', () => {
  it('carries them while no kubelet has to remove images or evict pods', () => {
    expect(() => assertRoom({ blocks: 1000, bavail: 180 })).not.toThrow();
  });

  it('is refused below, with what to do', () => {
    expect(() => assertRoom({ blocks: 1000, bavail: 149 })).toThrow(/14 % are free.*evict pods; make room, in /s);
  });
});
