import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addInitOptions, addInitPhaseOptions } from '../../../src/commands/init/options.ts';
import { addFlags } from '../../../src/commands/options/flags.ts';
import { camelCase, type FlagTable, flagPlaces, refuseMixed, withFlags } from '../../../src/config/flag-table.ts';
import { initFlags, initFromFlags } from '../../../src/config/init-flags.ts';
import { joinFlags, joinFromFlags } from '../../../src/config/join-flags.ts';
import { readConfigFile } from '../../../src/config/read.ts';
import { resetFlags } from '../../../src/config/reset-flags.ts';
import { upgradeFlags } from '../../../src/config/upgrade.ts';
import { toYaml } from '../../../src/yaml.ts';
import { kinit } from '../../command-line.ts';

/** A value that a flag takes. */
const values: Readonly<Record<string, unknown>> = {
  'certificate-renewal': 'false',
  'etcd-upgrade': 'false',
  'apiserver-bind-port': '7443',
  'apiserver-extra-args': 'v=2',
  'context-lines': '3',
  'controller-manager-extra-args': 'v=2',
  'feature-gates': 'PublicKeysECDSA=true',
  'scheduler-extra-args': 'v=2',
  'token-ttl': '1h0m0s',
};

/** All flags of a table that set a field, as commander hands them over. */
function everyFlag(table: FlagTable): Readonly<Record<string, unknown>> {
  const rows = Object.entries(table).filter(([, { field }]) => field !== undefined);
  return Object.fromEntries(
    rows.map(([name, { value, argument, list }]) => {
      const usual = value === undefined && argument === undefined ? true : list ? ['a'] : 'a';
      return [camelCase(name), values[name] ?? usual];
    }),
  );
}

const wrong = (flag: string, message: string) => {
  throw new Error(`${flag} ${message}`);
};

describe('a flag of init is one row', () => {
  const table: FlagTable = {
    ...initFlags,
    'cluster-name': {
      value: '<name>',
      help: 'what the cluster is called',
      field: 'cluster.clusterName',
      read: (text) => text.toLowerCase(),
      phases: 'certs kubeconfig',
    },
  };

  it('from which init and the phases that take it have it, with its help', () => {
    const command = (phase?: string) => {
      const made = new Command('init');
      if (phase === undefined) addInitOptions(made, table);
      else addInitPhaseOptions(made, phase, table);
      return made.helpInformation();
    };
    const line = /--cluster-name <name> +what the cluster is called/;
    expect(command()).toMatch(line);
    expect(command('certs')).toMatch(line);
    expect(command('etcd')).not.toMatch(line);
  });

  it('from which its field is set, by its rule, and named where it is wrong', () => {
    const flags = { clusterName: 'PROD' };
    expect(initFromFlags(flags, undefined, wrong, table).cluster).toEqual({ clusterName: 'prod' });
    expect(flagPlaces(flags, table, 'cluster')).toEqual(new Map([['clusterName', '--cluster-name']]));
  });

  it('by which it is refused beside a file that has its field', () => {
    const refused: string[] = [];
    refuseMixed({ clusterName: 'prod', dryRun: true }, table, (flag, message) => refused.push(`${flag} ${message}`));
    expect(refused).toEqual(['--config cannot be mixed with --cluster-name: write it into the file']);
  });
});

describe('what flags set is what files may say', () => {
  const document = (kind: string, fields: object) => toYaml({ apiVersion: 'kubeadm.k8s.io/v1beta4', kind, ...fields });
  const read = (text: string) => readConfigFile(text, 'flags.yaml');

  it('for init', async () => {
    const { init, cluster } = initFromFlags(everyFlag(initFlags), undefined, wrong);
    const text = `${document('InitConfiguration', init)}---\n${document('ClusterConfiguration', cluster)}`;
    expect(await read(text)).toMatchObject({ init: { value: init, rest: {} }, cluster: { value: cluster, rest: {} } });
  });

  it('for join', async () => {
    const { discoveryFile, ...flags } = everyFlag(joinFlags);
    for (const some of [flags, { discoveryFile, controlPlane: true }]) {
      const join = joinFromFlags(some, {}, wrong);
      expect(await read(document('JoinConfiguration', join))).toMatchObject({ join: { value: join, rest: {} } });
    }
  });

  it('for reset', async () => {
    const reset = withFlags({}, everyFlag(resetFlags), resetFlags, wrong);
    expect(await read(document('ResetConfiguration', reset))).toMatchObject({ reset: { value: reset, rest: {} } });
  });

  it('for upgrade', () => {
    const apply = withFlags({}, everyFlag(upgradeFlags), upgradeFlags, wrong);
    expect(apply).toMatchObject({ kubernetesVersion: 'a', forceUpgrade: true, contextLines: 3, etcdUpgrade: false });
  });
});

describe('a table of flags', () => {
  it.each([
    ['init', initFlags],
    ['join', joinFlags],
    ['reset', resetFlags],
  ] as const)('is what kinit %s takes', async (verb, table: FlagTable) => {
    const { out } = await kinit([verb, '--help']);
    const whole = Object.entries(table).filter(([, { notWhole, argument }]) => !notWhole && argument === undefined);
    expect(whole.filter(([name]) => !out.includes(`--${name}`))).toEqual([]);
  });

  it('gives an older name to a flag that had one, unseen', () => {
    const command = addFlags(new Command('init'), { patches: initFlags.patches });
    command.parse(['--experimental-patches', '/p'], { from: 'user' });
    expect(command.opts()['patches']).toBe('/p');
    expect(command.helpInformation()).not.toContain('experimental');
  });
});
