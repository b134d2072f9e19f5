import { dimensionsOf, unitOf } from '@dhp/ucum';
import type { ConceptSystem } from '../source/concept-system.ts';
import { grammarSystem } from './grammar-system.ts';

/** Units of measure (https://ucum.org). */
export function ucum(): ConceptSystem {
  return grammarSystem({
    url: 'http://unitsofmeasure.org',
    name: 'UCUM',
    title: 'The Unified Code for Units of Measure',
    caseSensitive: true,
    valueSet: 'http://unitsofmeasure.org/vs',
    listedBy: 'http://hl7.org/fhir/ValueSet/ucum-common',
    read: unitOf,
    /** https://hl7.org/fhir/R5/ucum.html: `canonical` = a unit stands for all that have its canonical form. */
    filter({ property, op, value }) {
      const wanted = property === 'canonical' && op === '=' ? dimensionsOf(value) : undefined;
      return wanted === undefined ? undefined : ({ code }) => dimensionsOf(code) === wanted;
    },
  });
}
