/**
 * As `complete-answers.test.ts`, for iterated includes and for what callers may see: included resources of included ones, contained
 * resources, tokens for some resources, words, estimated totals, histories.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { entriesOf, idsOf, linkTo, toldBy } from './searches.ts';

type Resource = Record<string, unknown> & { resourceType: string; id: string };

let state = 20_261_130;
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const all = new Map<string, Resource>();
const nameOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;
const add = (resource: Resource): void => void all.set(nameOf(resource), resource);
const to = (reference: string): object => ({ reference });
const location = (id: string, partOf?: string): Resource => ({
  ...{ resourceType: 'Location', id, status: 'active' },
  ...(partOf !== undefined && { partOf: to(`Location/${partOf}`) }),
});

const fan = 8;
add(location('root'));
for (let a = 0; a < fan; a += 1) {
  add(location(`t${a}`, 'root'));
  for (let b = 0; b < fan; b += 1) {
    add(location(`t${a}${b}`, `t${a}`));
    for (let c = 0; c < fan; c += 1) add(location(`t${a}${b}${c}`, `t${a}${b}`));
  }
}
const depth = 60;
add(location('c0'));
for (let n = 1; n <= depth; n += 1) add(location(`c${n}`, `c${n - 1}`));
for (let n = 0; n < 3; n += 1) add(location(`y${n}`, `y${(n + 1) % 3}`));
/** More than one answer includes, two steps from their root. */
const wide = 5_100;
add(location('w'));
add(location('w0', 'w'));
for (let n = 1; n <= wide; n += 1) add(location(`w${n}`, 'w0'));

const [patients, practitioners] = [12, 4];
for (let n = 0; n < practitioners; n += 1) add({ resourceType: 'Practitioner', id: `d${n}` });
for (let n = 0; n < patients; n += 1) {
  const generalPractitioner = [to(`Practitioner/d${random(practitioners)}`)];
  add({ resourceType: 'Patient', id: `p${n}`, name: [{ family: `Family${n % 3}` }], generalPractitioner });
}
for (let n = 0; n < 120; n += 1) {
  add({
    ...{ resourceType: 'Observation', id: `o${n}`, status: random(3) === 0 ? 'final' : 'preliminary' },
    ...{ code: { text: `word${n} common` }, subject: to(`Patient/p${random(patients)}`) },
    category: [{ coding: [{ system: 'urn:c', code: random(2) === 0 ? 'laboratory' : 'vital-signs' }] }],
    ...(n > 0 && { hasMember: [to(`Observation/o${random(n)}`)] }),
  });
}
const coded = (code: string): object => ({ coding: [{ system: 'urn:m', code }] });
for (let n = 0; n < 40; n += 1) {
  const code = coded(`m${random(3)}`);
  if (n % 4 === 0) add({ resourceType: 'Medication', id: `m${n}`, code });
  add({
    ...{ resourceType: 'MedicationRequest', id: `r${n}`, status: 'active', intent: 'order' },
    ...{ subject: to(`Patient/p${random(patients)}`), contained: [{ resourceType: 'Medication', id: 'm', code }] },
    medication: { reference: to('#m') },
  });
}

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
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
const referenceIn = (resource: Resource, member: string): string[] =>
  [resource[member] ?? []].flat().map((one) => (one as { reference: string }).reference);
const subjectOf = (resource: Resource): string => referenceIn(resource, 'subject')[0] ?? '';
const final = ({ status }: Resource): boolean => status === 'final';
const isLaboratory = (one: Resource): boolean => JSON.stringify(one['category'] ?? '').includes('laboratory');

/** All that is reached by references of the members, step by step. */
function reachedFrom(start: readonly string[], members: readonly string[], steps = Infinity): string[] {
  const seen = new Set(start);
  let last = [...seen];
  for (let step = 0; step < steps && last.length > 0; step += 1) {
    const next = last.flatMap((name) => members.flatMap((member) => referenceIn(all.get(name)!, member)));
    last = [...new Set(next)].filter((name) => all.has(name) && !seen.has(name));
    for (const name of last) seen.add(name);
  }
  return [...seen].filter((name) => !start.includes(name));
}

