/** An element that repeats is found by its last repetition, however many there are: nothing in the index counts only so many. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';
import { found, put } from './searches.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ bodyLimit: 16 * 1024 ** 2 }, undefined, {
    searchTimeouts: { search: 60_000, total: 60_000 },
  });
  await put(server, ownComposite);
  await server.store.reindex();
});
after(() => server.close());

const counts = [1, 2, 8, 9, 40, 1_000];

/** A resource with repetitions of something, and how it is searched for by one of them. */
interface Kind {
  readonly type: string;
  /** Its body, but for its type and id. `mark` tells resources apart: no value is in two of them. */
  body(indexes: readonly number[], mark: number): Record<string, unknown>;
  search(index: number, mark: number): string;
  /** Searches for values that are in two repetitions, and together in none. */
  mixed?(index: number, other: number, mark: number): string;
}

const each = <Made>(indexes: readonly number[], make: (index: number) => Made): Made[] => indexes.map(make);
const coding = (code: string) => ({ coding: [{ system: 'urn:s', code }] });
const amount = (mark: number, index: number) => mark * 10_000 + index;
const day = (index: number, mark: number) =>
  new Date(Date.UTC(1900 + mark, 0, 1) + index * 86_400_000).toISOString().slice(0, 10);
const quantity = (value: number) => ({ value, system: 'http://unitsofmeasure.org', code: 'mg' });

const observation = (component: object[]) => ({ status: 'final', code: { text: 'x' }, component });
const components =
  (make: (index: number, mark: number) => object) =>
  (indexes: readonly number[], mark: number): Record<string, unknown> =>
    observation(each(indexes, (index) => ({ code: coding(`c${mark}-${index}`), ...make(index, mark) })));

/** R5 has no composite of a code, a date and a string, in which two parts are compared beside one that is not. */
const ownComposite = {
  ...{ resourceType: 'SearchParameter', id: 'own', url: 'urn:dhp:test:own', name: 'Own', status: 'active' },
  ...{ description: 'Of names', code: 'use-period-family', base: ['Practitioner'], type: 'composite' },
  ...{ processingMode: 'normal', expression: 'Practitioner.name' },
  component: [
    { definition: 'http://hl7.org/fhir/SearchParameter/Patient-language', expression: 'use' },
    { definition: 'http://hl7.org/fhir/SearchParameter/clinical-date', expression: 'period' },
    { definition: 'http://hl7.org/fhir/SearchParameter/individual-family', expression: 'family' },
  ],
};

