import { createRequire } from 'node:module';

/** The part of the library that is used. */
export interface Library {
  /** With a message it took a code for another one (`gram` for `g`). */
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

let loaded: Library | undefined;

/** The library, loaded at first use: that takes a tenth of a second, and many servers never see a unit. */
export function library(): Library {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    const { UcumLhcUtils } = require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Library } };
    loaded = UcumLhcUtils.getInstance();
  }
  return loaded;
}

/** Names of members that every object has: the library takes each for an atom of its tables, and fails. None is an atom of UCUM. */
const inherited = new RegExp(Object.getOwnPropertyNames(Object.prototype).join('|'));

/** Whether a code has a name that the library stumbles over; in an annotation, within braces, may stand any words. */
export const misleads = (code: string): boolean => inherited.test(code.replace(/\{[^{}]*\}/g, ''));
