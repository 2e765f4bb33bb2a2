import { describe, expect, it } from 'vitest';
import type { Observed } from '../../../src/execute/observed.ts';
import { restartComponents } from '../../../src/phases/certificates/restart-components.ts';
import { manifestsDirectory } from '../../../src/release/paths.ts';

const mark = '/var/lib/kinit/mark';
const kubeVip = '/etc/kubernetes/manifests/kinit-kube-vip.yaml';

/** What else ends on a control plane on which these files are when those static pods begin anew. */
function commands(files: readonly string[], names: readonly string[]): readonly string[] {
  const observed = { paths: new Map(files.map((path) => [path, { type: 'file' }])) } as unknown as Observed;
  const context = { restarting: { mark, names: names as never }, member: undefined };
  return restartComponents
    .desired(context, observed)
    .flatMap((change) =>
      change.kind === 'command' && !change.argv.includes(manifestsDirectory) ? [change.argv[4] ?? ''] : [],
    );
}

describe('kube-vip, which reads admin.conf when it begins,', () => {
  it('begins anew behind the components that read theirs', () => {
    expect(commands([mark, kubeVip], ['kube-apiserver', 'kube-scheduler'])).toEqual(['kube-vip']);
  });

  it('goes on where no kubeconfig is new, nothing began anew, or it is not kinit’s', () => {
    expect(commands([mark, kubeVip], ['etcd', 'kube-apiserver'])).toEqual([]);
    expect(commands([kubeVip], ['kube-apiserver', 'kube-scheduler'])).toEqual([]);
    expect(commands([mark], ['kube-apiserver', 'kube-scheduler'])).toEqual([]);
  });
});
