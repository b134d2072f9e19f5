/**
 * Resources that a caller may not see do not change any answer to the caller. One server holds everything, another only what the caller can
 * read there one by one. Both answer every request alike (searches, includes, chains, order, totals, pages, lists, $everything, $meta,
 * $validate, histories), so nothing hidden is returned, counted, sorted by, followed or mentioned.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { entriesOf, put } from './searches.ts';

const seed = Number(process.env['INTERFERENCE_SEED'] ?? 11);
const questions = Number(process.env['INTERFERENCE_QUESTIONS'] ?? 60);

type Resource = Record<string, unknown> & { resourceType: string; id: string };

/** A sequence that is the same for the same seed. */
function randomOf(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
const random = randomOf(seed);
const one = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;

const callers: Record<string, Record<string, unknown>> = {
  'a patient': { scope: 'patient/*.rs', patient: 'a' },
  'a patient, of one kind of observations': {
    scope: 'patient/Observation.rs?status=final patient/Patient.rs patient/Encounter.rs patient/List.rs',
    patient: 'b',
  },
  'a system, of what has a label': { scope: 'system/*.rs?_tag=ours' },
  'a client by access policies': { scope: 'system/*.rs', client_id: 'limited' },
  'a patient, by access policies too': { scope: 'patient/*.rs', patient: 'c', client_id: 'limited' },
  'a health worker by a policy': {
    scope: 'user/*.rs',
    fhirUser: `${baseUrl}/Practitioner/d`,
    policies: ['user/Observation.rs?code=x1', 'user/Patient.rs?active=true', 'user/Encounter.rs', 'user/List.rs'],
  },
};

const who = { client: ['limited'] };
const interactions = ['read', 'search'] as const;
const policies: PolicySet = {
  others: 'as-scoped',
  rules: [
    { name: 'observations', effect: 'permit', who, types: ['Observation'], interactions, criteria: 'status=final' },
    {
      name: 'encounters',
      effect: 'permit',
      who,
      types: ['Encounter'],
      interactions,
      criteria: 'status=completed',
    },
    { name: 'others', effect: 'permit', who, types: ['Patient', 'Practitioner', 'List'], interactions },
    { name: 'not-theirs', effect: 'deny', who, types: ['*'], interactions, criteria: '_tag=theirs' },
  ],
};

const patients = ['a', 'b', 'c', 'e'];
const codes = ['x1', 'x2', 'x3'];

/** In the order in which they are stored; what is referred to comes first. */
function world(): Resource[] {
  const meta = (): { tag: object[] } => ({
    tag: [
      { system: 'urn:t', code: one(['ours', 'theirs']), display: `a label of ${String(random(1000))}` },
      { system: 'urn:t', code: `only-${String(random(1000))}` },
    ],
  });
  const coded = (code: string): object => ({ coding: [{ system: 'urn:c', code }], text: `text of ${code}` });
  const day = (): string => `2024-0${String(1 + random(9))}-1${String(random(9))}`;
  const made: Resource[] = [{ resourceType: 'Practitioner', id: 'd', meta: meta(), name: [{ family: 'Usmonov' }] }];
  for (const id of patients) {
    made.push({
      ...{ resourceType: 'Patient', id, meta: meta(), active: random(2) === 0, birthDate: day() },
      ...{ name: [{ family: one(['Karimov', 'Aliyev']), given: [`G${id}`] }] },
      generalPractitioner: [{ reference: 'Practitioner/d' }],
    });
  }
  for (let n = 0; n < 8; n += 1) {
    made.push({
      ...{ resourceType: 'Encounter', id: `v${String(n)}`, meta: meta(), status: one(['completed', 'in-progress']) },
      subject: { reference: `Patient/${one(patients)}` },
      ...(n > 2 && { partOf: { reference: `Encounter/v${String(random(n))}` } }),
    });
  }
  for (let n = 0; n < 30; n += 1) {
    made.push({
      ...{ resourceType: 'Observation', id: `o${String(n)}`, meta: meta(), status: one(['final', 'preliminary']) },
      code: coded(one(codes)),
      subject: { reference: `Patient/${one(patients)}` },
      encounter: { reference: `Encounter/v${String(random(8))}` },
      effectiveDateTime: day(),
      valueQuantity: { value: random(50), unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
      ...(n > 5 && { hasMember: [{ reference: `Observation/o${String(random(n))}` }] }),
    });
  }
  for (const id of patients) {
    const item = (): object => ({ item: { reference: `Observation/o${String(random(30))}` } });
    made.push({
      ...{ resourceType: 'List', id: `l-${id}`, meta: meta(), status: 'current', mode: 'working' },
      subject: [{ reference: `Patient/${id}` }],
      entry: Array.from({ length: 8 }, item),
    });
  }
  return made;
}

const everything = world();
let full: TestServer;
before(async () => {
  full = await startServer();
  await put(full, ...everything);
  await activatePolicies(full, policies);
});
after(() => full.close());

function criterionOf(type: string): string {
  const patient = one(patients);
  const common = [`_id=${one(['o1', 'o2', 'v1', 'a', 'b', 'l-a'])}`, '_tag=urn:t|ours', '_tag=theirs'];
  const own: Record<string, string[]> = {
    Patient: [
      ...['name=Karimov', 'birthdate=gt2024-04', 'active=true', 'general-practitioner.name=usmonov'],
      ...codes.map((code) => `_has:Observation:patient:code=${code}`),
      '_has:Encounter:patient:status=completed',
      '_has:Observation:patient:_has:Observation:has-member:status=final',
    ],
    Encounter: [
      ...[`subject=Patient/${patient}`, 'status=completed', 'subject:Patient.name=Aliyev', 'part-of.status=completed'],
      ...['_has:Observation:encounter:code=x2', 'part-of:missing=true', 'part-of.subject:Patient.active=true'],
    ],
    Observation: [
      ...[`subject=Patient/${patient}`, `code=${one(codes)}`, 'status=final', 'date=ge2024-05', 'value-quantity=gt20'],
      ...['patient.name=Karimov', 'subject:Patient.active=true', 'encounter.status=completed', 'has-member.code=x1'],
      ...[
        'encounter.part-of.status=completed',
        `_list=l-${patient}`,
        'code:not=x1',
        '_has:Observation:has-member:code=x3',
      ],
      `patient.general-practitioner.name=usmonov`,
    ],
    List: [`subject=Patient/${patient}`, 'item:Observation.code=x1', 'subject:Patient.name=Karimov', 'status=current'],
  };
  return one([...common, ...own[type]!, ...own[type]!]);
}

const includes: Record<string, string[]> = {
  Patient: [
    '_revinclude=Observation:subject',
    '_revinclude=Encounter:subject',
    '_include=Patient:general-practitioner',
  ],
  Encounter: ['_include=Encounter:subject', '_revinclude=Observation:encounter', '_include:iterate=Encounter:part-of'],
  Observation: [
    ...['_include=Observation:subject', '_include=Observation:encounter', '_include:iterate=Observation:has-member'],
    ...['_revinclude=Observation:has-member', '_revinclude=List:item', '_include=*'],
  ],
  List: ['_include=List:item', '_include=List:subject'],
};
const orders: Record<string, string[]> = {
  Patient: ['family', '-birthdate', '_id', '_lastUpdated'],
  Encounter: ['-_lastUpdated', '_id', 'status'],
  Observation: ['date', '-date', 'code', 'value-quantity', '-_lastUpdated', 'status,-date'],
  List: ['_id', '-_lastUpdated'],
};

function searchOf(type: string): string {
  const parts = [criterionOf(type)];
  if (random(2) === 0) parts.push(criterionOf(type));
  if (random(2) === 0) parts.push(one(includes[type]!));
  if (random(2) === 0) parts.push(`_sort=${one(orders[type]!)}`);
  parts.push(one(['_total=accurate', '_total=accurate', '_summary=count', '_total=none']));
  if (random(2) === 0) parts.push(`_count=${String(1 + random(4))}`);
  return parts.join('&');
}

const types = ['Patient', 'Encounter', 'Observation', 'List'] as const;

function question(): string {
  const type = one(types);
  const { resourceType, id } = one(everything);
  const place = `/${resourceType}/${id}`;
  switch (random(11)) {
    case 0:
      return `/Patient/${one(['', `${one(patients)}/`])}$everything?_count=${String(5 + random(30))}`;
    case 1:
      return `/Encounter/v${String(random(8))}/$everything`;
    case 2:
      return one([`${place}/$meta`, `/${type}/$meta`, '/$meta']);
    case 3:
      return `${place}/$validate`;
    case 4:
      return one([`${place}/_history`, `/${type}/_history?_count=3`, '/_history?_count=7', `${place}/_history/1`]);
    case 5:
      return `/Patient/${one(patients)}/${one(['Observation', 'Encounter', '*'])}?_total=accurate`;
    case 6:
      return `/?_type=Observation,Encounter&_tag=urn:t|ours&_sort=_id&_total=accurate`;
    default:
      return `/${type}?${searchOf(type)}`;
  }
}

/** Removes the parts of an answer that do not depend on the stored resources: times, ids of the answer, the positions in links. */
function comparable(reply: Reply): unknown {
  const { link, id, timestamp, ...rest } = reply.json;
  const relations = Array.isArray(link) ? (link as { relation: string }[]).map(({ relation }) => relation) : link;
  const isBundle = rest['resourceType'] === 'Bundle';
  const whole = { status: reply.status, relations, ...(isBundle ? {} : { id, timestamp }), ...rest };
  const text = JSON.stringify(whole)
    .replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"/g, '"a time"')
    .replaceAll(/urn:uuid:[\da-f-]{36}/g, 'urn:uuid:x');
  return JSON.parse(text) as unknown;
}

/** Every page of the answer. */
async function answersOf(server: TestServer, path: string, token: string): Promise<unknown[]> {
  const answers: unknown[] = [];
  let at: string | undefined = path;
  while (at !== undefined && answers.length < 60) {
    const reply: Reply = await server.request('GET', at, { token });
    answers.push(comparable(reply));
    const links = (reply.json['link'] ?? []) as { relation: string; url: string }[];
    at = Array.isArray(links)
      ? links.find(({ relation }) => relation === 'next')?.url.slice(baseUrl.length)
      : undefined;
  }
  return answers;
}

for (const [who, claims] of Object.entries(callers)) {
  describe(who, () => {
    let narrow: TestServer;
    const tokens = new Map<TestServer, string>();
    let hidden = 0;
    before(async () => {
      narrow = await startServer();
      for (const server of [full, narrow]) tokens.set(server, await server.sso.token(claims));
      const seen: Resource[] = [];
      for (const resource of everything) {
        const path = `/${resource.resourceType}/${resource.id}`;
        const { status } = await full.request('GET', path, { token: tokens.get(full)! });
        if (status === 200) seen.push(resource);
        else hidden += 1;
      }
      assert.ok(seen.length > 3 && hidden > 3, `sees ${String(seen.length)}, does not see ${String(hidden)}`);
      await put(narrow, ...seen);
      await activatePolicies(narrow, policies);
    });
    after(() => narrow.close());

    it(`is answered as if there were nothing else, ${String(questions)} questions of seed ${String(seed)}`, async (test) => {
      let told = 0;
      for (let n = 0; n < questions; n += 1) {
        const path = question();
        const [some, all] = [
          await answersOf(narrow, path, tokens.get(narrow)!),
          await answersOf(full, path, tokens.get(full)!),
        ];
        assert.deepEqual(all, some, `${who}: ${path}`);
        told += all.some((page) => entriesOf({ json: page as Record<string, unknown> } as Reply).length > 0) ? 1 : 0;
      }
      test.diagnostic(`${String(told)} of ${String(questions)} questions found something`);
      assert.ok(told > questions / 10, 'most questions find nothing: they prove nothing');
    });
  });
}
