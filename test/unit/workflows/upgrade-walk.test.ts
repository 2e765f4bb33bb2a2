import { describe, expect, it } from 'vitest';
import { parseVersion } from '../../../src/release/version.ts';
import {
  type ClusterVersions,
  type NodeVersions,
  throughOf,
  walk,
} from '../../../src/workflows/cluster/upgrade/way/walk.ts';

const v = (text: string) => parseVersion(text);

function node(name: string, kubelet: string, apiServer?: string, unfinished = false): NodeVersions {
  const role = apiServer === undefined ? 'worker' : 'control-plane';
  return { name, role, kubelet: v(kubelet), ...(apiServer ? { apiServer: v(apiServer) } : {}), unfinished };
}

function cluster(version: string, etcd: string | undefined, ...nodes: readonly NodeVersions[]): ClusterVersions {
  return { cluster: v(version), etcd, nodes };
}

/** `v1.21.14 etcd=3.5.26-0 m1 m2 / w1`: a hop, its etcd, its control planes, its kubelets. */
function told(there: ClusterVersions, target: string, through: readonly string[] = []): readonly string[] {
  return walk(there, { target: v(target), through: throughOf(through, '--through') }).map((hop) =>
    [hop.to.text, hop.etcdTag === undefined ? [] : `etcd=${hop.etcdTag}`, ...hop.controlPlanes, '/', ...hop.kubelets]
      .flat()
      .join(' '),
  );
}

