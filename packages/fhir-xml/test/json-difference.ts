/**
 * A JSON value in which numbers are their text, marked by a NUL that no FHIR string may contain. Independent of the package's own reader,
 * so that its faults are found.
 */
export function parseTokens(text: string): unknown {
  const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
  return JSON.parse(text.replace(tokens, (token) => (token.startsWith('"') ? token : `"\\u0000${token}"`)));
}

/** The path of the first difference between two values of `parseTokens`; undefined if they are equal. The order of keys is ignored. */
export function differenceOf(a: unknown, b: unknown, path = ''): string | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return `${path}.length`;
    for (let i = 0; i < a.length; i += 1) {
      const difference = differenceOf(a[i], b[i], `${path}[${i}]`);
      if (difference !== undefined) return difference;
    }
    return undefined;
  }
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) ? undefined : path;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    if (!Object.hasOwn(a, key) || !Object.hasOwn(b, key)) return `${path}.${key}`;
    const difference = differenceOf(a[key], b[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
