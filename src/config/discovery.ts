import { defined } from '../defined.ts';
import { tokenForm } from './bootstrap-tokens.ts';
import { defaults, given } from './defaults.ts';
import type { JoinDocument } from './documents.ts';
import type { Report } from './findings.ts';
import { isHostPort, isToken, schemeOf } from './rules.ts';
import type { Discovery } from './types.ts';

/**
 * How the node finds the cluster and what it trusts (kubeadm's ValidateDiscovery). Where nothing is named it is admin.conf:
 * a control plane that is being set up by hand has it already.
 */
export function completeDiscovery(
  { discovery }: JoinDocument,
  { required, report }: { readonly required: boolean; readonly report: Report },
): Discovery {
  const path = ['discovery'];
  const { bootstrapToken, file } = discovery ?? {};
  const tlsToken = given(discovery?.tlsBootstrapToken);
  if (bootstrapToken && file) report(path, 'give bootstrapToken or file, not both');
  if (file) return fromFile(given(file.kubeConfigPath), tlsToken, report);
  if (bootstrapToken) return fromToken(bootstrapToken, tlsToken, report);
  if (required) report(path, missing);
  return { file: { kubeConfigPath: defaults.adminConf }, ...defined({ tlsBootstrapToken: tlsToken }) };
}

const missing =
  'say how the cluster is found: HOST:PORT with --token and --discovery-token-ca-cert-hash, or --discovery-file';

type TokenDocument = NonNullable<NonNullable<JoinDocument['discovery']>['bootstrapToken']>;

function fromToken(document: TokenDocument, tlsToken: string | undefined, report: Report): Discovery {
  const path = ['discovery', 'bootstrapToken'];
  const { token = '', apiServerEndpoint = '', caCertHashes = [], unsafeSkipCAVerification = false } = document;
  if (apiServerEndpoint === '') report([...path, 'apiServerEndpoint'], 'name the API server as HOST:PORT');
  else if (!isHostPort(apiServerEndpoint, true))
    report([...path, 'apiServerEndpoint'], `"${apiServerEndpoint}" is not HOST:PORT`);
  if (token === '') report([...path, 'token'], 'a bootstrap token is needed (--token)');
  else if (!isToken(token)) report([...path, 'token'], tokenForm);
  if (caCertHashes.length === 0 && !unsafeSkipCAVerification) {
    report(
      [...path, 'caCertHashes'],
      'give the CA by --discovery-token-ca-cert-hash, or do without by --discovery-token-unsafe-skip-ca-verification',
    );
  }
  for (const [index, hash] of caCertHashes.entries()) {
    if (!/^sha256:[0-9a-fA-F]{64}$/.test(hash))
      report([...path, 'caCertHashes', index], `"${hash}" is not sha256: and 64 hexadecimal digits`);
  }
  if (tlsToken !== undefined && !isToken(tlsToken)) report(['discovery', 'tlsBootstrapToken'], tokenForm);
  return {
    bootstrapToken: { token, apiServerEndpoint, caCertHashes, unsafeSkipCAVerification },
    tlsBootstrapToken: tlsToken ?? token,
  };
}

function fromFile(kubeConfigPath: string | undefined, tlsToken: string | undefined, report: Report): Discovery {
  const path = ['discovery', 'file', 'kubeConfigPath'];
  const scheme = kubeConfigPath === undefined ? undefined : schemeOf(kubeConfigPath);
  if (kubeConfigPath === undefined) report(path, 'name a kubeconfig file or an https URL');
  else if (scheme !== undefined && scheme !== 'https' && scheme !== 'file')
    report(path, `a URL has to be https, not ${scheme}`);
  if (tlsToken !== undefined && !isToken(tlsToken)) report(['discovery', 'tlsBootstrapToken'], tokenForm);
  return { file: { kubeConfigPath: kubeConfigPath ?? '' }, ...defined({ tlsBootstrapToken: tlsToken }) };
}
