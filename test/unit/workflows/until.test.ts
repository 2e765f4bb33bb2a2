import { expect, test } from 'vitest';
import { on } from '../../../src/execute/target.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { until } from '../../../src/workflows/certificates/authority/until.ts';
import { FakeHost } from '../../fakes/host.ts';
import { quietRun } from '../../run.ts';

const target = on(quietRun(), {
  host: new FakeHost({ name: 'm1' }),
  release: releaseFor(parseVersion('v1.36.2')),
});
const pods = { what: 'pods to begin anew', advice: 'look at them', deadline: 0.01, pause: 5 };

test('pods that begin anew are waited for as long as they come nearer, whatever it takes', async () => {
  let left = 20;
  await until(pods, async () => (left-- > 0 ? `${left} of 20 pods are old` : undefined), target);
  expect(left).toBe(-1);
});

test('and no longer', async () => {
  await expect(until(pods, async () => '3 of 20 pods are old', target)).rejects.toMatchObject({
    host: 'm1',
    message: 'timed out after 0.01s without a change, waiting for pods to begin anew: 3 of 20 pods are old',
  });
});
