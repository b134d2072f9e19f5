import { LRUCache } from 'lru-cache';
import { library, misleads } from './library.ts';
import { longestCode } from './unit.ts';

/** Makes an amount of one unit an amount of another. */
export type Conversion = (amount: number) => number;

/** By both codes; false if the units cannot be compared. */
const known = new LRUCache<string, Conversion | false>({ max: 2000 });
const maxCodeLength = 64;

/**
 * Returns the conversion of amounts between two UCUM units: units of one dimension, special ones (`Cel`, `[degF]`) too, and arbitrary units
 * among themselves (`m[iU]/L`, `u[iU]/mL`). Undefined when a code is unknown or they cannot be compared. The amount is exact to twelve
 * digits. Mass and amount of substance are two dimensions: the substance is not known here.
 * @example
 * conversion('Cel', 'K')?.(0); // 273.15
 */
export function conversion(from: string, to: string): Conversion | undefined {
  if (from === to) return (amount) => amount;
  if (from.length > maxCodeLength || to.length > maxCodeLength) return undefined;
  const pair = `${from} ${to}`;
  let convert = known.get(pair);
  if (convert === undefined) known.set(pair, (convert = find(from, to) ?? findArbitrary(from, to) ?? false));
  return convert === false ? undefined : convert;
}

function find(from: string, to: string): Conversion | undefined {
  const convert = (amount: number): number => converted(amount, from, to) ?? NaN;
  return Number.isNaN(convert(1)) ? undefined : convert;
}

const arbitraryUnit = /\[[^[\]]+\]/;

/** The library converts no arbitrary units. Where both have the same one, any base unit may be in its place. */
function findArbitrary(from: string, to: string): Conversion | undefined {
  const [a, b] = [from, to].map((code) => code.replace('[IU]', '[iU]')) as [string, string];
  const unit = arbitraryUnit.exec(a)?.[0];
  return unit !== undefined && b.includes(unit) ? find(a.replace(unit, 'cd'), b.replace(unit, 'cd')) : undefined;
}

/**
 * An amount of one unit in another, exact to twelve digits; undefined when a unit is not known or the two measure different things.
 * @example
 * convertUnit(5.5, 'g', 'mg'); // 5500
 * convertUnit(1, 'g', 'm'); // undefined
 */
export function convertUnit(amount: number, from: string, to: string): number | undefined {
  return from.length > longestCode || to.length > longestCode ? undefined : converted(amount, from, to);
}

function converted(amount: number, from: string, to: string): number | undefined {
  if (misleads(from) || misleads(to)) return undefined;
  const { toVal, msg } = library().convertUnitTo(from, amount, to);
  return toVal === null || msg.length > 0 ? undefined : Number(toVal.toPrecision(12));
}
