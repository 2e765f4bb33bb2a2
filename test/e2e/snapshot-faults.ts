import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type DayTwo, expectWell, figure, underWrites } from './day-two.ts';
import { on } from './kit.ts';
import { holds, killedAtEach, type StepSeen } from './upgrade-faults.ts';

/** ConfigMaps that make etcd so large that a snapshot has something to carry: about 900 kB each. */
const ballast = 100;

/** Snapshots that are none, and places that have no room for one; beside the real etcdctl. */
export function snapshotFaults(given: DayTwo): void {
  const { kit, masters } = given;
  const folder = join(kit.folder, 'snapshots');
  const admin = '--kubeconfig=/etc/kubernetes/admin.conf';
  const restored = (path: string) => given.kinit('etcd', 'snapshot', 'restore', path, '--yes');
  const manifests = () =>
    Promise.all(masters().map((host) => on(host, 'sha256sum', '/etc/kubernetes/manifests/etcd.yaml')));
  let whole: string;

  it('are as fast as etcdctl’s may be expected to be', async () => {
    const [first] = masters();
    await on(first!, 'sh', '-c', fill(admin));
    const { code, told, stdout } = await given.kinit('etcd', 'snapshot', 'save', `${folder}/`, '-o', 'json');
    expect(code, told).toBe(0);
    const { snapshot } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Saved;
    whole = snapshot.path;
    expect(statSync(whole).mode & 0o777).toBe(0o600);
    figure('kinit etcd snapshot save', snapshot.bytes / 1e3 / snapshot.ms, 'MB/s');
    const started = Date.now();
    await byEtcdctl(first!, 'snapshot', 'save', '/root/by-etcdctl.db');
    const bytes = Number(await on(first!, 'stat', '-c', '%s', '/root/by-etcdctl.db'));
    figure('etcdctl snapshot save on the host', bytes / 1e3 / (Date.now() - started), 'MB/s');
    const put = await first!.run(['sh', '-c', 'base64 -d >/root/by-kinit.db'], {
      stdin: readFileSync(whole).toString('base64'),
    });
    expect(put.code).toBe(0);
    const status = JSON.parse(
      await byEtcdctl(first!, '-w', 'json', 'snapshot', 'status', '/root/by-kinit.db'),
    ) as object;
    expect(status).toMatchObject({ revision: snapshot.revision });
  });

  it.each([
    ['one that was cut short', (all: Buffer) => all.subarray(0, all.length - 70_000), /truncated: it ends after/],
    ['one of which a byte is another', (all: Buffer) => turned(all), /damaged|SHA-256/],
    ['a file that is none', () => Buffer.from('no snapshot at all\n'.repeat(1000)), /no snapshot|none|not/],
  ])('%s is refused, and nothing is touched', async (name, make, why) => {
    const before = await manifests();
    const path = join(kit.folder, `${name.replaceAll(' ', '-')}.db`);
    writeFileSync(path, make(readFileSync(whole)));
    const { code, told } = await restored(path);
    expect([code, told]).toEqual([3, expect.stringMatching(why)]);
    expect(await manifests()).toEqual(before);
  });

  it('leave nothing behind where the disk of the workstation fills, and say so', async () => {
    const small = join(kit.folder, 'small');
    const mount = `mkdir -p ${small} && mount -t tmpfs -o size=4m tmpfs ${small}`;
    await kit.lab.workstation(['sh', '-c', mount]);
    const { code, told } = await given.kinit('etcd', 'snapshot', 'save', `${small}/`);
    const left = readdirSync(small);
    await kit.lab.workstation(['umount', small]);
    expect([code, told]).toEqual([1, expect.stringMatching(/no space|full/i)]);
    expect(left).toEqual([]);
  });

  it('leave nothing behind where the disk of a control plane fills, and are on the others', async () => {
    const [first] = masters();
    const place = '/root/snapshots';
    await on(first!, 'sh', '-c', `mkdir -p -m 700 ${place} && mount -t tmpfs -o size=4m,mode=700 tmpfs ${place}`);
    const { code, told } = await given.kinit('etcd', 'snapshot', 'save', place, '--on-hosts').finally(async () => {
      expect(await on(first!, 'find', place, '-name', '*.db*')).toBe('');
      await on(first!, 'umount', place);
    });
    expect([code, told]).toEqual([4, expect.stringMatching(/^m1: .*no room for \d+ KiB/ms)]);
    for (const host of masters().slice(1)) expect(await on(host, 'sh', '-c', `ls ${place}`)).toMatch(/\.db\n$/);
  });

  it('bring three control planes back to what they were, though kinit is killed on the way', async () => {
    await on(masters()[0]!, 'kubectl', admin, 'create', 'configmap', 'younger', '--from-literal=a=1');
    const seen = (index: number, step: string, script: string): StepSeen => ({
      step: `${step} on ${masters()[index]?.name}`,
      isThere: () => holds(masters()[index]!, script),
    });
    const steps = [
      seen(0, 'data of the snapshot', 'ls -d /var/lib/etcd/restored-*/member'),
      seen(1, 'a control plane that is stopped', 'test -e /etc/kubernetes/kinit-held-manifests/etcd.yaml'),
      seen(2, 'data that were swapped', 'ls -d /var/lib/etcd/member.before-*'),
    ];
    await killedAtEach(kit, steps, 'etcd', 'snapshot', 'restore', whole, '--yes');
    const { code, told, seconds } = await restored(whole);
    expect(code, told).toBe(0);
    figure('the end of a restore on three control planes that was killed three times', seconds);
    await expectOfSnapshot();
    const again = await given.kinit('up');
    expect(again.code, again.told).toBe(0);
    await expectWell(given);
  });

  it('bring three control planes back in one run', async () => {
    await on(masters()[0]!, 'kubectl', admin, 'create', 'configmap', 'younger', '--from-literal=a=1');
    const { code, told, seconds } = await restored(whole);
    expect(code, told).toBe(0);
    figure('restored on three control planes', seconds);
    figure('that is, with all that is waited for,', statSync(whole).size / 1e6 / seconds, 'MB/s');
    const started = Date.now();
    await byEtcdctl(masters()[0]!, 'snapshot', 'restore', '/root/by-kinit.db', '--data-dir=/root/restored');
    figure('etcdctl snapshot restore on a host, of data alone', (Date.now() - started) / 1000);
    await expectOfSnapshot();
    await on(masters()[0]!, 'kubectl', admin, 'delete', 'configmaps', '-l', 'of=ballast');
    await underWrites(given, 'nothing is done', async () => {});
  });

  async function expectOfSnapshot(): Promise<void> {
    for (const host of masters()) {
      const names = await on(host, 'kubectl', admin, 'get', 'configmaps', '-o', 'name');
      expect([names.includes('configmap/younger'), names.includes('configmap/ballast-1\n')]).toEqual([false, true]);
      const left =
        'ls -d /var/lib/etcd/restored-* /etc/kubernetes/kinit-held-manifests /var/lib/kinit/restore-* 2>/dev/null';
      expect(await on(host, 'sh', '-c', `${left} || :`), host.name).toBe('');
    }
  }
}

