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
  /** No conversion is possible, as for `[iU]`. */
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
    // The library prints texts that it cannot parse: untrusted texts, in the middle of the log.
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

/** Names of members that every object inherits: the library treats each as an atom of its tables, and fails. UCUM has no such atoms. */
const inherited = new RegExp(Object.getOwnPropertyNames(Object.prototype).join('|'));

/** Whether a code contains a name on which the library fails; an annotation, within braces, may contain any words. */
export const misleads = (code: string): boolean => inherited.test(code.replace(/\{[^{}]*\}/g, ''));