/** Returns everything that refers to the given resources by these members, step by step. */
function referringTo(start: readonly string[], members: readonly string[]): string[] {
  const seen = new Set(start);
  for (let before = -1; before !== seen.size;) {
    before = seen.size;
    for (const one of all.values()) {
      if (members.some((member) => referenceIn(one, member).some((name) => seen.has(name)))) seen.add(nameOf(one));
    }
  }
  return [...seen].filter((name) => !start.includes(name));
}

interface Asked {
  readonly path: string;
  readonly matches: readonly string[];
  readonly includes?: readonly string[];
  /** Claims of a token for less than everything. */
  readonly claims?: Record<string, unknown>;
}

const names = (resources: readonly Resource[]): string[] => resources.map(nameOf);
const observations = of('Observation');
const [, ...below] = ['', ...referringTo(['Location/root'], ['partOf'])];
const doctors = (from: readonly string[]): string[] => reachedFrom(from, ['generalPractitioner']);
const patientsOf = (matches: readonly Resource[]): string[] => [...new Set(matches.map(subjectOf))];

const searches: Asked[] = [
  ...[7, 50].map((count) => ({
    path: `/Observation?_count=${count}&_include=Observation:subject&_include:iterate=Patient:general-practitioner`,
    matches: names(observations),
    includes: [...patientsOf(observations), ...doctors(patientsOf(observations))],
  })),
  {
    path: `/Location?_id=c${depth}&_include:iterate=Location:partof`,
    ...{ matches: [`Location/c${depth}`], includes: reachedFrom([`Location/c${depth}`], ['partOf']) },
  },
  {
    path: '/Location?_id=y0&_include:iterate=Location:partof',
    ...{ matches: ['Location/y0'], includes: ['Location/y1', 'Location/y2'] },
  },
  {
    path: '/Location?_id=y0&_revinclude:iterate=Location:partof',
    ...{ matches: ['Location/y0'], includes: ['Location/y1', 'Location/y2'] },
  },
  { path: '/Location?_id=root&_revinclude:iterate=Location:partof', matches: ['Location/root'], includes: below },
  {
    path: '/Location?_id=c0&_revinclude:iterate=Location:partof',
    ...{ matches: ['Location/c0'], includes: referringTo(['Location/c0'], ['partOf']) },
  },
  {
    path: '/Location?_id=w&_revinclude:iterate=Location:partof',
    ...{ matches: ['Location/w'], includes: referringTo(['Location/w'], ['partOf']) },
  },
  {
    path: '/Practitioner?_revinclude=Patient:general-practitioner&_revinclude:iterate=Observation:subject&_count=2',
    matches: names(of('Practitioner')),
    includes: [...names(of('Patient')), ...names(observations)],
  },
  {
    path: '/Observation?_id=o119,o77&_include:iterate=Observation:has-member&_include=Observation:subject',
    matches: ['Observation/o119', 'Observation/o77'],
    includes: [
      ...reachedFrom(['Observation/o119', 'Observation/o77'], ['hasMember']),
      ...reachedFrom(['Observation/o119', 'Observation/o77'], ['subject'], 1),
    ],
  },
];

for (const code of ['m0', 'm1', 'm2', 'none']) {
  const has = (one: Resource): boolean => JSON.stringify(one).includes(`"code":"${code}"`);
  const stored = names(of('Medication').filter(has));
  const containers = names(of('MedicationRequest').filter(has));
  const count = 1 + random(7);
  searches.push(
    { path: `/Medication?code=${code}&_count=${count}&_total=accurate`, matches: stored },
    { path: `/Medication?code=${code}&_contained=true&_count=${count}&_total=accurate`, matches: containers },
    { path: `/Medication?code=${code}&_contained=both&_count=${count}`, matches: [...stored, ...containers] },
    { path: `/MedicationRequest?medication.code=${code}&_count=${count}`, matches: [] },
  );
}
// A chain also follows contained resources.
for (const [n, asked] of searches.entries()) {
  const [, code] = /^\/MedicationRequest\?medication\.code=(\w+)/.exec(asked.path) ?? [];
  if (code === undefined) continue;
  const holds = (one: Resource): boolean => JSON.stringify(one).includes(`"code":"${code}"`);
  searches[n] = { ...asked, matches: names(of('MedicationRequest').filter(holds)) };
}

