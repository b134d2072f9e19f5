import { typeOf } from '@dhp/fhir-model';
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import { added, inObject, inResource, without, type Fault, type Faults } from './fault.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reference with another text, where it has one. */
const refers = (reference: string, more: object = {}): Fault =>
  inObject('Reference', (object) => (isText(object['reference']) ? { ...object, ...more, reference } : undefined));

/** Resource that can have contained ones, with one more. */
const containing = (...contained: readonly object[]): Fault =>
  inResource('*', (resource) =>
    typeOf(resource['resourceType'] as string)?.base === 'DomainResource' ||
    ['CanonicalResource', 'MetadataResource'].includes(typeOf(resource['resourceType'] as string)?.base ?? '')
      ? added(resource, 'contained', ...contained)
      : undefined,
  );

/** An object that is no extension itself, with an extension added. */
const extended = (extension: object, member = 'extension'): Fault =>
  inObject('*', (object, _random, type) =>
    ['Extension', 'Bundle', 'Parameters', 'Binary'].includes(type) ? undefined : added(object, member, extension),
  );

const hl7 = 'http://hl7.org/fhir/StructureDefinition/';

/** Faults of references, contained resources, and extensions. */
export const linkFaults: Faults = {
  'reference that is a word': refers('thing'),
  'reference to a type that there is not': refers('Pacient/1'),
  'reference with a bad id': refers('Patient/a_b'),
  'reference with a space': refers('Patient/a b'),
  'reference to a scheme that nobody has': refers('nosuch://x/Patient/1'),
  'reference with a version': refers('Patient/1/_history/2'),
  'reference to a type alone': refers('Patient'),
  'reference to a uuid that is not there': refers('urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'),
  'reference to the resource itself': refers('#'),
  'conditional reference': refers('Patient?identifier=x'),
  'absolute reference': refers('http://example.org/fhir/Patient/1'),
  'reference of another stated type': inObject('Reference', (object) =>
    isText(object['reference']) ? { ...object, type: 'Linkage' } : undefined,
  ),
  'reference of a stated type that there is not': inObject('Reference', (object) => ({ ...object, type: 'Pacient' })),
  'empty reference': inObject('Reference', () => ({ type: 'Patient' })),
  'reference by identifier alone': inObject('Reference', () => ({ identifier: { value: '1' } })),
  'contained resource that nothing refers to': containing({ resourceType: 'Patient', id: 'unused' }),
  'contained resource without an id': containing({ resourceType: 'Patient', active: true }),
  'two contained resources of one id': containing(
    { resourceType: 'Patient', id: 'same' },
    { resourceType: 'Patient', id: 'same' },
  ),
  'contained resource in a contained one': containing({
    resourceType: 'Patient',
    id: 'outer',
    link: [{ other: { reference: '#' }, type: 'seealso' }],
    contained: [{ resourceType: 'Patient', id: 'inner' }],
  }),
  'contained resource with a version': containing({
    resourceType: 'Patient',
    id: 'versioned',
    meta: { versionId: '1' },
    link: [{ other: { reference: '#' }, type: 'seealso' }],
  }),
  'contained resource with a security label': containing({
    resourceType: 'Patient',
    id: 'labelled',
    meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' }] },
    link: [{ other: { reference: '#' }, type: 'seealso' }],
  }),
  'contained resource of no type': containing({ id: 'untyped' }),
  'extension that nobody defined': extended({ url: 'http://example.org/no-such-extension', valueString: 'x' }),
  'extension that HL7 has not': extended({ url: `${hl7}no-such-extension`, valueString: 'x' }),
  'extension with a relative url': extended({ url: 'no-such', valueString: 'x' }),
  'extension with a version in its url': extended({ url: `${hl7}data-absent-reason|5.0.0`, valueCode: 'unknown' }),
  'extension of the wrong type': extended({ url: `${hl7}patient-birthPlace`, valueString: 'x' }),
  'extension on the wrong element': extended({ url: `${hl7}patient-birthPlace`, valueAddress: { city: 'x' } }),
  'extension of a resource on an element': extended({ url: `${hl7}patient-animal`, valueString: 'x' }),
  'extension of a code outside its value set': extended({ url: `${hl7}data-absent-reason`, valueCode: 'nothing' }),
  'extension with parts that it has not': extended({
    url: `${hl7}patient-nationality`,
    extension: [{ url: 'no-such-part', valueString: 'x' }],
  }),
  'extension with value and parts': extended({
    url: 'http://example.org/x',
    valueString: 'x',
    extension: [{ url: 'http://example.org/y', valueString: 'y' }],
  }),
  'extension that allows one, twice': inResource('Patient Practitioner Person', (resource) =>
    added(
      resource,
      'extension',
      { url: `${hl7}patient-birthPlace`, valueAddress: { city: 'x' } },
      { url: `${hl7}patient-birthPlace`, valueAddress: { city: 'y' } },
    ),
  ),
  'plain extension as a modifier': extended(
    { url: `${hl7}data-absent-reason`, valueCode: 'unknown' },
    'modifierExtension',
  ),
  'unknown modifier extension': extended({ url: 'http://example.org/no-such', valueString: 'x' }, 'modifierExtension'),
  'extension without anything': extended({}),
  'extension of an older version of FHIR': extended({
    url: 'http://hl7.org/fhir/4.0/StructureDefinition/extension-Patient.animal',
    valueString: 'x',
  }),
  'extension of the value changed in its type': inObject('Extension', (extension) => {
    const name = Object.keys(extension).find((one) => one.startsWith('value'));
    if (name === undefined) return undefined;
    return name === 'valueString'
      ? { ...without(extension, name), valueBoolean: true }
      : { ...without(extension, name), valueString: 'x' };
  }),
  'extension moved to the resource': inResource('*', (resource) => {
    const found = [...extensionsIn(resource)].find(({ url }) => isText(url) && url.startsWith(hl7));
    return found === undefined || resource['resourceType'] === 'Bundle'
      ? undefined
      : added(resource, 'extension', found);
  }),
};

function* extensionsIn(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value)) {
    if (name === 'extension' && Array.isArray(part)) yield* part as Json[];
    yield* extensionsIn(part);
  }
}
