import { describe, expect, it } from 'vitest';
import { coreDnsObjects } from '../../../src/manifests/coredns.ts';
import { isDefaultCorefile, migratedCorefile, unsupportedPlugins } from '../../../src/manifests/corefile.ts';
import { initConfig, release } from './config.ts';

function written(version: string): string {
  const [configMap] = coreDnsObjects(initConfig(version), release(version));
  const { Corefile = '' } = (configMap?.['data'] ?? {}) as { readonly Corefile?: string };
  return Corefile;
}

const own = `.:53 {
    errors
    kubernetes cluster.local in-addr.arpa {
        pods insecure
        upstream
        transfer to 10.0.0.9
    }
    forward . 10.0.0.2
    cache 30
}
`;

describe('a Corefile', () => {
  it.each(['v1.18.0', 'v1.20.2', 'v1.31.4'])('that kubeadm %s wrote is replaced by the next one', (version) => {
    expect(isDefaultCorefile(written(version))).toBe(true);
  });

  it.each<[string, string]>([
    ['another server for names outside', written('v1.20.2').replace('/etc/resolv.conf', '10.0.0.2')],
    ['a second zone', `${written('v1.20.2')}corp:53 {\n    forward . 10.0.0.2\n}\n`],
    ['one plugin less', written('v1.20.2').replace('    loop\n', '')],
    ['the lines that v1.32 and later add, which count as the user’s', written('v1.36.3')],
  ])('with %s stays the user’s', (_, corefile) => {
    expect(isDefaultCorefile(corefile)).toBe(false);
  });

  it('of CoreDNS 1.6.7 loses what 1.7.0 and 1.8.0 do not know any more', () => {
    expect(migratedCorefile(own, '1.6.7', 'v1.8.0')).toBe(`.:53 {
    errors
    kubernetes cluster.local in-addr.arpa {
        pods insecure
    }
    transfer cluster.local in-addr.arpa {
        to 10.0.0.9
    }
    forward . 10.0.0.2 {
        max_concurrent 1000
    }
    cache 30
}
`);
  });

  it.each([
    ['v1.8.0', 'v1.8.4'],
    ['v1.8.6', 'v1.14.2'],
    ['1.7.0', '1.7.0'],
  ])('goes on as it is from %s to %s', (from, to) => {
    expect(migratedCorefile(own, from, to)).toBe(own);
  });

  it('names the plugins that nobody can tell to work with another CoreDNS', () => {
    expect(unsupportedPlugins(own)).toEqual([]);
    expect(unsupportedPlugins(own.replace('errors', 'file /etc/zone\n    acl'))).toEqual(['file', 'acl']);
  });
});
