import { defined } from '../defined.ts';
import { defaults, given, goDuration } from './defaults.ts';
import type { InitDocument } from './documents.ts';
import type { Report } from './findings.ts';
import { isToken } from './rules.ts';
import type { BootstrapToken } from './types.ts';

type TokenDocument = NonNullable<InitDocument['bootstrapTokens']>[number];

/** The tokens that `init` makes: the user's, or one of 24 hours. `newToken` fills in what is not given. */
export function completeTokens(
  documents: readonly TokenDocument[],
  newToken: () => string,
  report: Report,
): readonly BootstrapToken[] {
  const wanted = documents.length > 0 ? documents : [{}];
  const tokens = wanted.map((document) => completeToken(document, newToken));
  for (const [index, token] of tokens.entries()) check(token, ['bootstrapTokens', index], report);
  return tokens;
}

function completeToken(document: TokenDocument, newToken: () => string): BootstrapToken {
  const { ttl, expires } = document;
  const lifetime = expires === undefined ? (ttl ?? defaults.tokenTtl) : ttl;
  return {
    token: given(document.token) ?? newToken(),
    ...(given(document.description) === undefined ? {} : { description: document.description ?? '' }),
    ...(lifetime === undefined ? {} : { ttl: goDuration(lifetime) }),
    ...defined({ expires }),
    usages: document.usages?.length ? document.usages : defaults.tokenUsages,
    groups: document.groups?.length ? document.groups : defaults.tokenGroups,
  };
}

/** kubeadm's ValidateBootstrapTokens; the token itself never stands in a message. */
function check(token: BootstrapToken, path: readonly (string | number)[], report: Report): void {
  if (!isToken(token.token)) report([...path, 'token'], tokenForm);
  if (token.ttl !== undefined && token.expires !== undefined) report(path, 'give ttl or expires, not both');
  for (const usage of token.usages) {
    if (!['signing', 'authentication'].includes(usage))
      report([...path, 'usages'], `"${usage}" is not signing or authentication`);
  }
  for (const group of token.groups) {
    if (!/^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(group)) {
      report(
        [...path, 'groups'],
        `"${group}" is no group of bootstrap tokens: it has to start with system:bootstrappers:`,
      );
    }
  }
  if (!token.usages.includes('authentication') && token.groups.length > 0) {
    report([...path, 'groups'], 'groups need the usage authentication');
  }
}

/** What is wrong with a token that is none. */
export const tokenForm = 'is not a token: six and sixteen lower-case letters or digits with a dot between';
