import { bundle, create, createText, entry, list, observation, patient, stored, unique } from '../requests.ts';
import type { Shapes } from '../shape.ts';

const extension = { url: 'http://example.org/e', valueString: 'x' };
const nested = (depth: number, make: (inner: string) => string, leaf: string): string =>
  list(depth, () => 0).reduce((inner) => make(inner), leaf);
/** A text with other words everywhere. */
const words = (length: number): string =>
  list(Math.ceil(length / 5), (i) => ((i * 7_919) % 1_679_616).toString(36))
    .join(' ')
    .slice(0, length);
const patientText = (more: string): string => `{"resourceType":"Patient","active":true${more}}`;

/** The parts of a resource in JSON, and JSON itself. */
export const resources: Shapes = [
  {
    name: 'identifiers',
    n: 100,
    make: (n) => create(patient({ identifier: list(n, (i) => ({ system: 'http://example.org/i', value: `${i}` })) })),
  },
  { name: 'names', n: 60, make: (n) => create(patient({ name: list(n, (i) => ({ family: `Karimova ${i}` })) })) },
  {
    name: 'codings of a concept',
    n: 100,
    make: (n) =>
      create(observation({ code: { coding: list(n, (i) => ({ system: 'http://example.org/s', code: `c${i}` })) } })),
  },
  {
    name: 'references',
    n: 100,
    make: (n) =>
      create({
        ...{ resourceType: 'List', status: 'current', mode: 'working' },
        entry: list(n, (i) => ({ item: { reference: `http://example.org/Patient/${i}` } })),
      }),
  },
  {
    name: 'references within the server',
    n: 60,
    prepare: (_, world) => stored(world, patient()),
    make: (n, _, id) =>
      create({
        ...{ resourceType: 'List', status: 'current', mode: 'working' },
        entry: list(n, () => ({ item: { reference: `Patient/${id}` } })),
      }),
  },
  {
    name: 'contained resources',
    n: 60,
    make: (n) =>
      create({
        ...{ resourceType: 'List', status: 'current', mode: 'working' },
        contained: list(n, (i) => ({ ...patient(), id: `p${i}` })),
        entry: list(n, (i) => ({ item: { reference: `#p${i}` } })),
      }),
  },
  { name: 'extensions side by side', n: 100, make: (n) => create(patient({ extension: list(n, () => extension) })) },
  {
    name: 'extensions in each other',
    n: 10,
    most: 240, // each is two of 500 levels
    make: (n) =>
      createText(
        'Patient',
        patientText(
          `,"extension":[${nested(n, (inner) => `{"url":"http://example.org/e","extension":[${inner}]}`, JSON.stringify(extension))}]`,
        ),
      ),
  },
  {
    name: 'tags',
    n: 100,
    make: (n) =>
      create(patient({ meta: { tag: list(n, (i) => ({ system: 'http://example.org/t', code: `t${i}` })) } })),
  },
  {
    name: 'security labels',
    n: 100,
    make: (n) =>
      create(patient({ meta: { security: list(n, (i) => ({ system: 'http://example.org/t', code: `t${i}` })) } })),
  },
  {
    name: 'profiles that are claimed',
    n: 50,
    make: (n) => create(patient({ meta: { profile: list(n, (i) => `http://example.org/StructureDefinition/${i}`) } })),
  },
  { name: 'a long text', n: 20_000, make: (n) => create(patient({ name: [{ text: 'a'.repeat(n) }] })) },
  {
    name: 'a long text that is searched',
    n: 20_000,
    most: 1_000_000,
    make: (n) => create(patient({ name: [{ text: `${unique()} ${words(n)}` }] })),
  },
  {
    name: 'a long text of a code',
    n: 20_000,
    most: 1_000_000,
    make: (n) => create(observation({ code: { text: `${unique()} ${words(n)}` } })),
  },
  { name: 'words of a text', n: 500, make: (n) => create(patient({ name: [{ text: 'word '.repeat(n) }] })) },
  {
    name: 'escapes in a text',
    n: 2_000,
    make: (n) => createText('Patient', patientText(`,"name":[{"text":"a${'\\u0430\\n'.repeat(n)}"}]`)),
  },
  {
    name: 'combining marks on one letter',
    n: 2_000,
    make: (n) => create(patient({ name: [{ family: `a${'\u0301\u0323'.repeat(n)}` }] })),
  },
  {
    name: 'digits of a decimal',
    n: 1_000,
    answer: { status: 422, says: 'value-format' },
    make: (n) =>
      createText(
        'Observation',
        `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.${'7'.repeat(n)}}}`,
      ),
  },
  {
    name: 'an attachment in base64',
    n: 20_000,
    make: (n) => create(patient({ photo: [{ contentType: 'image/png', data: 'AAAA'.repeat(n) }] })),
  },
  {
    name: 'a Binary',
    n: 20_000,
    make: (n) => ({
      ...{ method: 'POST', path: 'Binary', body: 'x'.repeat(n) },
      headers: { 'content-type': 'text/plain' },
    }),
  },
  {
    name: 'a Binary as a resource',
    n: 20_000,
    make: (n) => create({ resourceType: 'Binary', contentType: 'text/plain', data: 'AAAA'.repeat(n) }),
  },
  {
    name: 'members, the last of which stands there twice',
    n: 500,
    answer: { status: 400, says: 'stands twice' },
    make: (n) => createText('Patient', patientText(`${list(n, (i) => `,"m${i}":${i}`).join('')},"m${n - 1}":0`)),
  },
  {
    name: 'members that FHIR does not know',
    n: 200,
    answer: { status: 422, says: 'unknown-element' },
    make: (n) => createText('Patient', patientText(list(n, (i) => `,"m${i}":${i}`).join(''))),
  },
  {
    name: 'arrays in each other',
    n: 20,
    most: 480,
    answer: { status: 422, says: 'object-expected' },
    make: (n) => createText('Patient', patientText(`,"name":${'['.repeat(n)}${']'.repeat(n)}`)),
  },
  {
    name: 'objects in each other',
    n: 20,
    most: 480,
    answer: { status: 422, says: 'unknown-element' },
    make: (n) => createText('Patient', patientText(`,"name":[${nested(n, (inner) => `{"period":${inner}}`, '{}')}]`)),
  },
  { name: 'white space', n: 20_000, make: (n) => createText('Patient', `${' '.repeat(n)}${patientText('')}`) },
  {
    name: 'faults in one resource',
    n: 60,
    answer: { status: 422, says: 'code-not-in-value-set' },
    make: (n) => create(patient({ telecom: list(n, (i) => ({ system: `wrong${i}`, value: 'x' })) })),
  },
  {
    name: 'parts of Parameters',
    n: 60,
    answer: { status: 400, says: 'parameter-unknown' },
    make: (n) => ({
      ...create({
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: patient() },
          ...list(n, (i) => ({ name: `other${i}`, part: [{ name: 'x', valueString: unique() }] })),
        ],
      }),
      path: 'Patient/$validate',
    }),
  },
  {
    name: 'contexts that a validation is for',
    n: 60,
    make: (n) => ({
      ...create({
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: patient() },
          ...list(n, (i) => ({
            name: 'usageContext',
            valueUsageContext: {
              code: { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code: 'venue' },
              valueCodeableConcept: { coding: [{ system: 'http://example.org/s', code: `c${i}` }] },
            },
          })),
        ],
      }),
      path: 'Patient/$validate',
    }),
  },
  {
    name: 'references to as many patients',
    n: 50,
    most: 2_000,
    async prepare(n, world) {
      const { text } = await world.ask(
        bundle(
          'transaction',
          list(n, () => entry('POST', 'Patient', patient())),
        ),
      );
      const { entry: entries } = JSON.parse(text) as { entry: { response: { location: string } }[] };
      return JSON.stringify(entries.map(({ response }) => /Patient\/[^/]+/.exec(response.location)![0]));
    },
    make: (_, __, patients) =>
      create({
        ...{ resourceType: 'Group', type: 'person', membership: 'enumerated' },
        member: (JSON.parse(patients) as string[]).map((reference) => ({ entity: { reference } })),
      }),
  },
  {
    name: 'components of an observation',
    n: 60,
    make: (n) =>
      create(
        observation({
          component: list(n, (i) => ({
            code: { coding: [{ system: 'http://example.org/s', code: `c${i}` }] },
            valueQuantity: { value: i, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
          })),
        }),
      ),
  },
];
