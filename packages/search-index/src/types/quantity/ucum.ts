import { createRequire } from 'node:module';

/** https://ucum.org: the system of its codes. */
export const ucumSystem = 'http://unitsofmeasure.org';

/** The part of the library that is used here. */
interface Ucum {
  convertUnitTo(from: string, value: number, to: string): { toVal: number | null; msg: readonly string[] };
}

/** Makes an amount of one unit an amount of another. */
export type Conversion = (amount: number) => number;

let library: Ucum | undefined;
const known = new Map<string, Conversion | undefined>();
const maxKnown = 2000;
const maxCodeLength = 64;

/**
 * How amounts of one UCUM unit become amounts of another: units of one dimension, special ones (`Cel`, `[degF]`) too, and
 * arbitrary units among themselves (`m[iU]/L`, `u[iU]/mL`). Undefined when a code is unknown or they cannot be compared.
 * The amount is exact to twelve digits. Mass and amount of substance are two dimensions: the substance is not known here.
 */
export function conversion(from: string, to: string): Conversion | undefined {
  if (from === to) return (amount) => amount;
  if (from.length > maxCodeLength || to.length > maxCodeLength) return undefined;
  const pair = `${from} ${to}`;
  if (!known.has(pair)) {
    if (known.size >= maxKnown) known.clear();
    known.set(pair, find(from, to) ?? findArbitrary(from, to));
  }
  return known.get(pair);
}

function find(from: string, to: string): Conversion | undefined {
  const ucum = (library ??= load());
  const convert = (amount: number) => {
    const { toVal, msg } = ucum.convertUnitTo(from, amount, to);
    // With a message it took a code for another one (`gram` for `g`).
    return toVal === null || msg.length > 0 ? NaN : Number(toVal.toPrecision(12));
  };
  return Number.isNaN(convert(1)) ? undefined : convert;
}

const arbitraryUnit = /\[[^[\]]+\]/;

/** The library converts no arbitrary units. Where both have the same one, any base unit may stand in its place. */
function findArbitrary(from: string, to: string): Conversion | undefined {
  const [a, b] = [from, to].map((code) => code.replace('[IU]', '[iU]')) as [string, string];
  const unit = arbitraryUnit.exec(a)?.[0];
  return unit !== undefined && b.includes(unit) ? find(a.replace(unit, 'cd'), b.replace(unit, 'cd')) : undefined;
}

/** At first use: it takes a tenth of a second, and few searches ask for another unit than the one recorded. */
function load(): Ucum {
  const require = createRequire(import.meta.url);
  const { UcumLhcUtils } = require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Ucum } };
  return UcumLhcUtils.getInstance();
}
