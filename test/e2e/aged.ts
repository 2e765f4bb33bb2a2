import { issue } from '../../src/pki/certificate.ts';
import { publicHalf } from '../../src/pki/keys.ts';
import { readKubeconfig, withClient } from '../../src/pki/kubeconfig.ts';
import { kubeletSuccessor } from '../../src/pki/kubelet-certificates.ts';
import { renewables, successor } from '../../src/pki/renewal.ts';
import { releaseFor } from '../../src/release/release.ts';
import { parseVersion } from '../../src/release/version.ts';
import { Secret } from '../../src/secret.ts';
import { toYaml } from '../../src/yaml.ts';
import type { LabHost } from '../lab/host.ts';
import { on } from './kit.ts';

const pki = '/etc/kubernetes/pki';
const current = '/var/lib/kubelet/pki/kubelet-client-current.pem';
const day = 24 * 3600;
const year = 365 * day;

/**
 * Puts certificates for a year on a host that are those of before, but some days old, by the CA on a control plane; then kills what
 * has read others, which begins anew.
 */
export async function age(host: LabHost, authority: LabHost, version: string, days = 400): Promise<void> {
  const release = releaseFor(parseVersion(version));
  const now = Date.now() - days * day * 1000;
  const signerAt = async (path: string) => ({
    certificate: await on(authority, 'cat', `${pki}/${path}.crt`),
    key: new Secret(await on(authority, 'cat', `${pki}/${path}.key`)),
  });
  const put = (path: string, content: string) => host.run(['sh', '-c', `umask 077; cat >${path}`], { stdin: content });
  const isControlPlane = (await host.run(['test', '-e', '/etc/kubernetes/admin.conf'])).code === 0;
  for (const renewable of isControlPlane ? renewables('local', release) : []) {
    const path = renewable.kubeconfig ? `/etc/kubernetes/${renewable.path}` : `${pki}/${renewable.path}`;
    const signer = await signerAt(renewable.signer);
    const text = await on(host, 'cat', renewable.kubeconfig ? path : `${path}.crt`);
    const read = renewable.kubeconfig ? readKubeconfig(text) : undefined;
    const key = read?.clientKey ?? new Secret(await on(host, 'cat', `${path}.key`));
    const spec = successor(renewable, read?.clientCertificate ?? text, {
      algorithm: 'RSA-2048',
      validitySeconds: year,
      release,
    });
    const old = { publicKey: publicHalf(key), signer, now, release: release.pki };
    const certificate = issue({ ...spec, start: 'run' }, old);
    const kubeconfig = read && toYaml(withClient(text, path, { certificate, key, ca: signer.certificate }));
    await put(kubeconfig === undefined ? `${path}.crt` : path, kubeconfig ?? certificate);
  }
  const signer = await signerAt('ca');
  const pem = await on(host, 'cat', current);
  const key = new Secret(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(pem)?.[0] ?? '',
  );
  const wanted = { authority: signer.certificate, validitySeconds: year, release };
  const spec = kubeletSuccessor('kubelet-client', pem, host.name, wanted);
  if (spec === undefined) throw new Error(`${host.name} has no kubelet`);
  const old = { publicKey: publicHalf(key), signer, now, release: release.pki };
  const certificate = issue({ ...spec, start: 'run' }, old);
  await put(await realPath(host, current), `${certificate}${key.reveal()}\n`);
  const processes = isControlPlane
    ? 'for p in kube-apiserver kube-controller kube-scheduler etcd; do pkill -x $p; done; '
    : '';
  await on(host, 'sh', '-c', `${processes}systemctl restart kubelet`);
}

async function realPath(host: LabHost, path: string): Promise<string> {
  return (await on(host, 'readlink', '-f', path)).trim();
}
