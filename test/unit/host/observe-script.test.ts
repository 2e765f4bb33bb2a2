import { expect, test } from 'vitest';
import { observeScript } from '../../../src/host/shell/observe-script.ts';

test('a unit is a service, as systemctl takes it, where it is not said to be a slice', () => {
  const script = observeScript('id', { services: ['kubelet', 'kubepods.slice'] }, '');
  expect(script).toMatch(/^services '?kubelet\.service'? '?kubepods\.slice'?$/m);
});
