/**
 * Each answer is complete or says that it is not: by an OperationOutcome among its entries, a link to the next page, or a status. A naive
 * oracle computes the complete answer.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { startServer, type TestServer } from './environment.ts';
import { idsOf, linkTo, toldBy } from './searches.ts';

type Resource = Record<string, unknown> & { resourceType: string; id: string };
interface Ref {
  reference: string;
}

let state = 20_261_129;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const all = new Map<string, Resource>();
const nameOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;
function add(resource: Resource): void {
  all.set(nameOf(resource), resource);
}
const to = (reference: string): Ref => ({ reference });

/** More than the limits for included resources (5,000) and for a hierarchy (10,000). */
const parts = 10_600;
const listed = 5_200;
const codes = 3_000;
const patients = 40;

add({ resourceType: 'Location', id: 'root', status: 'active' });
for (let n = 0; n < parts; n += 1)
  add({ resourceType: 'Location', id: `l${n}`, status: 'active', partOf: to('Location/root') });
for (let n = 0; n < patients; n += 1) {
  const family = `Family${random(4)}`;
  add({
    resourceType: 'Patient',
    id: `p${n}`,
    name: [{ family }],
    generalPractitioner: [to(`Practitioner/d${random(5)}`)],
  });
}
for (let n = 0; n < 5; n += 1) add({ resourceType: 'Practitioner', id: `d${n}`, name: [{ family: `Doctor${n}` }] });
for (let n = 0; n < 400; n += 1) {
  add({
    ...{ resourceType: 'Observation', id: `o${n}`, status: random(3) === 0 ? 'final' : 'preliminary' },
    code: { coding: [{ system: 'urn:codes', code: `c${random(codes * 2)}` }] },
    subject: to(`Patient/p${random(patients)}`),
  });
}
for (let n = 0; n < parts; n += 200) {
  add({
    ...{ resourceType: 'Encounter', id: `e${n}`, status: 'completed', subject: to(`Patient/p${random(patients)}`) },
    location: [{ location: to(`Location/l${n}`) }],
  });
}
const entries = Array.from({ length: listed }, (_, n) => ({ item: to(`Location/l${n}`) }));
add({
  ...{ resourceType: 'List', id: 'long', status: 'current', mode: 'working', subject: to('Patient/p0') },
  entry: entries,
});
const concept = Array.from({ length: codes }, (_, n) => ({ code: `c${n}` }));
add({ resourceType: 'CodeSystem', id: 'cs', url: 'urn:codes', status: 'active', content: 'complete', concept });
add({
  ...{ resourceType: 'ValueSet', id: 'vs', url: 'urn:set', status: 'active' },
  compose: { include: [{ system: 'urn:codes' }] },
});

let server: TestServer;
before(async () => {
  server = await startServer();
  await server.store.bulkInsert(
    (async function* () {
      for (const resource of all.values()) {
        yield { type: resource.resourceType, id: resource.id, source: scanJson(JSON.stringify(resource)), resource };
      }
    })(),
  );
});
after(() => server.close());

const of = (type: string): Resource[] => [...all.values()].filter(({ resourceType }) => resourceType === type);
const subjectOf = (resource: Resource): string => (resource['subject'] as Ref).reference;
const codeOf = (resource: Resource): string => (resource['code'] as { coding: [{ code: string }] }).coding[0].code;
const familyOf = (name: string): string => (all.get(name)!['name'] as [{ family: string }])[0].family;
const inSet = (resource: Resource): boolean => Number(codeOf(resource).slice(1)) < codes;
const referencesOf = (resource: Resource): string[] =>
  [...JSON.stringify(resource).matchAll(/"reference":"([^"]*)"/g)]
    .map(([, name]) => name!)
    .filter((name) => all.has(name));

interface Asked {
  readonly path: string;
  readonly matches: readonly Resource[];
  /** Names of all that is included with the matches. */
  readonly includes?: readonly string[];
}

const observations = of('Observation');
const ofFamily = (family: string): Resource[] => observations.filter((one) => familyOf(subjectOf(one)) === family);
const everythingOf = (patient: string): Resource[] =>
  [...all.values()].filter(
    (one) => nameOf(one) === patient || (one['subject'] as Ref | undefined)?.reference === patient,
  );
const isReferredTo = (one: Resource, by: readonly Resource[]): boolean =>
  by.some((each) => subjectOf(each) === nameOf(one));
const broughtBy = (matches: readonly Resource[]): string[] => {
  const own = new Set(matches.map(nameOf));
  return [...new Set(matches.flatMap(referencesOf))].filter((name) => !own.has(name));
};
const finals = observations.filter(({ status }) => status === 'final');

