import { describe, expect, it } from 'vitest';
import type { Observed } from '../../../src/execute/observed.ts';
import { restartComponents } from '../../../src/phases/certificates/restart-components.ts';
import { manifestsDirectory } from '../../../src/release/paths.ts';

const mark = '/var/lib/kinit/mark';
const kubeVip = '/etc/kubernetes/manifests/kinit-kube-vip.yaml';

/** What ends on a control plane on which these files are when those static pods begin anew, in this order. */
function commands(files: readonly string[], names: readonly string[]): readonly string[] {
  const observed = { paths: new Map(files.map((path) => [path, { type: 'file' }])) } as unknown as Observed;
  const context = { restarting: { mark, names: names as never }, member: undefined };
  return restartComponents
    .desired(context, observed)
    .flatMap((change) =>
      change.kind !== 'command' ? [] : change.argv.includes(manifestsDirectory) ? names : [change.argv[4] ?? ''],
    );
}

describe('kube-vip, which reads admin.conf when it begins and holds an address,', () => {
  const components = ['kube-apiserver', 'kube-scheduler'];

  it('begins anew before the components that read theirs, so that the address does not go with its API server', () => {
    expect(commands([mark, kubeVip], components)).toEqual(['kube-vip', ...components]);
  });

  it('leaves it where the API server alone begins anew, for the CA of etcd', () => {
    expect(commands([mark, kubeVip], ['etcd', 'kube-apiserver'])).toEqual(['kube-vip', 'etcd', 'kube-apiserver']);
  });

  it('goes on where no API server begins anew, or it is not kinit’s', () => {
    expect(commands([mark, kubeVip], ['etcd'])).toEqual(['etcd']);
    expect(commands([kubeVip], components)).toEqual([]);
    expect(commands([mark], components)).toEqual(components);
  });
});
