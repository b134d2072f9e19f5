import { LRUCache } from 'lru-cache';
import { library, misleads } from './library.ts';

/** A valid code. */
export interface Unit {
  /** The name of the unit in English; the code if it has none. */
  readonly display: string;
}

/** Most characters of a code; a longer text is no code. */
export const longestCode = 200;

/** False: it is no code. */
const known = new LRUCache<string, Unit | false>({ max: 2000 });

/** Words in braces do not affect the unit; spaces among them are accepted, since codes of FHIR may have them. */
const annotation = /\{[ -z|~]+\}/g;

/** Two units of UCUM 2.2 that the library does not know yet, each with an arbitrary one that replaces it. */
const stoodFor: readonly (readonly [code: string, name: string])[] = [
  ['[NTU]', 'nephelometric turbidity unit'],
  ['[FNU]', 'formazin nephelometric unit'],
];
const stand = { code: '[CFU]', name: 'colony forming units' } as const;

/** They take no prefix. */
const prefixed = /[A-Za-z](?:\[NTU\]|\[FNU\])/;

/**
 * The unit of a UCUM code; undefined if the text is not a valid code. Annotations (`{score}`) are units, by the grammar.
 * @example
 * unitOf('mg')?.display; // 'milligram'
 * unitOf('gram'); // undefined
 */
export function unitOf(code: string): Unit | undefined {
  if (code.length > longestCode || /[^\x20-\x7e]/.test(code)) return undefined;
  let unit = known.get(code);
  if (unit === undefined) known.set(code, (unit = find(code) ?? false));
  return unit === false ? undefined : unit;
}

/** The library also accepts names and common mistakes; then the code is another one. Of the unit 1 it gives the name as a number. */
function find(code: string): Unit | undefined {
  const plain = plainCode(code);
  if (plain.includes(' ') || prefixed.test(code) || misleads(plain)) return undefined;
  const { status, ucumCode, unit } = library().validateUnitString(plain);
  if (status !== 'valid' || ucumCode !== plain) return undefined;
  return { display: nameOf(code, String(unit?.name ?? '')) || code };
}

/** The library has no name for percents, and its combined names have brackets and HTML markup. */
function nameOf(code: string, name: string): string {
  if (code === '%') return 'percent';
  if (code.includes('{') || /[[<]/.test(name)) return '';
  const own = stoodFor.find(([one]) => code.includes(one))?.[1];
  return own === undefined ? name : name.replaceAll(stand.name, own);
}

/** The code for the library: each annotation a short one, units that it lacks replaced. */
function plainCode(code: string): string {
  const plain = code.replaceAll(annotation, '{x}');
  return stoodFor.reduce((text, [one]) => text.replaceAll(one, stand.code), plain);
}

/**
 * The dimensions that units have in common which can be converted into each other; the code itself for a unit that is alone.
 * @example
 * dimensionsOf('mm') === dimensionsOf('[in_i]'); // true
 */
export function dimensionsOf(code: string): string | undefined {
  return vectorOf(code)?.join() ?? (unitOf(code) === undefined ? undefined : code);
}

/** The base units of UCUM in the order of the library's vectors. */
const baseUnits = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'];

/**
 * A unit in the base units of UCUM, without its factor; the code itself for a unit that is alone.
 * @example
 * canonicalUnitOf('mL'); // 'm3'
 * canonicalUnitOf('{score}'); // '1'
 */
export function canonicalUnitOf(code: string): string | undefined {
  const powers = vectorOf(code);
  if (powers === undefined) return unitOf(code) === undefined ? undefined : code;
  const parts = powers.map((power, n) => (power === 0 ? '' : `${baseUnits[n]}${power === 1 ? '' : power}`));
  const named = parts.filter((part) => part !== '');
  return named.length === 0 ? '1' : named.sort().join('.');
}

/** Powers of the seven base units; undefined for an invalid unit, and for one without conversions. */
function vectorOf(code: string): readonly number[] | undefined {
  if (unitOf(code) === undefined) return undefined;
  const { unit } = library().getSpecifiedUnit(plainCode(code), 'validate');
  return unit === null || unit.isArbitrary_ ? undefined : (unit.dim_?.dimVec_ ?? undefined);
}
