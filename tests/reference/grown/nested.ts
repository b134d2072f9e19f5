/** Faults where resources stand within others, and several at once: the kinds of the mutants, at depths at which mutants never are. */
import type { Json } from '../../../packages/fhir-validation/test/published.ts';
import type { Random } from '../../random.ts';
import { added, without } from '../faults/fault.ts';
import { core } from './values.ts';

/** Changes a resource once, by a fault of chance; undefined if none fits. */
export type Spoil = (resource: Json, random: Random) => Json | undefined;

type Nesting = (spoil: Spoil, example: Json, other: Json, random: Random) => Json | undefined;

const isExampleOf = (type: string, resource: Json): boolean => resource['resourceType'] === type;

/** Resources that may be contained: no id of others, no metadata of storing, nothing contained. */
const containable = (resource: Json): Json => ({
  ...without(resource, 'contained', 'meta', 'text'),
  id: 'inner',
});

export const nestings: Readonly<Record<string, Nesting>> = {
  'two faults': (spoil, example, _other, random) => {
    const once = spoil(example, random);
    return once && spoil(once, random);
  },
  'three faults': (spoil, example, _other, random) => {
    const once = spoil(example, random);
    const twice = once && spoil(once, random);
    return twice && spoil(twice, random);
  },
  'fault in a contained resource': (spoil, example, other, random) => {
    if (isExampleOf('Bundle', example) || isExampleOf('Bundle', other) || isExampleOf('Parameters', other))
      return undefined;
    const inner = spoil(containable(other), random);
    if (inner === undefined) return undefined;
    const extension = { url: `${core}/workflow-supportingInfo`, valueReference: { reference: '#inner' } };
    return added(added(example, 'contained', inner), 'extension', extension);
  },
  'fault in an entry of a collection': (spoil, example, other, random) => {
    const wrong = spoil(example, random);
    if (wrong === undefined) return undefined;
    return {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [
        entryOf(wrong, '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'),
        entryOf(other, '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1'),
      ],
    };
  },
  'fault in an entry of a transaction': (spoil, example, other, random) => {
    const wrong = spoil(example, random);
    if (wrong === undefined || isExampleOf('Bundle', other)) return undefined;
    const entry = (resource: Json, uuid: string): Json => ({
      ...entryOf(resource, uuid),
      request: random.pick([
        { method: 'POST', url: resource['resourceType'] },
        { method: 'PUT', url: `${String(resource['resourceType'])}/${String(resource['id'])}` },
      ]),
    });
    return {
      resourceType: 'Bundle',
      type: random.pick(['transaction', 'batch']),
      entry: [
        entry(wrong, '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'),
        entry(other, '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e1'),
      ],
    };
  },
  'fault in an answer of a search': (spoil, example, _other, random) => {
    const wrong = spoil(example, random);
    return (
      wrong && {
        resourceType: 'Bundle',
        type: 'searchset',
        total: 1,
        link: [{ relation: 'self', url: 'http://provoked.test/fhir/Patient?_id=1' }],
        entry: [{ ...entryOf(wrong, '0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0'), search: { mode: 'match' } }],
      }
    );
  },
  'fault in a resource of Parameters': (spoil, example, _other, random) => {
    const wrong = spoil(example, random);
    return (
      wrong && {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: wrong },
          { name: 'a', valueString: 'a' },
        ],
      }
    );
  },
  'value of an extension': (_spoil, example, _other, random) => {
    const value = random.pick(valuesOfExtensions);
    return spreadExtension(example, { url: 'http://example.org/fhir/none', ...value }, random);
  },
  'value of a known extension': (_spoil, example, _other, random) =>
    spreadExtension(example, random.pick(knownExtensions), random),
  'modifier extension': (_spoil, example, _other, random) => {
    const extension = random.pick([
      ...knownExtensions,
      { url: 'http://example.org/fhir/a', valueBoolean: true },
      { url: 'http://example.org/fhir/a' },
    ]);
    const name = random.pick(
      Object.keys(example)
        .filter((key) => isObjects(example[key]))
        .concat('modifierExtension'),
    );
    if (name === 'modifierExtension') return added(example, name, extension);
    const items = example[name] as Json[];
    return { ...example, [name]: items.map((one, i) => (i === 0 ? added(one, 'modifierExtension', extension) : one)) };
  },
};

