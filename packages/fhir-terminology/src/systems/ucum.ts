import { createRequire } from 'node:module';
import type { ConceptSystem } from '../source/concept-system.ts';
import { grammarSystem } from './grammar-system.ts';

/** The part of the library that is used here. */
interface Ucum {
  convertUnitTo(from: string, value: number, to: string): { toVal: number | null; msg: readonly string[] };
  getSpecifiedUnit(code: string, mode: 'validate'): { unit: Dimensioned | null };
  validateUnitString(code: string): {
    status: 'valid' | 'invalid' | 'error';
    ucumCode: string | null;
    unit: { name: string | number } | null;
  };
}

/** A unit in terms of the seven that UCUM bases all on. */
interface Dimensioned {
  readonly dim_: { readonly dimVec_: readonly number[] | null } | null;
  /** Nothing can be converted into it, such as `[iU]`. */
  readonly isArbitrary_: boolean;
}

interface Unit {
  readonly display: string;
}

const longest = 200;
const most = 2000;

/** Units of measure (https://ucum.org). Annotations (`{score}`) are units, since the grammar says so. */
export function ucum(): ConceptSystem {
  const known = new Map<string, Unit | undefined>();
  const find = (code: string): Unit | undefined => {
    const { status, ucumCode, unit } = (shared ??= load()).validateUnitString(code);
    // The library also accepts names and common mistakes; then the code is another one.
    // Of the unit 1 it gives the name as a number.
    return status === 'valid' && ucumCode === code ? { display: String(unit?.name ?? code) } : undefined;
  };
  /** Returns the dimensions of a unit, which units share that can be converted into each other; for an arbitrary unit, its own code. */
  const canonicalOf = (code: string): string | undefined => {
    if (read(code) === undefined) return undefined;
    const unit = shared?.getSpecifiedUnit(code, 'validate').unit;
    const dimensions = unit?.dim_?.dimVec_ ?? undefined;
    return dimensions === undefined || unit?.isArbitrary_ === true ? code : dimensions.join();
  };
  const read = (code: string): Unit | undefined => {
    if (code.length > longest || /[^\x21-\x7e]/.test(code)) return undefined;
    if (!known.has(code)) {
      if (known.size >= most) known.clear();
      known.set(code, find(code));
    }
    return known.get(code);
  };
  return grammarSystem({
    url: 'http://unitsofmeasure.org',
    name: 'UCUM',
    title: 'The Unified Code for Units of Measure',
    caseSensitive: true,
    valueSet: 'http://unitsofmeasure.org/vs',
    listedBy: 'http://hl7.org/fhir/ValueSet/ucum-common',
    read,
    /** https://hl7.org/fhir/R5/ucum.html: `canonical` = a unit stands for all that have its canonical form. */
    filter({ property, op, value }) {
      const wanted = property === 'canonical' && op === '=' ? canonicalOf(value) : undefined;
      return wanted === undefined ? undefined : ({ code }) => canonicalOf(code) === wanted;
    },
  });
}

let shared: Ucum | undefined;

/** An amount of one unit in another, exact to twelve digits; undefined when a unit is not known or the two measure different things. */
export function convertUnit(value: number, from: string, to: string): number | undefined {
  if (from.length > longest || to.length > longest) return undefined;
  const { toVal, msg } = (shared ??= load()).convertUnitTo(from, value, to);
  // With a message it took a code for another one (`gram` for `g`).
  return toVal === null || msg.length > 0 ? undefined : Number(toVal.toPrecision(12));
}

/** At first use: it takes a tenth of a second, and many servers never see a unit. */
function load(): Ucum {
  const require = createRequire(import.meta.url);
  const { UcumLhcUtils } = require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Ucum } };
  return UcumLhcUtils.getInstance();
}
