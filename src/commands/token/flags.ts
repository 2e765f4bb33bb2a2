import { defaults } from '../../config/defaults.ts';
import type { InitDocument } from '../../config/documents.ts';
import { parseDuration } from '../../config/duration.ts';
import type { FieldPath, FlagsOf, FlagTable } from '../../config/flag-table.ts';
import type { ReportFlag } from '../../config/flag-values.ts';
import { sharedFlags } from '../../config/shared-flags.ts';

/** The flags of `token create` that describe the token (kubeadm v1.36.2 cmd/token.go), and the file that may instead. */
export const tokenFlags = {
  config: { value: '<file>', help: 'configuration file with bootstrapTokens' },
  description: { value: '<text>', help: 'what it is for', field: 'bootstrapTokens[0].description' },
  groups: {
    value: '<groups>',
    list: true,
    help: `groups of who uses it (default: ${defaults.tokenGroups.join()})`,
    field: 'bootstrapTokens[0].groups',
  },
  lenient: sharedFlags.lenient,
  token: {
    argument: 'token',
    help: 'abcdef.0123456789abcdef (default: a random one)',
    field: 'bootstrapTokens[0].token',
  },
  ttl: {
    value: '<duration>',
    help: `how long it lasts, 0 for ever (default: ${defaults.tokenTtl})`,
    field: 'bootstrapTokens[0].ttl',
    read: lifetime,
  },
  usages: {
    value: '<usages>',
    list: true,
    help: 'signing, authentication (default: both)',
    field: 'bootstrapTokens[0].usages',
  },
} as const satisfies FlagTable<FieldPath<InitDocument>>;

function lifetime(text: string, flag: string, report: ReportFlag): string {
  if ((parseDuration(text) ?? -1) < 0) report(flag, `"${text}" is no duration such as 24h0m0s, 90m, or 0 for ever`);
  return text;
}

/** The flags of `token create`, as commander names them; only what the user gave is there. */
export type TokenFlags = FlagsOf<typeof tokenFlags>;