const entryOf = (resource: Json, uuid: string): Json => ({ fullUrl: `urn:uuid:${uuid}`, resource });

const isObjects = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));

/** An extension at the resource, at the first item of a list, or beside a primitive value. */
function spreadExtension(example: Json, extension: Json, random: Random): Json | undefined {
  const where = random.below(3);
  if (where === 0) return added(example, 'extension', extension);
  const wanted = where === 1 ? isObjects : (value: unknown): boolean => typeof value === 'string';
  const names = Object.keys(example).filter(
    (key) => !/^(?:resourceType|id|contained|extension|_.*)$/.test(key) && wanted(example[key]),
  );
  if (names.length === 0) return undefined;
  const name = random.pick(names);
  if (where === 2)
    return { ...example, [`_${name}`]: added((example[`_${name}`] as Json | undefined) ?? {}, 'extension', extension) };
  return {
    ...example,
    [name]: (example[name] as Json[]).map((one, i) => (i === 0 ? added(one, 'extension', extension) : one)),
  };
}

/** Values with and without faults of their own. */
const valuesOfExtensions: readonly Json[] = [
  { valueQuantity: { value: 5, code: 'mg' } },
  { valueQuantity: { value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'none' } },
  { valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'none' } },
  { valueCodeableConcept: { coding: [{ code: 'M' }] } },
  {
    valueCodeableConcept: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M', display: 'a' }],
    },
  },
  { valueReference: { reference: 'Nothing/1' } },
  { valueReference: { reference: '#none' } },
  { valueReference: { reference: 'Patient/1', type: 'Observation' } },
  { valueIdentifier: { system: 'a', value: 'a' } },
  { valueIdentifier: { use: 'none' } },
  { valueHumanName: { use: 'official', period: { start: '2026-02-01', end: '2026-01-01' } } },
  { valueContactPoint: { value: 'a' } },
  { valueAddress: { use: 'none', city: ' a' } },
  { valuePeriod: { start: '2026-01-31T10:00:00' } },
  { valuePeriod: { start: '2026-02-01', end: '2026-01-01' } },
  { valueRange: { low: { value: 5 }, high: { value: 1 } } },
  { valueRatio: { numerator: { value: 5 } } },
  { valueTiming: { repeat: { frequency: 1, period: 1 } } },
  { valueTiming: { repeat: { count: 1, boundsPeriod: { start: '2026' }, offset: 5 } } },
  { valueAttachment: { data: 'TWFu' } },
  { valueAttachment: { contentType: 'text/plain', data: 'TW' } },
  { valueAnnotation: { authorString: 'a' } },
  { valueDosage: { asNeeded: true, asNeededFor: [{ text: 'a' }] } },
  { valueExpression: { language: 'text/fhirpath' } },
  { valueExpression: { language: 'text/fhirpath', expression: 'a.' } },
  { valueSignature: { who: { reference: 'Patient/1' } } },
  { valueUsageContext: { code: { code: 'a' } } },
  { valueContactDetail: { telecom: [{ system: 'none' }] } },
  { valueRelatedArtifact: { type: 'citation', resource: 'a' } },
  { valueTriggerDefinition: { type: 'named-event' } },
  { valueDataRequirement: { type: 'None' } },
  { valueParameterDefinition: { use: 'in', type: 'None' } },
  { valueMoney: { value: 5, currency: 'none' } },
  { valueCode: ' a' },
  { valueCode: 'a  b' },
  { valueId: 'a_b' },
  { valueOid: 'urn:oid:3.1' },
  { valueUuid: 'urn:uuid:A' },
  { valueUri: 'a b' },
  { valueUrl: 'urn:uuid:1' },
  { valueCanonical: 'a' },
  { valueDate: '2026-1-1' },
  { valueTime: '10:00' },
  { valueInstant: '2026-01-31' },
  { valueDecimal: '1' },
  { valueInteger: 1.5 },
  { valuePositiveInt: 0 },
  { valueUnsignedInt: -1 },
  { valueInteger64: 5 },
  { valueBase64Binary: 'a' },
  { valueString: '' },
  { valueMarkdown: '<b>a</b>' },
  { valueBoolean: 'true' },
  { valueSimpleQuantity: { value: 5 } },
  { valueSampledData: { origin: { value: 0 }, dimensions: 1 } },
  { valueAge: { value: 5, system: 'http://unitsofmeasure.org', code: 'kg' } },
  { valueAge: { value: -5, system: 'http://unitsofmeasure.org', code: 'a' } },
  { valueCount: { value: 1.5, system: 'http://unitsofmeasure.org', code: '1' } },
  { valueDuration: { value: 5 } },
  { valueDistance: { value: 5, system: 'http://unitsofmeasure.org', code: 's' } },
  { valueMeta: { profile: ['a'] } },
  {
    valueCodeableReference: {
      concept: { coding: [{ system: 'http://none.test', code: 'a' }] },
      reference: { reference: '#none' },
    },
  },
];