const searches: Asked[] = [
  { path: '/Observation?_count=7&_total=accurate', matches: observations },
  { path: '/Observation?status=final&_count=150&_sort=-_id', matches: finals },
  { path: '/Location?_count=1000&_total=accurate&_elements=id', matches: of('Location') },
  {
    path: '/Location?_list=long&_count=1000',
    matches: of('Location').filter(({ id }) => id !== 'root' && Number(id.slice(1)) < listed),
  },
  { path: '/Observation?code:in=urn:set&_count=90', matches: observations.filter(inSet) },
  { path: '/Observation?code:not-in=urn:set&_count=90', matches: observations.filter((one) => !inSet(one)) },
  {
    path: '/Patient?_has:Observation:subject:status=final&_count=11',
    matches: of('Patient').filter((one) => isReferredTo(one, finals)),
  },
  {
    path: '/Location?_has:Encounter:location:status=completed&_count=25',
    matches: of('Location').filter(({ id }) => all.has(`Encounter/${id.replace('l', 'e')}`)),
  },
  { path: '/Encounter?location:below=Location/root&_count=1000', matches: of('Encounter') },
  { path: '/Encounter?location:above=Location/l200', matches: of('Encounter').filter(({ id }) => id === 'e200') },
  {
    path: '/Location?partof:below=Location/root&_count=1000',
    matches: of('Location').filter(({ id }) => id !== 'root'),
  },
  {
    path: '/List?_include=List:item',
    matches: of('List'),
    includes: broughtBy(of('List')).filter((name) => name.startsWith('Location')),
  },
  {
    path: '/Location?_id=root&_revinclude=Location:partof',
    matches: [all.get('Location/root')!],
    includes: of('Location')
      .map(nameOf)
      .filter((name) => name !== 'Location/root'),
  },
  {
    path: '/Patient/p0/$everything',
    matches: everythingOf('Patient/p0'),
    includes: broughtBy(everythingOf('Patient/p0')),
  },
  {
    path: '/Patient/p0/$everything?_count=3',
    matches: everythingOf('Patient/p0'),
    includes: broughtBy(everythingOf('Patient/p0')),
  },
  {
    path: '/Patient/p1/$everything',
    matches: everythingOf('Patient/p1'),
    includes: broughtBy(everythingOf('Patient/p1')),
  },
];
for (let n = 0; n < 12; n += 1) {
  const family = `Family${random(5)}`;
  const matches = ofFamily(family).filter(({ status }) => status === 'final');
  const filter = `status eq final and subject.family eq ${family}`;
  const count = 1 + random(30);
  searches.push(
    { path: `/Observation?subject:Patient.family=${family}&status=final&_count=${count}&_total=accurate`, matches },
    { path: `/Observation?_filter=${encodeURIComponent(filter)}&_count=${count}`, matches },
    {
      path: `/Observation?subject:Patient.family=${family}&status=final&_count=${count}&_include=Observation:subject`,
      ...{ matches, includes: [...new Set(matches.map(subjectOf))] },
    },
    {
      path: `/Patient?family=${family}&_count=${count}&_revinclude=Observation:subject`,
      matches: of('Patient').filter((one) => familyOf(nameOf(one)) === family),
      includes: ofFamily(family).map(nameOf),
    },
  );
}

interface Answer {
  readonly matches: string[];
  readonly included: Set<string>;
  /** Whether the answer says that something is missing. */
  readonly saysSo: boolean;
  readonly total: unknown;
}

/** All pages. */
async function answerOf(path: string): Promise<Answer> {
  const matches: string[] = [];
  const included = new Set<string>();
  let saysSo = false;
  let total: unknown;
  for (let next: string | undefined = path; next !== undefined;) {
    const reply = await server.request('GET', next);
    if (reply.status >= 400) {
      assert.ok(reply.status === 422 && reply.code === 'operation-too-costly', reply.text.slice(0, 400));
      return { matches, included, saysSo: true, total };
    }
    matches.push(...idsOf(reply));
    for (const name of idsOf(reply, 'include')) included.add(name);
    saysSo ||= toldBy(reply).includes('search-includes-cut');
    total ??= reply.json['total'];
    next = linkTo(reply, 'next');
  }
  return { matches, included, saysSo, total };
}

test('answers are complete, or say that they are not', async () => {
  const told: string[] = [];
  for (const { path, matches, includes = [] } of searches) {
    const answer = await answerOf(path);
    const expected = new Set(matches.map(nameOf));
    const surplus = [
      ...answer.matches.filter((name) => !expected.has(name)),
      ...[...answer.included].filter((name) => !includes.includes(name) && !expected.has(name)),
    ];
    assert.deepEqual(surplus.slice(0, 5), [], path);
    assert.equal(new Set(answer.matches).size, answer.matches.length, `${path}: some matches come twice`);
    if (answer.saysSo) told.push(path);
    else {
      assert.deepEqual(answer.matches.toSorted(), [...expected].toSorted(), path);
      const missing = includes.filter((name) => !answer.included.has(name) && !expected.has(name));
      assert.deepEqual(missing.slice(0, 5), [], path);
    }
    if (path.includes('_total=accurate')) assert.equal(answer.total, matches.length, path);
  }
  assert.deepEqual(told, [
    '/Encounter?location:below=Location/root&_count=1000',
    '/Location?partof:below=Location/root&_count=1000',
    '/List?_include=List:item',
    '/Location?_id=root&_revinclude=Location:partof',
    '/Patient/p0/$everything',
    '/Patient/p0/$everything?_count=3',
  ]);
});
