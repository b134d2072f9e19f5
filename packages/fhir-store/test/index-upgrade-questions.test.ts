/**
 * Every kind of search parameter with every modifier, while the index of definition 12 is searched: each answer is compared with that of a
 * reader of the resources, and the questions that are refused are named.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { SearchFault } from '@dhp/fhir-search';
import { searchParametersOf, type SearchParameter, type SearchParameterType } from '@dhp/fhir-search/parameters';
import { indexVersion } from '@dhp/search-index/rows';
import { IndexNotReady, type FhirStore } from '../src/index.ts';
import { storeUnderTest } from './database.ts';
import { expected, inMemory, names, parsed, put, search, stored, type Resource, type World } from './search-world.ts';
import { definition12 } from './side-by-side/definition-12.ts';

const underTest = await storeUnderTest('index_upgrade_questions');

const start = 'q7w8'.repeat(64);
const long = `${start}${'m5n6'.repeat(90)}-end`;
const texts = ['short text', start.slice(1), start, `${start}x`, long];
const url = (n: number): string => `http://e.example/${texts[n]!.replaceAll(' ', '-')}`;

const codings = (n: number) => ({ coding: [{ system: 'urn:s', code: `c${n}`, display: texts[n] }], text: texts[n] });
const resources: readonly Resource[] = texts.flatMap((text, n): Resource[] => [
  {
    ...{ resourceType: 'Patient', id: `p${n}`, active: true, gender: 'male', birthDate: `19${70 + n}-02-03` },
    name: [{ family: text, given: ['Ali'] }],
    address: [{ text: `at ${text}`, city: text.slice(0, 20) }],
    identifier: [{ system: 'urn:ids', value: String(n), type: codings(n) }],
    generalPractitioner: [{ reference: `Practitioner/d${n}`, display: text }],
    managingOrganization: { reference: 'Organization/o', display: text },
  },
  { resourceType: 'Practitioner', id: `d${n}`, name: [{ text }], telecom: [{ system: 'phone', value: text }] },
  {
    ...{
      resourceType: 'Library',
      id: `l${n}`,
      status: 'draft',
      type: codings(n),
      title: text,
      url: url(n),
      version: '1',
    },
    ...{ description: `of ${text}`, topic: [codings(n)], date: `2024-0${n + 1}` },
    relatedArtifact: [{ type: 'depends-on', resource: url((n + 1) % texts.length) }],
    useContext: [{ code: { system: 'urn:u', code: 'x' }, valueQuantity: { value: n, unit: 'kg' } }],
  },
  {
    ...{
      resourceType: 'Observation',
      id: `o${n}`,
      status: 'final',
      code: codings(n),
      subject: { reference: `Patient/p${n}` },
    },
    ...{ effectiveDateTime: `2024-01-0${n + 1}`, method: codings(n) },
    valueQuantity: { value: n, unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
  },
  {
    ...{ resourceType: 'RiskAssessment', id: `r${n}`, status: 'final', subject: { reference: `Patient/p${n}` } },
    prediction: [{ probabilityDecimal: n / 10, qualitativeRisk: codings(n) }],
  },
  {
    resourceType: 'Location',
    id: `k${n}`,
    name: text,
    alias: [`near ${text}`],
    position: { latitude: 41 + n, longitude: 69 },
  },
]);
const types = [...new Set(resources.map(({ resourceType }) => resourceType))];

/** Values to ask for, by the kind of parameter. */
const values: Record<SearchParameterType, readonly string[]> = {
  string: ['short', ...texts, `${long}er`, 'm5n6-end', 'ort'],
  token: ['c1', 'urn:s|c4', ...texts, 'm5n6-end'],
  reference: ['Practitioner/d1', 'Patient/p4', ...texts, url(4), 'm5n6-end'],
  uri: [url(0), url(4), url(4).slice(0, 200), 'm5n6-end', start],
  date: ['2024-01', 'ge2024-02', '1973-02-03'],
  number: ['0.2', 'gt0.1'],
  quantity: ['2', 'gt1||kg', 'le3|http://unitsofmeasure.org|mmol/L'],
  composite: ['urn:s|c2$2', 'urn:u|x$gt1||kg', 'c1$c1'],
  special: ['41|69|200|km'],
};
const modifiers: Record<SearchParameterType, readonly string[]> = {
  string: ['exact', 'contains', 'text'],
  token: ['not', 'text', 'text-advanced', 'code-text', 'of-type'],
  reference: ['identifier', 'text', 'text-advanced', 'code-text', 'above', 'below', 'contains'],
  uri: ['above', 'below', 'contains'],
  ...{ date: [], number: [], quantity: [], composite: [], special: [] },
};
const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
/** There is no reader here for words of whole resources and for criteria that only the database can decide. */
const leftOut = new Set(['_text', '_content', 'contains', '_list', '_in', '_query', '_filter', '_type', '_has']);

const withValue = (name: string, value: string): string => `${name}=${encodeURIComponent(value)}`;

