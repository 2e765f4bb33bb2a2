import { exitCodes, KinitError } from '../errors.ts';
import { parseYaml } from '../yaml.ts';

/**
 * Refuses a kubeconfig of another machine that does more than name a cluster and hold credentials: kubectl would run its
 * programs (`exec`), and hand out files (`tokenFile`), of the machine that it is brought to. Throws KinitError, exit 6.
 */
export function refuseForeignReach(text: string, file: string): void {
  const documents = parseYaml(text, file).map(({ value }) => value);
  const places = documents.flatMap((document) =>
    Object.entries(harmless).flatMap(([list, [entry, fields]]) =>
      entriesOf(document, list).flatMap((each, index) =>
        Object.keys(asMap(asMap(each)[entry]))
          .filter((field) => !fields.includes(field))
          .map((field) => `${list}[${index}].${entry}.${field}`),
      ),
    ),
  );
  if (places.length > 0) {
    throw new KinitError(`${file} holds what would act on this machine: ${places.join(', ')}`, {
      exitCode: exitCodes.trustRefused,
      hint: `look at it there; \`kinit init phase kubeconfig admin\` writes a new one where ${file} is removed`,
    });
  }
}

/** What admin.conf consists of (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). */
const harmless: Readonly<Record<string, readonly [entry: string, fields: readonly string[]]>> = {
  clusters: ['cluster', ['server', 'certificate-authority-data', 'tls-server-name']],
  users: ['user', ['client-certificate-data', 'client-key-data', 'token']],
};

function entriesOf(value: unknown, list: string): readonly unknown[] {
  const entries = asMap(value)[list];
  return Array.isArray(entries) ? entries : [];
}

function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
