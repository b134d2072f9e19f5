import { noCode } from '../../../packages/fhir-validation/test/mutants.ts';
import { firstOf, inMember, inObject, put, without, type Fault, type Faults } from './fault.ts';

/** The types of a Quantity that R5 has. */
const quantities = 'Quantity Age Count Distance Duration';

const isText = (value: unknown): value is string => typeof value === 'string';

/** The coding of an element whose binding has the strength, replaced. */
function ofStrength(strength: string, coding: object): Fault {
  return inMember((object, name, { type, element }) => {
    if (element.binding?.strength !== strength) return undefined;
    if (type === 'CodeableConcept') return put(object, name, { coding: [coding] });
    if (type === 'CodeableReference') return put(object, name, { concept: { coding: [coding] } });
    if (type === 'Coding') return put(object, name, coding);
    return type === 'code' && 'code' in coding ? put(object, name, coding.code) : undefined;
  });
}

const elsewhere = { system: 'http://example.org/no-such-system', code: noCode };
const ofCore = { system: 'http://hl7.org/fhir/observation-status', code: 'final' };

/** Faults of codes, displays, quantities, and what else has units. */
export const codedFaults: Faults = {
  'required: a code of an unknown system': ofStrength('required', elsewhere),
  'required: a code of another system': ofStrength('required', ofCore),
  'extensible: a code of an unknown system': ofStrength('extensible', elsewhere),
  'extensible: a code of another system': ofStrength('extensible', ofCore),
  'preferred: a code of an unknown system': ofStrength('preferred', elsewhere),
  'example: a code of another system': ofStrength('example', ofCore),
  'required: text alone': inMember((object, name, { type, element }) =>
    type === 'CodeableConcept' && element.binding?.strength === 'required'
      ? put(object, name, { text: 'x' })
      : undefined,
  ),
  'code without its system': inObject('Coding', (coding) =>
    isText(coding['system']) && isText(coding['code']) ? without(coding, 'system') : undefined,
  ),
  'system without a code': inObject('Coding', (coding) =>
    isText(coding['code']) ? without(coding, 'code', 'display') : undefined,
  ),
  'display without a code': inObject('Coding', (coding) =>
    isText(coding['code']) && isText(coding['display']) ? without(coding, 'code') : undefined,
  ),
  'relative system': inObject('Coding', (coding) =>
    isText(coding['system']) ? { ...coding, system: 'codes' } : undefined,
  ),
  'system that is a value set': inObject('Coding', (coding) =>
    isText(coding['system']) ? { ...coding, system: 'http://hl7.org/fhir/ValueSet/observation-status' } : undefined,
  ),
  'system with a slash too many': inObject('Coding', ({ system, ...rest }) =>
    isText(system) ? { ...rest, system: `${system}/` } : undefined,
  ),
  'code that its system has not': inObject('Coding', (coding) =>
    isText(coding['system']) && isText(coding['code']) ? { ...coding, code: `${coding['code']}-x` } : undefined,
  ),
  'code in another case': inObject('Coding', (coding) => {
    const { code } = coding;
    if (!isText(code) || !isText(coding['system'])) return undefined;
    const other = code === code.toUpperCase() ? code.toLowerCase() : code.toUpperCase();
    return other === code ? undefined : { ...coding, code: other };
  }),
  'display that is wrong': inObject('Coding', (coding) =>
    isText(coding['code']) && isText(coding['system']) ? { ...coding, display: 'Something else' } : undefined,
  ),
  'version that its system has not': inObject('Coding', (coding) =>
    isText(coding['code']) && isText(coding['system']) ? { ...coding, version: '0.0.0-none' } : undefined,
  ),
  'coding twice': inObject('CodeableConcept', (concept) => {
    const first = firstOf(concept['coding']);
    return first === undefined ? undefined : { ...concept, coding: [first, first] };
  }),
  'unit that is no UCUM': inObject(quantities, (quantity) =>
    isText(quantity['code']) ? { ...quantity, system: 'http://unitsofmeasure.org', code: 'mmgh' } : undefined,
  ),
  'unit with an annotation': inObject(quantities, (quantity) =>
    isText(quantity['code']) ? { ...quantity, system: 'http://unitsofmeasure.org', code: '{tablets}' } : undefined,
  ),
  'unit without its system': inObject(quantities, (quantity) =>
    isText(quantity['code']) && isText(quantity['system']) ? without(quantity, 'system') : undefined,
  ),
  'unit of an unknown system': inObject(quantities, (quantity) =>
    isText(quantity['code']) ? { ...quantity, system: 'http://example.org/units' } : undefined,
  ),
  'comparator that is none': inObject(quantities, (quantity) =>
    quantity['value'] === undefined ? undefined : { ...quantity, comparator: '=>' },
  ),
  'amount left out': inObject(quantities, (quantity) =>
    quantity['value'] === undefined ? undefined : without(quantity, 'value'),
  ),
  'negative amount': inObject(quantities, (quantity) =>
    typeof quantity['value'] === 'number' ? { ...quantity, value: -1 } : undefined,
  ),
  'range the wrong way round': inObject('Range', (range) =>
    range['low'] !== undefined && range['high'] !== undefined
      ? { ...range, low: range['high'], high: range['low'] }
      : undefined,
  ),
  'half a ratio': inObject('Ratio', (ratio) =>
    ratio['numerator'] === undefined ? undefined : without(ratio, 'denominator'),
  ),
  'period the wrong way round': inObject('Period', (period) =>
    isText(period['start']) ? { ...period, end: '1990-01-01' } : undefined,
  ),
  'currency that is none': inObject('Money', (money) => ({ ...money, currency: 'XYZ' })),
  'identifier with a relative system': inObject('Identifier', (identifier) => ({ ...identifier, system: 'ids' })),
  'identifier of a system that it does not fit': inObject('Identifier', (identifier) => ({
    ...identifier,
    system: 'urn:ietf:rfc:3986',
    value: 'abc',
  })),
  'identifier without a value': inObject('Identifier', (identifier) => without(identifier, 'value')),
  'contact point without a system': inObject('ContactPoint', (point) =>
    isText(point['value']) ? without(point, 'system') : undefined,
  ),
  'timing without a unit': inObject('Timing.repeat Timing', (timing) =>
    timing['period'] === undefined ? undefined : without(timing, 'periodUnit'),
  ),
};
