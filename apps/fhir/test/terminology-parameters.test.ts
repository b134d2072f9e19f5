import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { OperationDefinition, OperationDefinitionParameter } from '@dhp/fhir-model';
import { terminologyOperations } from '../src/operations/terminology/operations.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  for (const resource of [bloodOld, bloodNew, bloodCodes, newCodes, profile]) {
    const stored = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    assert.equal(stored.status, 201, stored.text);
  }
});
after(() => server.close());

const system = 'http://example.org/blood';
const bloodOld = {
  resourceType: 'CodeSystem',
  id: 'blood-1',
  url: system,
  version: '1.0.0',
  date: '2020-03',
  status: 'active',
  content: 'complete',
  caseSensitive: true,
  language: 'uz',
  property: [
    { code: 'deprecationDate', uri: 'http://hl7.org/fhir/concept-properties#deprecationDate', type: 'dateTime' },
  ],
  concept: [
    { code: 'O', display: 'Birinchi guruh', property: [{ code: 'deprecationDate', valueDateTime: '2022-01-01' }] },
    { code: 'A', display: 'Ikkinchi guruh' },
  ],
};
const bloodNew = {
  ...bloodOld,
  id: 'blood-2',
  version: '2.0.0',
  date: '2024-05-01',
  property: [...bloodOld.property, { code: 'donor', uri: 'http://example.org/p#donor', type: 'string' }],
  concept: [
    ...bloodOld.concept,
    {
      code: 'B',
      display: 'Uchinchi guruh',
      designation: [
        { language: 'ru', value: 'Третья группа' },
        { language: 'en', value: 'Third group', use: { system: 'http://example.org/uses', code: 'label' } },
      ],
      property: [{ code: 'donor', valueString: 'B, O' }],
    },
  ],
};
const bloodCodes = {
  resourceType: 'ValueSet',
  id: 'blood-codes',
  url: 'http://example.org/blood-codes',
  status: 'active',
  compose: { include: [{ system }] },
};
const newCodes = {
  ...bloodCodes,
  id: 'new-codes',
  url: 'http://example.org/new-codes',
  compose: { include: [{ system, concept: [{ code: 'A' }] }] },
};
const profile = {
  resourceType: 'StructureDefinition',
  id: 'donor',
  url: 'http://example.org/donor',
  name: 'Donor',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  differential: {
    element: [
      { id: 'Patient', path: 'Patient' },
      {
        id: 'Patient.maritalStatus',
        path: 'Patient.maritalStatus',
        binding: {
          strength: 'extensible',
          valueSet: bloodCodes.url,
          additional: [{ purpose: 'current', valueSet: newCodes.url }],
        },
      },
    ],
  },
};

function get(path: string): Promise<Reply> {
  return server.request('GET', path);
}

interface Expansion {
  parameter: { name: string }[];
  contains?: { code: string; designation?: { value: string }[]; property?: { code: string }[] }[];
}

async function expand(query: string): Promise<Expansion> {
  const reply = await get(`/ValueSet/$expand?${query}`);
  assert.equal(reply.status, 200, reply.text);
  return reply.json['expansion'] as Expansion;
}

const codesOf = ({ contains = [] }: Expansion): string[] => contains.map(({ code }) => code);

/** R5 gives these the type uri, though a code, a Coding and a CodeableConcept are meant. */
const mistyped = new Set(['targetCode', 'targetCoding', 'targetCodeableConcept']);