const [own, lab] = ['Patient/p1', { scope: 'system/Observation.rs?category=laboratory system/Patient.rs' }];
const bound = { scope: 'patient/*.rs', patient: 'p1', sub: 'p1' };
const mine = observations.filter((one) => subjectOf(one) === own);
const ofLab = observations.filter(isLaboratory);
searches.push(
  { path: '/Observation?_count=2&_total=accurate', claims: bound, matches: names(mine) },
  {
    path: '/Observation?_count=3&_include=Observation:subject&_include:iterate=Patient:general-practitioner',
    ...{ claims: bound, matches: names(mine), includes: [own] },
  },
  {
    path: '/Patient?_revinclude=Observation:subject&_total=accurate',
    ...{ claims: bound, matches: [own], includes: names(mine) },
  },
  {
    path: '/Observation?_include:iterate=Observation:has-member&_count=1',
    ...{ claims: bound, matches: names(mine), includes: names(mine) },
  },
  {
    path: '/Patient?_has:Observation:subject:status=final&_total=accurate',
    ...{ claims: bound, matches: mine.some(final) ? [own] : [] },
  },
  {
    path: '/Observation?subject:Patient.family=Family0&_total=accurate',
    ...{ claims: bound, matches: [] },
  },
  { path: '/Observation?_content=common&_count=2&_total=accurate', claims: bound, matches: names(mine) },
  { path: '/Observation?_count=9&_total=accurate', claims: lab, matches: names(ofLab) },
  {
    path: '/Patient?_has:Observation:subject:status=final&_total=accurate&_count=2',
    ...{ claims: lab, matches: patientsOf(ofLab.filter(final)) },
  },
  {
    path: '/Observation?_include:iterate=Observation:has-member&_count=5',
    ...{ claims: lab, matches: names(ofLab), includes: names(ofLab) },
  },
  {
    path: '/Patient?_revinclude=Observation:subject&_count=3',
    ...{ claims: lab, matches: names(of('Patient')), includes: names(ofLab) },
  },
);

interface Answer {
  readonly matches: string[];
  readonly included: Set<string>;
  readonly saysSo: boolean;
  readonly total: unknown;
}

async function pagesOf(path: string, token?: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let next: string | undefined = path; next !== undefined; next = linkTo(replies.at(-1)!, 'next')) {
    const reply = await server.request('GET', next, token === undefined ? {} : { token });
    assert.equal(reply.status, 200, `${next}: ${reply.text.slice(0, 400)}`);
    replies.push(reply);
  }
  return replies;
}

async function answerOf({ path, claims }: Asked): Promise<Answer> {
  const token = claims === undefined ? undefined : await server.sso.token({ client_id: 'app', ...claims });
  const pages = await pagesOf(path, token);
  return {
    matches: pages.flatMap((page) => idsOf(page)),
    included: new Set(pages.flatMap((page) => idsOf(page, 'include'))),
    saysSo: pages.some((page) => toldBy(page).includes('search-includes-cut')),
    total: pages[0]!.json['total'],
  };
}