/** Questions about one parameter, named as in a search. */
function* questionsOf({ code, type }: SearchParameter): Generator<string> {
  if (leftOut.has(code)) return;
  for (const value of values[type]) {
    for (const modifier of ['', ...modifiers[type].map((one) => `:${one}`)])
      yield withValue(`${code}${modifier}`, value);
    if (type !== 'string' && type !== 'uri') continue;
    if (value === start || value === long || value.length < 12)
      for (const operator of operators) yield withValue('_filter', `${code} ${operator} "${value}"`);
  }
  if (type !== 'composite' && type !== 'special') yield `${code}:missing=true`;
}

interface Question {
  readonly type: string;
  readonly query: string;
}

const within = (query: string) => ({ type: 'Observation', query: withValue('subject:Patient.name:contains', query) });
/** Chains also lead to contained resources, whose bodies are not read. */
const chains: readonly Question[] = [
  ...['ort te', 'm5n6-end', 'nobody has this'].map(within),
  { type: 'RiskAssessment', query: `subject:Patient.general-practitioner:text-advanced=${start}` },
  { type: 'Observation', query: withValue('_filter', 'subject.name co "m5n6-end"') },
  { type: 'Patient', query: `_contained=both&${withValue('name:contains', 'm5n6')}` },
];
/** No Patient has a long city, and no Practitioner an address; the referring resources are stored. */
const others: readonly Question[] = [
  { type: 'Observation', query: 'subject:Patient.address-city:contains=ort' },
  { type: 'Patient', query: 'general-practitioner:Practitioner.address:contains=m5n6' },
  { type: 'Patient', query: withValue('general-practitioner:Practitioner.name:contains', 'm5n6-end') },
  { type: 'Observation', query: withValue('subject:Patient.name', 'short') },
  { type: 'Patient', query: withValue('_has:Observation:subject:method:text', 'short') },
  { type: 'Practitioner', query: withValue('_has:Patient:general-practitioner:name:contains', 'm5n6-end') },
];
const container: Resource = {
  ...{ resourceType: 'Flag', id: 'f', status: 'active', code: { text: 'f' }, subject: { reference: '#p' } },
  contained: [{ resourceType: 'Patient', id: 'p', name: [{ family: 'Contained' }] }],
};

/** Questions that are under way together. */
const atOnce = 16;

/** Questions that the language of searches has. */
function isAsked({ type, query }: Question): boolean {
  try {
    parsed(type, query);
    return true;
  } catch (error) {
    if (error instanceof SearchFault) return false;
    throw error;
  }
}

describe('an upgrade from definition 12', { concurrency: false }, () => {
  let world: World;
  const questions = types
    .flatMap((type) =>
      [...searchParametersOf(type).values()].flatMap((one) => [...questionsOf(one)].map((query) => ({ type, query }))),
    )
    .filter(isAsked);

  before(async () => {
    const store = await underTest.open({ definitions: [definition12] });
    await put(store, ...resources);
    world = inMemory(await Promise.all(resources.map((resource) => stored(store, resource))));
    await store.close();
  });

  /** @returns the questions that are refused @throws AssertionError for a wrong answer */
  async function refusedOf(store: FhirStore, asked: readonly Question[]): Promise<Question[]> {
    const refused = new Set<Question>();
    const ask = async (question: Question): Promise<void> => {
      const { type, query } = question;
      try {
        const found = names(await search(store, type, query, { count: 1_000 }));
        assert.deepEqual(found.sort(), expected(world, type, query), `${type}?${query}`);
      } catch (error) {
        if (!(error instanceof IndexNotReady)) throw error;
        refused.add(question);
      }
    };
    for (let n = 0; n < asked.length; n += atOnce) await Promise.all(asked.slice(n, n + atOnce).map(ask));
    return asked.filter((question) => refused.has(question));
  }

  it('answers every question of a single type by any kind of parameter and modifier', async () => {
    const store = await underTest.open();
    assert.deepEqual(await refusedOf(store, questions), []);
    assert.deepEqual([...new Set(questions.map(kindOf))].sort(), Object.keys(values).sort(), 'every kind is asked');
  });

  it('answers chains, and refuses those by texts of which some are long once such a resource is contained', async () => {
    const store = await underTest.open();
    assert.deepEqual(await refusedOf(store, [...chains, ...others]), []);
    await put(store, container);
    assert.deepEqual(await refusedOf(store, [...chains, ...others]), chains);
  });

  it('answers them as soon as the next definition has taken over', async () => {
    const store = await underTest.open();
    for (const deadline = Date.now() + 120_000; (await store.indexState()).version !== indexVersion;) {
      assert.ok(Date.now() < deadline, 'it does not take over');
      await store.reindex({ lease: 1_000 });
    }
    assert.deepEqual(await refusedOf(store, [...chains, ...others]), []);
  });
});

function kindOf({ type, query }: Question): string {
  const code = /^_filter=(\w+)/.exec(query)?.[1] ?? /^[^:=]+/.exec(query)![0];
  return searchParametersOf(type).get(code)?.type ?? 'string';
}