/** Extensions of HL7 where they belong and where they do not, with values of theirs and others. */
const knownExtensions: readonly Json[] = [
  { url: `${core}/patient-birthPlace`, valueAddress: { city: 'a' } },
  { url: `${core}/patient-birthPlace`, valueString: 'a' },
  { url: `${core}/data-absent-reason`, valueCode: 'unknown' },
  { url: `${core}/data-absent-reason`, valueCode: 'none' },
  { url: `${core}/data-absent-reason` },
  {
    url: `${core}/translation`,
    extension: [
      { url: 'lang', valueCode: 'uz' },
      { url: 'content', valueString: 'a' },
    ],
  },
  { url: `${core}/translation`, extension: [{ url: 'lang', valueCode: 'uz' }] },
  {
    url: `${core}/translation`,
    extension: [
      { url: 'lang', valueCode: 'uz' },
      { url: 'none', valueString: 'a' },
    ],
  },
  { url: `${core}/rendering-style`, valueString: 'color: red' },
  { url: `${core}/humanname-own-name`, valueString: 'a' },
  { url: `${core}/geolocation`, extension: [{ url: 'latitude', valueDecimal: 1.5 }] },
  {
    url: `${core}/geolocation`,
    extension: [
      { url: 'latitude', valueDecimal: 1.5 },
      { url: 'longitude', valueDecimal: 1.5 },
    ],
  },
  { url: `${core}/originalText`, valueString: 'a' },
  { url: `${core}/condition-related`, valueReference: { reference: 'Patient/1' } },
  { url: `${core}/workflow-reason`, valueCodeableReference: { concept: { text: 'a' } } },
  { url: `${core}/quantity-precision`, valueInteger: 1 },
  { url: `${core}/iso21090-EN-qualifier`, valueCode: 'none' },
  { url: `${core}/alternate-reference`, valueReference: { display: 'a' } },
  { url: `${core}/structuredefinition-wg`, valueCode: 'none' },
  { url: `${core}/artifact-author`, valueContactDetail: { name: 'a' } },
  { url: `${core}/none`, valueString: 'a' },
  {
    url: `${core}/patient-citizenship`,
    extension: [
      { url: 'code', valueCodeableConcept: { text: 'a' } },
      { url: 'code', valueCodeableConcept: { text: 'b' } },
    ],
  },
  { url: `${core}/resource-approvalDate`, valueDate: '2026-01-31' },
  { url: `${core}/itemWeight`, valueDecimal: 1.5 },
  { url: `${core}/patient-interpreterRequired`, valueBoolean: true, extension: [{ url: 'a', valueString: 'a' }] },
];