describe('the way of a cluster to another version', () => {
  const whole = (version: string, etcd = '3.4.13') =>
    cluster(version, etcd, node('m1', version, version), node('w1', version));

  it('is one hop for a patch', () => {
    expect(told(whole('v1.20.2'), 'v1.20.15')).toEqual(['v1.20.15 m1 / m1 w1']);
  });

  it('is refused where an API server is further than the version, whatever kubeadm-config says', () => {
    const there = cluster('v1.20.2', '3.4.13', node('m1', 'v1.20.2', 'v1.21.9'), node('m2', 'v1.20.2', 'v1.20.2'));
    expect(() => told(there, 'v1.20.15')).toThrow('the API server of m1 has v1.21.9, which is newer than v1.20.15');
    expect(told(there, 'v1.21.9')).toEqual(['v1.21.9 m1 m2 / m1 m2']);
  });

  it('is nothing where all of it is there', () => {
    expect(told(whole('v1.20.15'), 'v1.20.15')).toEqual([]);
  });

  it('takes the newest patch of each minor, and drains a node once for as many minors as a kubelet may be behind', () => {
    expect(told(whole('v1.20.2'), 'v1.23.17')).toEqual(['v1.21.14 m1 /', 'v1.22.17 m1 / m1 w1', 'v1.23.17 m1 / m1 w1']);
    expect(told(whole('v1.28.15', '3.5.15'), 'v1.31.14')).toEqual([
      'v1.29.14 m1 /',
      'v1.30.14 m1 /',
      'v1.31.14 m1 / m1 w1',
    ]);
  });

  it('takes the patches that are named', () => {
    expect(told(whole('v1.20.2'), 'v1.22.1', ['v1.21.3'])).toEqual(['v1.21.3 m1 /', 'v1.22.1 m1 / m1 w1']);
  });

  it.each([
    ['v1.32.13', '3.5.24', 'v1.34.9', ['v1.33.13 m1 /', 'v1.34.9 etcd=3.5.26-0 m1 / m1 w1']],
    ['v1.33.13', '3.5.26', 'v1.34.9', ['v1.34.9 m1 / m1 w1']],
    ['v1.36.3', '3.6.8', 'v1.37.2', ['v1.37.2 etcd=3.6.11-0 m1 / m1 w1']],
    ['v1.36.3', '3.6.11', 'v1.37.2', ['v1.37.2 m1 / m1 w1']],
  ])('patches etcd where the next minor of it wants that: %s with etcd %s to %s', (from, etcd, to, hops) => {
    expect(told(whole(from, etcd), to)).toEqual(hops);
  });

  it('leaves an etcd alone that is not its own', () => {
    const external = cluster('v1.33.13', undefined, node('m1', 'v1.33.13', 'v1.33.13'));
    expect(told(external, 'v1.34.9')).toEqual(['v1.34.9 m1 / m1']);
  });

  it('goes from v1.18 to the newest and drains each node eight times on the way', () => {
    const hops = walk(whole('v1.18.20', '3.4.3'), { target: v('v1.37.2') });
    expect(hops.map(({ to }) => to.minor)).toEqual([
      19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,
    ]);
    expect(hops.flatMap(({ to, kubelets }) => (kubelets.length > 0 ? [to.minor] : []))).toEqual([
      20, 22, 24, 26, 29, 32, 35, 37,
    ]);
  });

  it('goes on where a run was killed: control planes of both versions, a node that was not given back', () => {
    const between = cluster(
      'v1.20.2',
      '3.4.13',
      node('m1', 'v1.20.2', 'v1.20.15'),
      node('m2', 'v1.20.2', 'v1.20.2'),
      node('w1', 'v1.20.2'),
    );
    expect(told(between, 'v1.20.15')).toEqual(['v1.20.15 m1 m2 / m1 m2 w1']);
    const last = cluster(
      'v1.20.15',
      '3.4.13',
      node('m1', 'v1.20.15', 'v1.20.15'),
      node('m2', 'v1.20.2', 'v1.20.2'),
      node('w1', 'v1.20.15', undefined, true),
      node('w2', 'v1.20.15'),
    );
    expect(told(last, 'v1.20.15')).toEqual(['v1.20.15 m1 m2 / m2 w1']);
    expect(told(last, 'v1.21.14')).toEqual(['v1.20.15 m1 m2 / w1', 'v1.21.14 m1 m2 / m1 m2 w1 w2']);
  });

  it('first brings kubelets on that the next hop would leave behind', () => {
    const old = cluster('v1.22.17', '3.5.6', node('m1', 'v1.22.17', 'v1.22.17'), node('w1', 'v1.20.15'));
    expect(told(old, 'v1.23.17')).toEqual(['v1.22.17 / w1', 'v1.23.17 m1 / m1 w1']);
  });

  it.each([
    ['an older version', whole('v1.20.15'), 'v1.20.2', /newer than v1\.20\.2/],
    [
      'a kubelet that is ahead of the cluster',
      cluster('v1.20.2', '3.4.13', node('m1', 'v1.20.2', 'v1.20.2'), node('w1', 'v1.21.14')),
      'v1.21.14',
      /kubelet of w1 has v1\.21\.14/,
    ],
    [
      'a kubelet that is too old for the cluster already',
      cluster('v1.24.17', '3.5.6', node('m1', 'v1.24.17', 'v1.24.17'), node('w1', 'v1.21.14')),
      'v1.25.16',
      /kubelet of w1 has v1\.21\.14, too old/,
    ],
  ])('refuses %s', (_, there, target, message) => {
    expect(() => walk(there, { target: v(target) })).toThrow(message);
  });

  it('refuses patches of minors that are not on the way', () => {
    expect(() => told(whole('v1.20.2'), 'v1.22.17', ['v1.25.3'])).toThrow('not between v1.20.2 and v1.22.17');
    expect(() => told(whole('v1.20.2'), 'v1.22.17', ['v1.22.1'])).toThrow('not between');
    expect(() => told(whole('v1.20.2'), 'v1.22.17', ['v1.20.15'])).toThrow('not between');
    // A run that was killed has passed them.
    const all = ['v1.21.3', 'v1.22.1'];
    expect(told(whole('v1.21.3'), 'v1.23.17', all)).toEqual(told(whole('v1.21.3'), 'v1.23.17', ['v1.22.1']));
    expect(told(whole('v1.22.1'), 'v1.23.17', all)).toEqual(told(whole('v1.22.1'), 'v1.23.17'));
  });

  it('refuses two patches of one minor, and what is no version', () => {
    expect(() => throughOf(['v1.21.3', 'v1.21.4'], '--through')).toThrow('of one minor');
    expect(() => throughOf(['1.21'], '--through')).toThrow('not a Kubernetes version');
    expect(() => throughOf(['v1.99.0'], '--through')).toThrow('not served');
  });
});
