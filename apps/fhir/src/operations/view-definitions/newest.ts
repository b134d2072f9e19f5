/** Business versions of one canonical. https://hl7.org/fhir/R5/references.html#canonical-matching */

interface Versioned {
  readonly status?: unknown;
  readonly version?: unknown;
}

const order = ['active', 'draft', 'unknown', 'retired'];

/**
 * The version used if none is named: an active one before a draft, then the greatest version. Numbers within versions compare as numbers,
 * so that 1.10 comes after 1.9; one without a version comes before all others.
 * @returns undefined for an empty list
 */
export function newestOf<Each extends Versioned>(all: readonly Each[]): Each | undefined {
  return all.toSorted((a, b) => rankOf(a) - rankOf(b) || compareVersions(b.version, a.version))[0];
}

function rankOf({ status }: Versioned): number {
  const rank = order.indexOf(String(status));
  return rank < 0 ? order.length : rank;
}

function compareVersions(a: unknown, b: unknown): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let n = 0; n < Math.max(left.length, right.length); n += 1) {
    const difference = compareParts(left[n], right[n]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: unknown): readonly string[] {
  return typeof version === 'string' ? version.split(/[.+-]/) : [];
}

/** Fewer parts are less, and a word is less than a number: 1.0-beta is before 1.0.1. */
function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const [isNumber, isOther] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber !== isOther) return isNumber ? 1 : -1;
  if (!isNumber) return a < b ? -1 : 1;
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return left.length - right.length || (left === right ? 0 : left < right ? -1 : 1);
}