const kinds: Record<string, Kind> = {
  'a code': {
    type: 'Observation',
    body: components(() => ({ valueString: 'x' })),
    search: (index, mark) => `component-code=urn:s|c${mark}-${index}`,
  },
  'an identifier': {
    type: 'Patient',
    body: (indexes, mark) => ({ identifier: each(indexes, (i) => ({ system: 'urn:i', value: `i${mark}-${i}` })) }),
    search: (index, mark) => `identifier=urn:i|i${mark}-${index}`,
  },
  'an identifier of a type': {
    type: 'Practitioner',
    body: (indexes, mark) => ({
      identifier: each(indexes, (i) => ({ type: coding('pin'), value: `t${mark}-${i}` })),
    }),
    search: (index, mark) => `identifier:of-type=urn:s|pin|t${mark}-${index}`,
  },
  'the text of a code': {
    type: 'Encounter',
    body: (indexes, mark) => ({ status: 'planned', type: each(indexes, (i) => ({ text: `text${mark}x${i}x` })) }),
    search: (index, mark) => `type:text=text${mark}x${index}x`,
  },
  'a tag': {
    type: 'Patient',
    body: (indexes, mark) => ({ meta: { tag: each(indexes, (i) => ({ system: 'urn:t', code: `g${mark}-${i}` })) } }),
    search: (index, mark) => `_tag=urn:t|g${mark}-${index}`,
  },
  'a string': {
    type: 'Patient',
    body: (indexes, mark) => ({ name: each(indexes, (i) => ({ family: `Family${mark}x${i}x` })) }),
    search: (index, mark) => `family=family${mark}x${index}x`,
  },
  'a string as written': {
    type: 'Patient',
    body: (indexes, mark) => ({ name: each(indexes, (i) => ({ family: `Exact${mark}x${i}x` })) }),
    search: (index, mark) => `family:exact=Exact${mark}x${index}x`,
  },
  'a part of a string': {
    type: 'Patient',
    body: (indexes, mark) => ({ name: each(indexes, (i) => ({ given: [`Given-${mark}x${i}x`, 'Other'] })) }),
    search: (index, mark) => `given:contains=en-${mark}x${index}x`,
  },
  'a URI': {
    type: 'CarePlan',
    body: (indexes, mark) => ({
      ...{ status: 'draft', intent: 'plan', subject: { display: 'x' } },
      instantiatesUri: each(indexes, (i) => `http://example.org/u${mark}/${i}`),
    }),
    search: (index, mark) => `instantiates-uri=http://example.org/u${mark}/${index}`,
  },
  'a reference': {
    type: 'Group',
    body: (indexes, mark) => ({
      ...{ type: 'person', membership: 'enumerated' },
      member: each(indexes, (i) => ({ entity: { reference: `http://other.org/Patient/p${mark}-${i}` } })),
    }),
    search: (index, mark) => `member=http://other.org/Patient/p${mark}-${index}`,
  },
  'an identifier of a reference': {
    type: 'Group',
    body: (indexes, mark) => ({
      ...{ type: 'person', membership: 'enumerated' },
      member: each(indexes, (i) => ({ entity: { identifier: { system: 'urn:i', value: `m${mark}-${i}` } } })),
    }),
    search: (index, mark) => `member:identifier=urn:i|m${mark}-${index}`,
  },
  'a contained resource that a chain leads to': {
    type: 'Group',
    body: (indexes, mark) => ({
      ...{ type: 'person', membership: 'enumerated' },
      contained: each(indexes, (i) => ({
        ...{ resourceType: 'Patient', id: `c${i}` },
        identifier: [{ system: 'urn:i', value: `h${mark}-${i}` }],
      })),
      member: each(indexes, (i) => ({ entity: { reference: `#c${i}` } })),
    }),
    search: (index, mark) => `member:Patient.identifier=urn:i|h${mark}-${index}`,
  },
  'a date': {
    type: 'Appointment',
    body: (indexes, mark) => ({
      status: 'proposed',
      participant: [{ actor: { display: 'x' }, status: 'accepted' }],
      requestedPeriod: each(indexes, (i) => ({ start: day(i, mark), end: day(i, mark) })),
    }),
    search: (index, mark) => `requested-period=${day(index, mark)}`,
  },
  'a number': {
    type: 'RiskAssessment',
    body: (indexes, mark) => ({
      ...{ status: 'final', subject: { display: 'x' } },
      prediction: each(indexes, (i) => ({ probabilityDecimal: amount(mark, i) / 100_000 })),
    }),
    search: (index, mark) => `probability=${(amount(mark, index) / 100_000).toFixed(6)}`,
  },
  'a quantity beside a code': {
    type: 'Observation',
    body: components((index, mark) => ({ valueQuantity: quantity(amount(mark, index)) })),
    search: (index, mark) => `component-value-quantity=${amount(mark, index)}|http://unitsofmeasure.org|mg`,
  },
  'a quantity': {
    type: 'ValueSet',
    body: (indexes, mark) => ({
      status: 'draft',
      useContext: each(indexes, (i) => ({ code: { code: 'age' }, valueQuantity: quantity(amount(mark, i)) })),
    }),
    search: (index, mark) => `context-quantity=${amount(mark, index)}`,
  },
  'a token and a token': {
    type: 'Observation',
    body: components((index, mark) => ({ valueCodeableConcept: coding(`v${mark}-${index}`) })),
    search: (index, mark) => `component-code-value-concept=c${mark}-${index}$urn:s|v${mark}-${index}`,
    mixed: (index, other, mark) => `component-code-value-concept=c${mark}-${index}$urn:s|v${mark}-${other}`,
  },
  'a token and a quantity': {
    type: 'Observation',
    body: components((index, mark) => ({ valueQuantity: quantity(amount(mark, index)) })),
    search: (index, mark) => `component-code-value-quantity=c${mark}-${index}$${amount(mark, index)}`,
    mixed: (index, other, mark) => `component-code-value-quantity=urn:s|c${mark}-${index}$${amount(mark, other)}`,
  },
  'a token and a string': {
    type: 'Device',
    body: (indexes, mark) => ({
      conformsTo: each(indexes, (i) => ({ specification: coding(`s${mark}-${i}`), version: `v${mark}x${i}x` })),
    }),
    search: (index, mark) => `specification-version=s${mark}-${index}$v${mark}x${index}x`,
    mixed: (index, other, mark) => `specification-version=s${mark}-${index}$v${mark}x${other}x`,
  },
  'a token, a date and a token': {
    type: 'ResearchStudy',
    body: (indexes, mark) => ({
      status: 'active',
      progressStatus: each(indexes, (i) => ({
        ...{ state: coding(`s${mark}-${i}`), actual: true },
        period: { start: day(i, mark), end: day(i, mark) },
      })),
    }),
    search: (index, mark) => `progress-status-state-period-actual=s${mark}-${index}$${day(index, mark)}$true`,
    mixed: (index, other, mark) => `progress-status-state-period-actual=s${mark}-${index}$${day(other, mark)}$true`,
  },
  'a token and a reference': {
    type: 'DocumentReference',
    body: (indexes, mark) => ({
      status: 'current',
      content: [{ attachment: { title: 'x' } }],
      relatesTo: each(indexes, (i) => ({
        code: coding('replaces'),
        target: { reference: `http://other.org/DocumentReference/d${mark}-${i}` },
      })),
    }),
    search: (index, mark) => `relationship=replaces$http://other.org/DocumentReference/d${mark}-${index}`,
  },
  'a reference and a date': {
    type: 'Encounter',
    body: (indexes, mark) => ({
      status: 'planned',
      location: each(indexes, (i) => ({
        location: { reference: `http://other.org/Location/l${mark}-${i}` },
        period: { start: day(i, mark), end: day(i, mark) },
      })),
    }),
    search: (index, mark) => `location-period=http://other.org/Location/l${mark}-${index}$${day(index, mark)}`,
    mixed: (index, other, mark) => `location-period=http://other.org/Location/l${mark}-${index}$${day(other, mark)}`,
  },
  'a quantity and a quantity': {
    type: 'Ingredient',
    body: (indexes, mark) => ({
      ...{ status: 'active', role: coding('active') },
      substance: {
        code: { concept: { text: 'x' } },
        strength: each(indexes, (i) => ({
          concentrationRatio: { numerator: quantity(amount(mark, i)), denominator: quantity(1_000 * (i + 1)) },
        })),
      },
    }),
    search: (index, mark) =>
      `strength-concentration-ratio=${amount(mark, index)}|http://unitsofmeasure.org|mg$${1_000 * (index + 1)}`,
    mixed: (index, other, mark) => `strength-concentration-ratio=${amount(mark, index)}$${1_000 * (other + 1)}`,
  },
  'a token, a date and a string': {
    type: 'Practitioner',
    body: (indexes, mark) => ({
      name: each(indexes, (i) => ({
        ...{ use: i % 2 === 0 ? 'usual' : 'old', family: `Both${mark}x${i}x` },
        period: { start: day(i, mark), end: day(i, mark) },
      })),
    }),
    search: (index, mark) =>
      `use-period-family=${index % 2 === 0 ? 'usual' : 'old'}$${day(index, mark)}$both${mark}x${index}x`,
    mixed: (index, other, mark) =>
      `use-period-family=usual$${day(index, mark)}$both${mark}x${other}x,old$${day(index, mark)}$both${mark}x${other}x` +
      `,${index % 2 === 0 ? 'old' : 'usual'}$${day(index, mark)}$both${mark}x${index}x`,
  },
  'a quantity and a quantity, within limits and in other units': {
    type: 'Ingredient',
    body: (indexes, mark) => ({
      ...{ status: 'active', role: coding('active') },
      substance: {
        code: { concept: { text: 'x' } },
        strength: each(indexes, (i) => ({
          presentationRatio: { numerator: quantity(amount(mark, i)), denominator: quantity(1_000 * (i + 1)) },
        })),
      },
    }),
    search: (index, mark) =>
      `strength-presentation-ratio=gt${amount(mark, index) - 0.5}|http://unitsofmeasure.org|mg$lt${index + 1.5}|http://unitsofmeasure.org|g` +
      `&strength-presentation-ratio=${(amount(mark, index) / 1_000).toFixed(4)}|http://unitsofmeasure.org|g$${index + 1}|http://unitsofmeasure.org|g`,
    mixed: (index, other, mark) =>
      `strength-presentation-ratio=${(amount(mark, index) / 1_000).toFixed(4)}|http://unitsofmeasure.org|g$${other + 1}|http://unitsofmeasure.org|g`,
  },
};

for (const [name, kind] of Object.entries(kinds))
  describe(name, () => {
    const ids = counts.map((count) => `${Object.keys(kinds).indexOf(name)}-${count}`);
    const marks = counts.map((_, n) => 10 * Object.keys(kinds).indexOf(name) + n + 1);

    before(async () => {
      for (const [n, count] of counts.entries()) {
        const body = kind.body([...Array(count).keys()], marks[n]!);
        await put(server, { resourceType: kind.type, id: ids[n], ...body });
      }
    });

    for (const [n, count] of counts.entries())
      test(`is found by the last of ${count}`, async () => {
        for (const index of new Set([0, count >> 1, count - 1])) {
          const query = kind.search(index, marks[n]!);
          assert.deepEqual(await found(server, `/${kind.type}?${query}`), [`${kind.type}/${ids[n]}`], query);
        }
        if (kind.mixed === undefined || count === 1) return;
        for (const [index, other] of [
          [0, count - 1],
          [count - 1, 0],
        ] as const) {
          const query = kind.mixed(index, other, marks[n]!);
          assert.deepEqual(await found(server, `/${kind.type}?${query}`), [], query);
        }
      });
  });
