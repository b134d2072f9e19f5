import { createRequire } from 'node:module';
import type { ConceptSystem } from '../source/concept-system.ts';
import { grammarSystem } from './grammar-system.ts';

/** What is used of the library. */
interface Ucum {
  validateUnitString(code: string): {
    status: 'valid' | 'invalid' | 'error';
    ucumCode: string | null;
    unit: { name: string | number } | null;
  };
}

interface Unit {
  readonly display: string;
}

const longest = 200;
const most = 2000;

/** Units of measure (https://ucum.org). Annotations (`{score}`) are units, since the grammar says so. */
export function ucum(): ConceptSystem {
  let library: Ucum | undefined;
  const known = new Map<string, Unit | undefined>();
  const find = (code: string): Unit | undefined => {
    library ??= load();
    const { status, ucumCode, unit } = library.validateUnitString(code);
    // The library also accepts names and common mistakes; then the code is another one.
    // Of the unit 1 it gives the name as a number.
    return status === 'valid' && ucumCode === code ? { display: String(unit?.name ?? code) } : undefined;
  };
  return grammarSystem({
    url: 'http://unitsofmeasure.org',
    name: 'UCUM',
    title: 'The Unified Code for Units of Measure',
    caseSensitive: true,
    listedBy: 'http://hl7.org/fhir/ValueSet/ucum-common',
    read(code) {
      if (code.length > longest || /[^\x21-\x7e]/.test(code)) return undefined;
      if (!known.has(code)) {
        if (known.size >= most) known.clear();
        known.set(code, find(code));
      }
      return known.get(code);
    },
  });
}

/** At first use: it takes a tenth of a second, and many servers never see a unit. */
function load(): Ucum {
  const require = createRequire(import.meta.url);
  const { UcumLhcUtils } = require('@lhncbc/ucum-lhc') as { UcumLhcUtils: { getInstance(): Ucum } };
  return UcumLhcUtils.getInstance();
}
