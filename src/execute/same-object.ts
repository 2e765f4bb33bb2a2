/**
 * Whether the live object already says everything that the wanted one does. Fields that only the live one has (defaults
 * of the API server, additions of the user) do not count; absent, null and empty mean the same to the API server.
 */
export function says(live: unknown, wanted: unknown): boolean {
  if (wanted === undefined || wanted === null) return true;
  if (isRecord(wanted)) {
    const there = isRecord(live) ? live : {};
    const fields = Object.entries(wanted).filter(([key]) => !ignored.has(key));
    return (isRecord(live) || isEmpty(live)) && fields.every(([key, value]) => says(there[key], value));
  }
  if (isEmpty(wanted)) return isEmpty(live);
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) && live.length === wanted.length && wanted.every((item, index) => says(live[index], item))
    );
  }
  return live === wanted;
}

/** The server's own; sending them is allowed, comparing them means nothing. */
const ignored: ReadonlySet<string> = new Set(['resourceVersion', 'creationTimestamp', 'status', 'uid', 'generation']);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.values(value).every(isEmpty);
}
