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

interface Parsing {
  readonly uStrParser_: { parseString: (text: string, ...rest: readonly unknown[]) => readonly unknown[] };
}

let loaded: Library | undefined;

/** The library, loaded at first use: that takes a tenth of a second, and many servers never see a unit. */
export function library(): Library {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    const { UcumLhcUtils } = require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Library & Parsing } };
    const instance = UcumLhcUtils.getInstance();
    const { uStrParser_: parser } = instance;
    const parse = parser.parseString.bind(parser);
    // The library prints what it cannot parse: texts of strangers, in the midst of the log.
    parser.parseString = (text, ...rest) => {
      try {
        return parse(text, ...rest);
      } catch (error) {
        return [null, text, [String(error)]];
      }
    };
    loaded = instance;
  }
  return loaded;
}

/** Names of members that every object has: the library takes each for an atom of its tables, and fails. None is an atom of UCUM. */
const inherited = new RegExp(Object.getOwnPropertyNames(Object.prototype).join('|'));

/** Whether a code has a name that the library stumbles over; in an annotation, within braces, may stand any words. */
export const misleads = (code: string): boolean => inherited.test(code.replace(/\{[^{}]*\}/g, ''));
