import { LRUCache } from 'lru-cache';
import { library, misleads } from './library.ts';

/** A valid code. */
export interface Unit {
  /** The name of the unit in English. */
  readonly display: string;
}

/** Most characters of a code; a longer text is no code. */
export const longestCode = 200;

/** False: it is no code. */
const known = new LRUCache<string, Unit | false>({ max: 2000 });

/**
 * The unit of a UCUM code; undefined for what is no code as it is written. Annotations (`{score}`) are units, since the grammar says so.
 * @example
 * unitOf('mg')?.display; // 'milligram'
 * unitOf('gram'); // undefined
 */
export function unitOf(code: string): Unit | undefined {
  if (code.length > longestCode || /[^\x21-\x7e]/.test(code)) return undefined;
  let unit = known.get(code);
  if (unit === undefined) known.set(code, (unit = find(code) ?? false));
  return unit === false ? undefined : unit;
}

/** The library also accepts names and common mistakes; then the code is another one. Of the unit 1 it gives the name as a number. */
function find(code: string): Unit | undefined {
  if (misleads(code)) return undefined;
  const { status, ucumCode, unit } = library().validateUnitString(code);
  return status === 'valid' && ucumCode === code ? { display: String(unit?.name ?? code) } : undefined;
}

/**
 * The dimensions that units have in common which can be converted into each other; the code itself for a unit that is alone.
 * @example
 * dimensionsOf('mm') === dimensionsOf('[in_i]'); // true
 */
export function dimensionsOf(code: string): string | undefined {
  if (unitOf(code) === undefined) return undefined;
  const { unit } = library().getSpecifiedUnit(code, 'validate');
  const dimensions = unit?.dim_?.dimVec_ ?? undefined;
  return dimensions === undefined || unit?.isArbitrary_ === true ? code : dimensions.join();
}
