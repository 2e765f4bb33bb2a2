import { typeProblems } from '../../../config/component-types.ts';
import type { ComponentConfig } from '../../../config/types.ts';
import { InputError, KinitError } from '../../../errors.ts';
import type { KubeObject } from '../../../kube/client.ts';
import { isGenerated } from '../../../manifests/component-hash.ts';
import type { Structure } from '../../../release/go-types.ts';
import { parseYaml } from '../../../yaml.ts';

interface Stored {
  /** Of the ConfigMap's data. */
  readonly entry: string;
  readonly kind: string;
  /** The types of the kind's fields. */
  readonly fields: Structure;
}

/**
 * A component's configuration as its ConfigMap has it; an empty one where there is no ConfigMap. Throws KinitError with the
 * place of what the component could not read.
 */
export function storedComponent(stored: KubeObject | undefined, { entry, kind, fields }: Stored): ComponentConfig {
  if (stored === undefined) return { object: {}, userSupplied: false };
  const place = `ConfigMap kube-system/${stored.metadata.name}`;
  const wrong = (message: string, cause?: unknown): KinitError =>
    new KinitError(`cannot read the configuration of the cluster's components: ${message}`, {
      cause,
      hint: `kubectl -n kube-system edit configmap ${stored.metadata.name}`,
    });
  const text = (stored['data'] as Readonly<Record<string, string>> | undefined)?.[entry];
  if (text === undefined) throw wrong(`${place} has no "${entry}"`);
  const [document] = asRead(() => parseYaml(text, place), wrong);
  const value = (document?.value ?? {}) as Readonly<Record<string, unknown>>;
  const problems = typeProblems(value, fields, document?.textOf);
  const [first] = problems;
  if (first !== undefined) throw wrong(`${document?.placeOf(first.path) ?? place}: ${first.message}`);
  if (value['kind'] !== undefined && value['kind'] !== kind) {
    throw wrong(`${document?.placeOf(['kind']) ?? place}: ${JSON.stringify(value['kind']).slice(0, 100)}, not ${kind}`);
  }
  return { object: value, userSupplied: !isGenerated(stored) };
}

function asRead<T>(read: () => T, wrong: (message: string, cause: unknown) => KinitError): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? wrong(error.message, error) : error;
  }
}
