import type { KubeObject } from './client.ts';

/** Whether labels match a selector such as `app=dns,tier in (a, b),!legacy` (Kubernetes' label selector syntax). */
export function matchesLabels(selector: string | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  return requirements(selector).every((requirement) => {
    const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
    if (set) {
      const [, key = '', operator, list = ''] = set;
      const listed = list
        .split(',')
        .map((value) => value.trim())
        .includes(labels[key] ?? '\0');
      return operator === 'in' ? listed : !listed;
    }
    const comparison = /^([^=!]+?)\s*(!=|==?)\s*(.*)$/.exec(requirement);
    if (comparison) {
      const [, key = '', operator, value] = comparison;
      return operator === '!=' ? labels[key] !== value : labels[key] === value;
    }
    return requirement.startsWith('!')
      ? labels[requirement.slice(1).trim()] === undefined
      : labels[requirement] !== undefined;
  });
}

/** As objects say whom they mean (apimachinery LabelSelector). */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Whether an object's selector means somebody with these labels; one that is not there means nobody, an empty one all. */
export function selects(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  if (selector === undefined) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      const isListed = value !== undefined && values.includes(value);
      switch (operator) {
        case 'In':
          return isListed;
        case 'NotIn':
          return !isListed;
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}

/** Whether an object matches a field selector such as `type=bootstrap.kubernetes.io/token,metadata.name!=x`. */
export function matchesFields(selector: string | undefined, object: KubeObject): boolean {
  return requirements(selector).every((requirement) => {
    const [, path = '', operator, value] = /^([^=!]+)(!=|==?)(.*)$/.exec(requirement) ?? [];
    const found = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
    return (String(found ?? '') === value) === (operator !== '!=');
  });
}

/** Splits at the commas that stand outside of parentheses. */
function requirements(selector = ''): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter(Boolean);
}
