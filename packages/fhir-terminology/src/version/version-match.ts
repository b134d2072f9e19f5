/**
 * Comparison of versions, and the meaning of a version in a reference (https://hl7.org/fhir/R5/versioning.html#CanonicalResource). A
 * reference names a version exactly, or leaves parts open: `1.x`, `1.2.x`, `*`; `1.2` means any `1.2.n`, since semver has three parts. A
 * single number is a complete version. A SNOMED CT edition means any of its versions.
 */
export function versionMatches(wanted: string, version: string | undefined): boolean {
  if (version === undefined) return false;
  if (wanted === version || wanted === '*') return true;
  if (wanted.startsWith('http://snomed.info/sct/')) return version.startsWith(`${wanted}/version/`);
  const open = wanted.split('.');
  const parts = version.split(/[-+]/, 1)[0]!.split('.');
  if (!open.some(isOpen)) return open.length === 2 && parts.length === 3 && open.every((part, i) => part === parts[i]);
  return parts.every((part, i) => {
    const other = open[Math.min(i, open.length - 1)]!;
    return isOpen(other) || (i < open.length && other === part);
  });
}

const isOpen = (part: string): boolean => part === 'x' || part === 'X' || part === '*';

/**
 * Compares two versions: negative if the first is earlier. Numbers are compared part by part as numbers, and a pre-release (`1.0.0-ballot`)
 * comes before its release; dates and plain numbers fit the same rule. A missing version is the earliest.
 */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [coreA, labelA] = split(a);
  const [coreB, labelB] = split(b);
  const core = compareParts(coreA, coreB);
  if (core !== 0) return core;
  if (labelA === undefined || labelB === undefined)
    return (labelA === undefined ? 1 : 0) - (labelB === undefined ? 1 : 0);
  return compareParts(labelA, labelB);
}

/** A date is not a version with a label, though it has the same hyphen. */
function split(version: string): [core: string[], label?: string[]] {
  const [core = '', ...label] = /^\d{4}-\d{2}(-\d{2})?/.test(version) ? [version] : version.split('-');
  return label.length === 0 ? [core.split(/[.\-/]/)] : [core.split(/[./]/), label.join('-').split('.')];
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [one = '0', other = '0'] = [a[i], b[i]];
    const numbers = /^\d+$/.test(one) && /^\d+$/.test(other);
    const order = numbers ? Number(one) - Number(other) : one < other ? -1 : one > other ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * As `compareVersions`; as texts if both resources declare that (`versionAlgorithm` alpha). `compareVersions` covers the other algorithms
 * of R5 (semver, integer, date, natural).
 */
function compareBy(a: string | undefined, b: string | undefined, algorithms: readonly (string | undefined)[]): number {
  if (a === undefined || b === undefined || !algorithms.every((one) => one === 'alpha')) return compareVersions(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The latest of the items with the wanted version; of all items if no version is requested.
 * @param algorithmOf the code of an item's versionAlgorithm
 */
export function latest<T>(
  items: readonly T[],
  versionOf: (item: T) => string | undefined,
  wanted?: string,
  algorithmOf: (item: T) => string | undefined = () => undefined,
): T | undefined {
  // Exactly this version, if there is one: comparing texts is much less work than taking versions apart.
  const exact = wanted === undefined || wanted === '' ? undefined : items.find((item) => versionOf(item) === wanted);
  if (exact !== undefined) return exact;
  let found: T | undefined;
  for (const item of items) {
    const version = versionOf(item);
    if (wanted !== undefined && wanted !== '' && !versionMatches(wanted, version)) continue;
    const isLater =
      found === undefined || compareBy(version, versionOf(found), [algorithmOf(item), algorithmOf(found)]) > 0;
    if (isLater) found = item;
  }
  return found;
}
