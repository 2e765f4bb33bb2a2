import { expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { lastingClient } from '../../../src/kube/lasting-client.ts';
import { FakeKube } from '../../fakes/kube.ts';

class Closable extends FakeKube {
  closed = false;
  override close(): void {
    this.closed = true;
  }
}

it('opens once, and again where it failed', async () => {
  let opened = 0;
  const lasting = lastingClient(async () => {
    opened++;
    if (opened === 1) throw new Error('not yet');
    return new Closable();
  });
  await expect(lasting.client()).rejects.toThrow('not yet');
  expect(await lasting.client()).toBe(await lasting.client());
  expect(opened).toBe(2);
});

it('closes what is just being opened, and opens nothing afterwards', async () => {
  const client = new Closable();
  let open = (_: KubeClient) => {};
  const lasting = lastingClient(
    () =>
      new Promise<KubeClient>((resolve) => {
        open = resolve;
      }),
  );
  const asked = lasting.client();
  lasting.close();
  open(client);
  await asked;
  await expect.poll(() => client.closed).toBe(true);
  await expect(lasting.client()).rejects.toThrow('the run is over');
});