function published(id: string): readonly OperationDefinitionParameter[] {
  const file = new URL(`../../../node_modules/hl7.fhir.r5.core/OperationDefinition-${id}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as OperationDefinition).parameter ?? [];
}

const samples: Readonly<Record<string, object>> = {
  boolean: { valueBoolean: true },
  canonical: { valueCanonical: 'http://example.org/x|1' },
  code: { valueCode: 'x' },
  CodeableConcept: { valueCodeableConcept: { coding: [{ system, code: 'A' }] } },
  CodeSystem: { resource: bloodNew },
  Coding: { valueCoding: { system, code: 'A' } },
  ConceptMap: { resource: { resourceType: 'ConceptMap', status: 'active' } },
  dateTime: { valueDateTime: '2025-01-01' },
  integer: { valueInteger: 1 },
  string: { valueString: '1' },
  uri: { valueUri: 'http://example.org/x' },
  ValueSet: { resource: bloodCodes },
};

for (const operation of terminologyOperations.filter(({ isOwn }) => isOwn !== true)) {
  test(`${operation.id} has every parameter of R5, and takes each`, async () => {
    const declared = published(operation.id);
    assert.ok(declared.length > 1);
    for (const { name, use, type = '', max, part } of declared) {
      const own = operation.parameters.find((each) => each.name === name && each.use === use);
      assert.ok(own !== undefined, `${use} ${name}`);
      assert.equal(own.max, max, name);
      if (use === 'out' || mistyped.has(name)) continue;
      assert.equal(own.type ?? '', type, name);
      const sample = part === undefined ? samples[type] : { part: [] };
      const [base] = operation.levels.includes('type') ? [`/${String(operation.types[0])}`] : [''];
      const reply = await server.write('POST', `${base}/$${operation.code}`, {
        resourceType: 'Parameters',
        parameter: [{ name, ...sample }],
      });
      assert.notEqual(reply.code, 'parameter-unknown', name);
      // It is understood; what else the operation needs is not there.
      assert.ok(reply.status < 500, `${name}: ${reply.text}`);
    }
  });
}

test('date: of versions the one of then, of a code the status of then, and no answer about what was not there', async () => {
  const url = `url=${bloodCodes.url}`;
  assert.deepEqual(codesOf(await expand(url)), ['O', 'A', 'B']);
  const then = await expand(`${url}&date=2023`);
  assert.deepEqual(codesOf(then), ['O', 'A']);
  assert.ok(then.parameter.some(({ name }) => name === 'date'));
  assert.deepEqual(codesOf(await expand(`${url}&date=2024-05-01`)), ['O', 'A', 'B'], 'to the end of the day');
  assert.deepEqual(codesOf(await expand(url)), ['O', 'A', 'B']);
  const valid = async (date: string): Promise<Record<string, unknown>> => {
    const reply = await get(`/ValueSet/$validate-code?${url}&system=${system}&code=O&date=${date}`);
    const values = (reply.json['parameter'] as { name: string }[]).map(({ name, ...value }): [string, unknown] => [
      name,
      Object.values(value)[0],
    ]);
    return Object.fromEntries(values);
  };
  assert.equal((await valid('2021-06-01'))['status'], undefined);
  assert.equal((await valid('2023-06-01T10:00:00%2B05:00'))['status'], 'deprecated');
  const lookup = await get(`/CodeSystem/$lookup?system=${system}&code=B&date=2021`);
  assert.deepEqual([lookup.status, lookup.code], [404, 'invalid-code']);
  const early = await get(`/CodeSystem/$lookup?system=${system}&code=A&date=2020-02-29`);
  assert.deepEqual([early.status, early.code], [422, 'not-found']);
  assert.match(early.sentence, /the first is of 2020-03/);
  for (const wrong of ['yesterday', '2020-13', '20-01-01']) {
    assert.equal((await get(`/ValueSet/$expand?${url}&date=${wrong}`)).status, 400, wrong);
  }
});

test('context: the value set of an element of R5, of a profile, for new data and for all', async () => {
  const core = await expand('context=http://hl7.org/fhir/StructureDefinition/Patient%23Patient.gender');
  assert.deepEqual(codesOf(core).sort(), ['female', 'male', 'other', 'unknown']);
  const deeper = 'http://hl7.org/fhir/StructureDefinition/Patient%23Patient.contact.gender';
  assert.equal(codesOf(await expand(`context=${deeper}`)).length, 4);
  const own = `context=${profile.url}%23Patient.maritalStatus`;
  assert.deepEqual(codesOf(await expand(own)), ['O', 'A', 'B']);
  assert.deepEqual(codesOf(await expand(`${own}&contextDirection=outgoing`)), ['O', 'A', 'B']);
  assert.deepEqual(codesOf(await expand(`${own}&contextDirection=incoming`)), ['A']);
  assert.equal(codesOf(await expand(`context=${profile.url}%23Patient.gender`)).length, 4, 'left to its base');
  const checked = await get(`/ValueSet/$validate-code?${own}&system=${system}&code=A`);
  assert.equal((checked.json['parameter'] as { valueBoolean?: boolean }[])[0]?.valueBoolean, true);
  for (const [query, name] of [
    [`${own}&contextDirection=sideways`, 'contextDirection'],
    [`url=${bloodCodes.url}&contextDirection=incoming`, 'contextDirection'],
    [`${own}&url=${bloodCodes.url}`, 'context'],
    ['context=http://example.org/none%23Patient.gender', 'context'],
    [`context=${profile.url}%23Patient.birthDate`, 'context'],
    [`context=${profile.url}`, 'context'],
  ] as const) {
    const reply = await get(`/ValueSet/$expand?${query}`);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], query);
    assert.match(reply.text, new RegExp(name), query);
  }
});

test('property and designation choose by code, by uri and by language', async () => {
  const url = `url=${bloodCodes.url}&excludeNested=true`;
  for (const property of ['donor', 'http://example.org/p%23donor', '*']) {
    const last = (await expand(`${url}&property=${property}`)).contains?.at(-1);
    assert.deepEqual(
      last?.property?.map(({ code }) => code),
      ['donor'],
      property,
    );
  }
  const names = async (designation: string): Promise<unknown> =>
    (await expand(`${url}&includeDesignations=true&displayLanguage=uz&designation=${designation}`)).contains
      ?.at(-1)
      ?.designation?.map(({ value }) => value);
  assert.deepEqual(await names('ru'), ['Третья группа']);
  assert.deepEqual(await names('urn:ietf:bcp:47|ru'), ['Третья группа']);
  assert.deepEqual(await names('http://example.org/uses|label'), ['Third group']);
  const lookup = async (property: string): Promise<string> =>
    (await get(`/CodeSystem/$lookup?system=${system}&code=B&property=${property}`)).text;
  assert.match(await lookup('http://example.org/p%23donor'), /B, O/);
  const russian = await lookup('lang.ru');
  assert.match(russian, /Третья группа/);
  assert.doesNotMatch(russian, /B, O|"language"[^}]*"en"/);
});