interface Saved {
  readonly snapshot: { readonly path: string; readonly bytes: number; readonly ms: number; readonly revision: number };
}

function turned(all: Buffer): Buffer {
  const copy = Buffer.from(all);
  const at = Math.floor(copy.length / 2);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

function fill(admin: string): string {
  return `cd /root && head -c 670000 /dev/urandom | base64 -w0 >ballast && for i in $(seq ${ballast}); do
  kubectl ${admin} create configmap ballast-$i --from-file=ballast --dry-run=client -o json | kubectl ${admin} create -f - >/dev/null
  kubectl ${admin} label configmap ballast-$i of=ballast >/dev/null
done`;
}

const certificates = '/etc/kubernetes/pki/etcd';

/** The etcdctl of etcd's own image on a control plane, which sees /root; gives stdout. */
async function byEtcdctl(host: LabHost, ...argv: readonly string[]): Promise<string> {
  const image = (await on(host, 'sed', '-n', 's/^ *image: //p', '/etc/kubernetes/manifests/etcd.yaml')).trim();
  const mounts = ['/root', certificates].flatMap((path) => [
    '--mount',
    `type=bind,src=${path},dst=${path},options=rbind:rw`,
  ]);
  const ctr = [
    'ctr',
    '-n',
    'k8s.io',
    'run',
    '--rm',
    '--net-host',
    '--env',
    'ETCDCTL_API=3',
    ...mounts,
    image,
    'by-etcdctl',
  ];
  const identity = [
    `--cacert=${certificates}/ca.crt`,
    `--cert=${certificates}/server.crt`,
    `--key=${certificates}/server.key`,
  ];
  return on(host, ...ctr, 'etcdctl', '--endpoints=https://127.0.0.1:2379', ...identity, ...argv);
}
