import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initDefaults, joinDefaults, resetDefaults, upgradeDefaults } from '../../../src/config/printed-defaults.ts';
import { releaseFor } from '../../../src/release/release.ts';
import { parseVersion } from '../../../src/release/version.ts';
import { toYaml } from '../../../src/yaml.ts';

const fixtures = join(import.meta.dirname, '..', '..', 'fixtures', 'config');
/** What the real kubeadm printed on a host named vm. */
const kubeadm = (name: string) => readFileSync(join(fixtures, name), 'utf8');
const release = (version: string) => releaseFor(parseVersion(version));
const text = (documents: readonly unknown[]) => documents.map((document) => toYaml(document)).join('---\n');

describe('printed defaults', () => {
  it.each(['v1.20.2', 'v1.36.2'])('of init are those of kubeadm %s, to the byte', (version) => {
    expect(text(initDefaults(release(version), 'vm'))).toBe(kubeadm(`init-defaults-${version}.yaml`));
  });

  it.each(['v1.20.2', 'v1.36.2'])('of join are those of kubeadm %s, to the byte', (version) => {
    expect(text(joinDefaults(release(version), 'vm'))).toBe(kubeadm(`join-defaults-${version}.yaml`));
  });

  it('of reset and upgrade are those of kubeadm v1.36.2, to the byte', () => {
    expect(text(resetDefaults(release('v1.36.2')))).toBe(kubeadm('reset-defaults-v1.36.2.yaml'));
    expect(text(upgradeDefaults(release('v1.36.2')))).toBe(kubeadm('upgrade-defaults-v1.36.2.yaml'));
  });

  it('of reset are refused for versions that have none', () => {
    expect(() => resetDefaults(release('v1.30.0'))).toThrow('it came with v1.31');
  });

  it('of v1.21 are those of published outputs: a node named node, no taints, no v', () => {
    const [init, cluster] = initDefaults(release('v1.21.0'), 'vm');
    expect(init?.['nodeRegistration']).toEqual({ criSocket: '/var/run/dockershim.sock', name: 'node', taints: null });
    expect(cluster?.['kubernetesVersion']).toBe('1.21.0');
  });

  it.each(Array.from({ length: 19 }, (_, index) => 18 + index))('exist for v1.%i', (minor) => {
    const [init, cluster] = initDefaults(release(`v1.${minor}.0`), 'vm');
    expect(init?.['apiVersion']).toBe(cluster?.['apiVersion']);
  });
});
