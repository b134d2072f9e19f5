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
