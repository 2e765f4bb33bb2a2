import { describe, expect, it } from 'vitest';
import { type UpgradePolicyInput, upgradePolicy } from '../../../src/preflight/upgrade-policy.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';

type Given = Partial<Omit<UpgradePolicyInput, 'release' | 'from'>> & { readonly from: string; readonly to: string };

function policy({ from, to, kubelets = [from], ...more }: Given) {
  return upgradePolicy({ from: parseVersion(from), release: releaseFor(parseVersion(to)), kubelets, ...more });
}

const fine = { fatal: [], skippable: [] };

describe('the versions of an upgrade', () => {
  it.each<[string, Given]>([
    ['a patch', { from: 'v1.20.2', to: 'v1.20.15' }],
    ['the same version once more', { from: 'v1.20.2', to: 'v1.20.2' }],
    ['an older patch', { from: 'v1.20.15', to: 'v1.20.2' }],
    ['the next minor', { from: 'v1.20.2', to: 'v1.21.14' }],
    ['the minor before', { from: 'v1.21.14', to: 'v1.20.15' }],
    ['a release candidate that was asked for', { from: 'v1.36.3', to: 'v1.37.0-rc.1', allowRCUpgrades: true }],
    ['an alpha that was asked for', { from: 'v1.36.3', to: 'v1.37.0-alpha.1', allowExperimentalUpgrades: true }],
    ['kubelets three minors behind from v1.29 on', { from: 'v1.28.9', to: 'v1.29.0', kubelets: ['v1.26.1'] }],
    ['kubelets one minor behind', { from: 'v1.20.2', to: 'v1.21.14', kubelets: ['v1.20.2', 'v1.21.14'] }],
  ])('allow %s', (_, given) => {
    expect(policy(given)).toEqual(fine);
  });

  it.each<[string, Given, RegExp]>([
    ['two minors at once', { from: 'v1.20.2', to: 'v1.22.17', kubelets: [] }, /is too high.*go by v1\.21 first/],
    ['two minors back', { from: 'v1.22.17', to: 'v1.20.2' }, /is too low/],
  ])('forbid %s, by force too', (_, given, words) => {
    expect(policy(given)).toEqual({ fatal: [expect.stringMatching(words)], skippable: [] });
  });

  it.each<[string, Given, RegExp]>([
    ['a pre-release two minors on', { from: 'v1.35.1', to: 'v1.37.0-rc.1', allowRCUpgrades: true }, /is too high/],
    ['an unstable version', { from: 'v1.36.3', to: 'v1.37.0-rc.1' }, /is an unstable version/],
    [
      'an alpha where candidates are asked for',
      { from: 'v1.36.3', to: 'v1.37.0-alpha.1', allowRCUpgrades: true },
      /unstable/,
    ],
    [
      'kubelets two minors behind up to v1.28',
      { from: 'v1.21.1', to: 'v1.22.17', kubelets: ['v1.20.2', 'v1.21.1'] },
      /too old.*\[v1\.20\.2\]/,
    ],
    ['kubelets four minors behind', { from: 'v1.30.1', to: 'v1.31.2', kubelets: ['v1.27.3'] }, /\[v1\.27\.3\]/],
    [
      'several members of an etcd too old for 3.6',
      { from: 'v1.33.1', to: 'v1.34.9', etcd: { members: ['3.5.24-0', '3.5.24-0', '3.5.24-0'], target: '3.6.5-0' } },
      /etcd 3\.5\.24.*3\.5\.26 or later/,
    ],
    [
      'several members of an etcd too old for 3.7',
      { from: 'v1.36.3', to: 'v1.37.1', etcd: { members: ['3.6.8-0', '3.6.11-0'], target: '3.7.0-0' } },
      /etcd 3\.6\.8.*3\.6\.11 or later/,
    ],
    [
      'an etcd that leaves a minor out',
      { from: 'v1.21.1', to: 'v1.22.17', etcd: { members: ['3.3.10'], target: '3.5.0-0' } },
      /one minor at a time/,
    ],
  ])('allow %s only by force', (_, given, words) => {
    expect(policy(given)).toEqual({ fatal: [], skippable: [expect.stringMatching(words)] });
  });

  it('let a single member of etcd go on from any patch, as kubeadm does', () => {
    expect(policy({ from: 'v1.36.3', to: 'v1.37.1', etcd: { members: ['3.6.8-0'], target: '3.7.0-0' } })).toEqual(fine);
  });
});