test('what is included step by step, contained, or permitted in part is complete, or says that it is not', async () => {
  const told: string[] = [];
  for (const asked of searches) {
    const { path, matches, includes = [] } = asked;
    const answer = await answerOf(asked);
    assert.deepEqual(answer.matches.toSorted(), [...matches].toSorted(), path);
    const expected = new Set([...includes, ...matches]);
    assert.deepEqual([...answer.included].filter((name) => !expected.has(name)).slice(0, 5), [], path);
    const missing = includes.filter((name) => !answer.included.has(name) && !answer.matches.includes(name));
    if (answer.saysSo) told.push(path);
    else assert.deepEqual(missing.slice(0, 5), [], path);
    if (path.includes('_total=accurate')) assert.equal(answer.total, matches.length, path);
  }
  assert.deepEqual(told, ['/Location?_id=w&_revinclude:iterate=Location:partof']);
});

test('an estimated total is right, or says that it is estimated', async () => {
  const asked: readonly (readonly [string, number])[] = [
    ['/Location', of('Location').length],
    ['/Location?partof=Location/w0', wide],
    ['/Observation?status=final', observations.filter(final).length],
    [
      '/Observation?subject:Patient.family=Family1',
      observations.filter((one) => /p(?:1|4|7|10)$/.test(subjectOf(one))).length,
    ],
    ['/Observation?_content=common', observations.length],
    ['/Patient?name=nobody', 0],
  ];
  for (const [path, right] of asked) {
    const reply = await server.request('GET', `${path}${path.includes('?') ? '&' : '?'}_total=estimate&_count=1`);
    assert.equal(reply.status, 200, reply.text.slice(0, 300));
    if (!toldBy(reply).includes('search-total-estimated')) assert.equal(reply.json['total'], right, path);
  }
});

test('words are found wherever they stand in a body of many', async () => {
  const [many, phrase] = [20_000, 'behind everything'];
  const words = Array.from({ length: many }, (_, n) => `w${n}`).join(' ');
  const text = { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml">${words} lastword</div>` };
  await server.write('PUT', '/Basic/many', { resourceType: 'Basic', id: 'many', text, code: { text: phrase } });
  for (const asked of ['_content=w0', `_content=w${many - 1}`, '_text=lastword', `_text=w${many - 1}`]) {
    const reply = await server.request('GET', `/Basic?${asked}`);
    assert.deepEqual([reply.status, idsOf(reply)], [200, ['Basic/many']], asked);
  }
});

test('histories are complete, page by page', async () => {
  const versions: string[] = [...all.keys()].map((name) => `${name}/1`);
  versions.push('Basic/many/1');
  for (let n = 0; n < 25; n += 1) {
    const name = `Patient/p${random(patients)}`;
    const reply = await server.write('PUT', `/${name}`, { ...all.get(name)!, active: random(2) === 0, language: 'uz' });
    assert.equal(reply.status, 200, reply.text.slice(0, 300));
    const etag = reply.headers.get('etag')!;
    versions.push(`${name}/${etag.slice('W/"'.length, -1)}`);
  }
  const deleted = 'Practitioner/d0';
  assert.ok((await server.request('DELETE', `/${deleted}`)).status < 300);
  versions.push(`${deleted}/2`);

  const shownBy = (reply: Reply): string[] =>
    entriesOf(reply).map((entry) => {
      const { request, response } = entry as unknown as { request: { url: string }; response: { etag: string } };
      const { fullUrl } = entry;
      const name = fullUrl.split('/').slice(-2).join('/');
      assert.ok(request.url !== '', fullUrl);
      return `${name}/${response.etag.slice('W/"'.length, -1)}`;
    });
  const asked: readonly (readonly [string, (version: string) => boolean])[] = [
    ['/_history?_count=700', () => true],
    ['/Patient/_history?_count=7', (version) => version.startsWith('Patient/')],
    ['/Patient/_history?_count=3&_sort=_lastUpdated', (version) => version.startsWith('Patient/')],
    ['/Practitioner/_history?_count=2', (version) => version.startsWith('Practitioner/')],
    ['/Patient/p3/_history?_count=1', (version) => version.startsWith('Patient/p3/')],
  ];
  for (const [path, isAsked] of asked) {
    const pages = await pagesOf(path);
    assert.deepEqual(pages.flatMap(shownBy).toSorted(), [...new Set(versions)].filter(isAsked).toSorted(), path);
  }
});
