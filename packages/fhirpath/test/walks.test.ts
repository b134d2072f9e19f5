import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compile, FhirPathError, type EvaluationEnvironment } from '../src/index.ts';

/** Forms of the expressions of search parameters, which seldom need an evaluation. */
const expressions = [
  "Patient.telecom.where(system='phone') | Person.telecom.where(system='phone')",
  "Patient.telecom.where(system = 'email').value",
  "Patient.telecom.where(rank = '1')",
  "Patient.telecom.where(nothing = 'phone')",
  'Patient.name.given | Practitioner.name.given',
  'Patient.name.given | Patient.name.family',
  'Patient.deceased.ofType(dateTime) | Patient.deceased.ofType(boolean)',
  '(Patient.deceased as dateTime) | Patient.deceased.as(boolean)',
  'Patient.deceased.ofType(System.Boolean)',
  'Patient.generalPractitioner.where(resolve() is Practitioner)',
  'Patient.generalPractitioner.where(resolve() is Practitioner).reference | (start | requestedPeriod.start).first()',
  'Patient.managingOrganization.where(resolve() is Organization)',
  'Resource.meta.profile',
  'DomainResource.contained.ofType(Practitioner).name',
  "Patient.contained.where(status = 'active')",
  'Patient',
  'Resource | Person',
  'Patient.ofType(Patient)',
  "Patient.where(status = 'active')",
  'Observation.code | Patient.name',
];

const telecoms: readonly unknown[] = [
  { system: 'phone', value: '+998901234567' },
  { system: 'phone', value: '+998901234567' },
  { system: 'email', value: 'a@example.org', rank: 1 },
  { system: ['phone'], value: '1' },
  { system: ['phone', 'email'], value: '2' },
  { _system: { id: 'a' }, value: '3' },
  { system: 'phone', _system: { id: 'b' }, value: '4' },
  { system: null, rank: '1' },
  { system: 1 },
  'phone',
  null,
  ['phone'],
];

const practitioner = { resourceType: 'Practitioner', id: 'p', name: [{ family: 'Karimov' }] };
const references: readonly unknown[] = [
  { reference: 'Practitioner/1' },
  { reference: 'https://example.org/fhir/Practitioner/1/_history/2' },
  { reference: 'Organization/1' },
  { reference: '#p' },
  { reference: '#q' },
  { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0', type: 'Practitioner' },
  { reference: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0' },
  { type: 'Practitioner' },
  { reference: 7 },
  {},
];

function resources(): object[] {
  const of = (members: object): object => ({ resourceType: 'Patient', ...members });
  return [
    ...telecoms.flatMap((one) => [of({ telecom: [one] }), of({ telecom: one }), of({ telecom: [telecoms[0], one] })]),
    of({ telecom: telecoms }),
    ...references.flatMap((one) => [
      of({ generalPractitioner: [one], managingOrganization: one, contained: [practitioner] }),
      of({ generalPractitioner: [references[0], one] }),
    ]),
    of({ generalPractitioner: 'Practitioner/1', _generalPractitioner: { id: 'a' } }),
    of({
      name: [{ given: ['Aziz', 'Aziz'], family: 'Aziz' }, { given: ['Ali'], _given: [{ id: 'x' }] }, { family: 'Ali' }],
    }),
    of({ deceasedDateTime: '2026-01-31' }),
    of({ deceasedBoolean: false }),
    of({ deceasedBoolean: false, deceasedDateTime: '2026' }),
    of({ _deceasedBoolean: { id: 'a' } }),
    of({ deceasedQuantity: { value: 1 }, start: '2026' }),
    of({ meta: { profile: ['http://example.org/a', 'http://example.org/a'] } }),
    of({ contained: [practitioner, { resourceType: 'Account', status: 'active' }, { status: 'active' }] }),
    { resourceType: 'Person', telecom: [{ system: 'phone' }] },
  ];
}

/** The result of an expression, or the kind of its failure. */
function outcome(
  expression: string,
  resource: object,
  type: string | undefined,
  environment: EvaluationEnvironment,
): unknown {
  const path = compile(expression, { context: 'SearchParameter', ...(type !== undefined && { type }) });
  try {
    return path.evaluate(resource, environment);
  } catch (error) {
    if (error instanceof FhirPathError) return error.kind;
    throw error;
  }
}

it('finds by walking what an evaluation gives, of whatever shape the resource is', () => {
  let found = 0;
  for (const expression of expressions) {
    for (const resource of resources()) {
      for (const environment of [{}, { locate: true }, { resolve: () => ({ resourceType: 'Organization' }) }]) {
        const walked = outcome(expression, resource, 'Patient', environment);
        const evaluated = outcome(expression, resource, undefined, environment);
        if ('resourceType' in resource && resource.resourceType === 'Patient')
          assert.deepEqual(walked, evaluated, `${expression} of ${JSON.stringify(resource)}`);
        found += Array.isArray(walked) ? walked.length : 0;
      }
    }
  }
  assert.ok(found > 200, String(found));
});

it('finds by walking from an item of any type what an evaluation gives', () => {
  const coding = { system: 'http://loinc.org', code: '8480-6' };
  const items: readonly (readonly [unknown, string | undefined])[] = [
    [{ code: { coding: [coding] }, valueQuantity: { value: 1 }, valueString: 'a' }, 'Observation.component'],
    [{ resourceType: 'Observation', code: { coding: [coding] }, valueQuantity: { value: 1 } }, undefined],
    [
      { resourceType: 'Observation', code: { coding: [coding] }, valueString: 'a', _valueString: { id: 'x' } },
      'Patient',
    ],
    [{ code: ['a', ['b']], value: 'a', valueQuantity: 1 }, undefined],
    ['text', 'string'],
    [[{ code: 'a' }], undefined],
    [null, undefined],
    [undefined, undefined],
  ];
  let found = 0;
  for (const expression of [
    'code',
    'code.coding.code',
    'value.as(Quantity)',
    'value.ofType(Quantity) | value.ofType(string)',
    'Observation',
    'Observation.code',
  ]) {
    const relative = compile(expression, { context: 'SearchParameter' });
    // A condition of another kind has it evaluated.
    const evaluated = compile(`(${expression}).where(true)`, { context: 'SearchParameter' });
    for (const [item, type] of items) {
      const environment = { locate: true, ...(type !== undefined && { type }) };
      const result = relative.evaluate(item, environment);
      assert.deepEqual(result, evaluated.evaluate(item, environment), `${expression} of ${JSON.stringify(item)}`);
      found += result.length;
    }
  }
  assert.ok(found >= 12, String(found));
});

it('is given up where it goes through too many items, when a budget was given', () => {
  const path = compile("Patient.telecom.where(system='phone')", { context: 'SearchParameter', type: 'Patient' });
  const telecom = Array.from({ length: 20 }, () => ({ system: 'phone' }));
  assert.equal(path.evaluate({ resourceType: 'Patient', telecom }).length, 20);
  assert.throws(() => path.evaluate({ resourceType: 'Patient', telecom }, { budget: 10 }), { kind: 'limit' });
});
