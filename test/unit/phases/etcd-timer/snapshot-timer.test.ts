import { describe, expect, it } from 'vitest';
import { difference } from '../../../../src/execute/difference.ts';
import { nothingObserved } from '../../../../src/execute/observed.ts';
import { caCertHash } from '../../../../src/kube/ca-pin.ts';
import { snapshotTimer } from '../../../../src/phases/etcd-timer/snapshot-timer.ts';
import { testAuthority } from '../../../certificates.ts';
import { FakeHost } from '../../../fakes/host.ts';

const certificatesDir = '/etc/kubernetes/pki';
const schedule = { every: 6 * 3600, at: 0, directory: '/backup/etcd', keep: 14 };
const wanted = { schedule, certificatesDir };
const unwanted = { schedule: undefined, certificatesDir };
const unit = '/etc/systemd/system/kinit-etcd-snapshot';
const script = '/var/lib/kinit/etcd-snapshot.sh';

async function decided(host: FakeHost, context = wanted as Parameters<typeof snapshotTimer.desired>[0]) {
  const seen = await host.observe(snapshotTimer.reads(context));
  const observed = { ...nothingObserved, ...seen };
  return difference(snapshotTimer.desired(context, observed), observed, 0);
}

/** What a host is when the changes are made. */
async function made(host: FakeHost): Promise<void> {
  for (const change of await decided(host)) {
    if (change.kind === 'file') host.place(change.path, String(change.content), change.mode);
    if (change.kind === 'directory') await host.perform([{ op: 'directory', path: change.path, mode: change.mode }]);
    if (change.kind === 'service')
      host.services.set(change.name, { exists: true, active: true, enabled: true, since: 9_999_999_999 });
  }
}

describe('the timer of a control plane', () => {
  it('is a script for root, a service that runs it and the timer, of the cluster that its CA tells', async () => {
    const ca = (await testAuthority('kubernetes')).certificate;
    const host = new FakeHost({ files: { [`${certificatesDir}/ca.crt`]: ca } });
    const changes = await decided(host);
    const contents = new Map(changes.flatMap((one) => (one.kind === 'file' ? [[one.path, String(one.content)]] : [])));
    expect([...contents.keys()]).toEqual([script, `${unit}.service`, `${unit}.timer`]);
    expect(contents.get(`${unit}.timer`)).toContain('OnCalendar=*-*-* 00/6:00:00\n');
    const pin = caCertHash(ca).slice(7, 15);
    expect(contents.get(`${unit}.service`)).toContain(
      `ExecStart=/bin/sh ${script} /backup/etcd 14 ${pin} /etc/kubernetes/pki/etcd https://127.0.0.1:2379 120\n`,
    );
    expect(changes[0]).toMatchObject({ kind: 'directory', path: '/backup/etcd', mode: 0o700 });
    expect(changes.at(-2)).toMatchObject({ kind: 'service', name: 'kinit-etcd-snapshot.timer', enabled: true });
    expect(changes.at(-1)).toMatchObject({ argv: ['systemctl', 'start', '--no-block', 'kinit-etcd-snapshot.service'] });
  });

  it('is nothing to do where it is as the file says', async () => {
    const host = new FakeHost();
    await made(host);
    expect(await decided(host)).toEqual([]);
  });

  it('is begun anew where its schedule is another one', async () => {
    const host = new FakeHost();
    await made(host);
    const changes = await decided(host, { ...wanted, schedule: { ...schedule, every: 3600 } });
    expect(changes.map((one) => ('path' in one ? one.path : one.kind))).toEqual([`${unit}.timer`, 'service']);
  });

  it('goes where the file has none any more; what it has saved stays', async () => {
    const host = new FakeHost();
    await made(host);
    const changes = await decided(host, unwanted);
    expect(changes.map((one) => ('path' in one ? one.path : one.kind))).toEqual([
      'service',
      'command',
      script,
      `${unit}.service`,
      `${unit}.timer`,
    ]);
    expect(await decided(new FakeHost(), unwanted)).toEqual([]);
  });

  it('has members of one cluster wait for each other no longer than their schedule bears', async () => {
    const host = new FakeHost();
    const changes = await decided(host, { ...wanted, schedule: { ...schedule, every: 60 } });
    const service = changes.find((one) => 'path' in one && one.path === `${unit}.service`);
    expect(service).toMatchObject({ content: expect.stringMatching(/:2379 10\n/) });
  });
});
