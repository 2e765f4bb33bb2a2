/** `object` with every quantity in it as Kubernetes prints it: resources of containers, sizes of volumes. */
export function withCanonicalQuantities<T>(object: T): T {
  return canonical(object, '') as T;
}

function canonical(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, ''));
  if (typeof value !== 'object' || value === null) return name === 'sizeLimit' ? canonicalQuantity(value) : value;
  const isList = name === 'limits' || name === 'requests';
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isList ? canonicalQuantity(inner) : canonical(inner, key)]),
  );
}

/**
 * A quantity of resources as Kubernetes prints it: no fraction, the largest suffix that keeps it whole (`0.5` is `500m`,
 * `1024Mi` is `1Gi`); what is no quantity stays as it is. k8s.io/apimachinery pkg/api/resource Quantity.String.
 */
export function canonicalQuantity(value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = form.exec(String(value).trim()) ?? [];
  const scale = scales.get(suffix) ?? exponent(suffix);
  if (scale === undefined || whole + fraction === '') return value;
  const nanos = rounded(BigInt(whole + fraction) * scale, 10n ** BigInt(fraction.length));
  if (nanos === 0n) return '0';
  return `${sign === '-' ? '-' : ''}${printed(nanos, suffix)}`;
}

/** What a quantity amounts to (`250m` is 0.25, `1Ki` 1024); undefined for what is none. */
export function amountOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = form.exec(String(value).trim()) ?? [];
  const scale = scales.get(suffix) ?? exponent(suffix);
  if (scale === undefined || whole + fraction === '') return undefined;
  const amount = (Number(`${whole || '0'}.${fraction || '0'}`) * Number(scale)) / Number(nano);
  return sign === '-' ? -amount : amount;
}

const form = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eE][+-]?\d+)|[numkMGTPE]|[KMGTPE]i)?$/;
const nano = 1_000_000_000n;

const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Each suffix in nanos. */
const scales: ReadonlyMap<string, bigint> = new Map([
  ...decimal.map((suffix, index) => [suffix, 1000n ** BigInt(index)] as const),
  ...binary.map((suffix, index) => [suffix, nano * 1024n ** BigInt(index + 1)] as const),
]);

/** `e3`: a power of ten, in nanos. */
function exponent(suffix: string): bigint | undefined {
  const power = /^[eE]([+-]?\d{1,2})$/.exec(suffix)?.[1];
  if (power === undefined) return undefined;
  const places = Number(power) + 9;
  return places < 0 ? undefined : 10n ** BigInt(places);
}

/** Kubernetes rounds up what is less than a nano. */
function rounded(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function printed(nanos: bigint, suffix: string): string {
  if (/^[eE]/.test(suffix) && suffix.length > 1) return scientific(nanos);
  const isBinary = binary.includes(suffix) && nanos % nano === 0n && nanos >= 1024n * nano;
  const known = isBinary ? ['', ...binary] : decimal;
  const base = isBinary ? 1024n : 1000n;
  let [rest, step] = [isBinary ? nanos / nano : nanos, 0];
  while (step < known.length - 1 && rest % base === 0n) {
    rest /= base;
    step += 1;
  }
  return `${rest}${known[step]}`;
}

/** With an exponent that is a multiple of three. */
function scientific(nanos: bigint): string {
  let [rest, power] = [nanos, -9];
  while (rest % 1000n === 0n) {
    rest /= 1000n;
    power += 3;
  }
  return power === 0 ? `${rest}` : `${rest}e${power}`;
}
