/**
 * The table of what a patient may read and write, tried in every interaction: for each type and each pair of places of the Patient
 * compartment a resource that names the patient of the token, A, in one and B in the other.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { patientCompartmentPaths } from '@dhp/fhir-model/compartment';
import { searchParametersOf } from '@dhp/fhir-search/parameters';
import { notWrittenByPatients, patientAccess, subjectsOutsideCompartment } from '../src/access/patient-access.ts';
import { patientAccessSection, writtenSection } from '../src/patient-access-doc.ts';
import { compartmentMembers } from '../src/search/compartment-members.ts';
import { startServer, type TestServer } from './environment.ts';

type Json = Record<string, unknown>;

/** A resource by the places that name A, and those that name B. */
interface Case {
  readonly id: string;
  readonly type: string;
  readonly a: readonly string[];
  readonly b: readonly string[];
}

const records = ['AuditEvent', 'Provenance'];

/** Patients have a test of their own: they are in the compartment by their id. */
const cases: readonly Case[] = [...patientAccess.keys()]
  .filter((type) => type !== 'Patient')
  .flatMap((type) => {
    const places = patientCompartmentPaths(type).map(({ path }) => path.join('.'));
    const pairs = places.flatMap((p) => [
      { a: [p], b: [] },
      { a: [], b: [p] },
      ...places.map((q) => ({ a: [p], b: [q] })),
    ]);
    return pairs.map((pair, n) => ({ id: `${type}-${n}`, type, ...pair }));
  });

/** Roles that the table gives to the places of a case that name A, read again. */
function rolesOfA({ type, a }: Case): (string | undefined)[] {
  return a.map((place) => {
    const { param } = patientCompartmentPaths(type).find(({ path }) => path.join('.') === place)!;
    return patientAccess.get(type)!.get(param);
  });
}

function mayRead(each: Case): boolean {
  return rolesOfA(each).some((role) => role === 'owner' || role === 'named');
}

function mayWrite(each: Case): boolean {
  return !notWrittenByPatients.has(each.type) && each.b.length === 0 && rolesOfA(each).includes('owner');
}

/** The status of a change of what the case describes, which A wrote at first and others have made so. */
function changing(each: Case): number {
  if (!mayRead(each)) return 404;
  if (!mayWrite(each)) return 403;
  return 200;
}

/** The status of a change of what others wrote. */
function changingOthers(each: Case): number {
  return mayRead(each) ? 403 : 404;
}

function resource({ type, a, b }: Case, id: string): Json {
  const made: Json = { resourceType: type, id, meta: { tag: [{ code: id }] } };
  for (const place of new Set([...a, ...b])) {
    const named = [...(a.includes(place) ? ['a'] : []), ...(b.includes(place) ? ['b'] : [])];
    put(made, place.split('.'), named.map((patient) => ({ reference: `Patient/${patient}` }))); // prettier-ignore
  }
  return made;
}

function put(into: Json, [member, ...rest]: string[], references: Json[]): void {
  if (rest.length === 0) into[member!] = references;
  else put((into[member!] ??= {}) as Json, rest, references);
}

/** Returns a case of the type that A may write; undefined when there is none. */
function ownOf(type: string): Case | undefined {
  return cases.find((each) => each.type === type && mayWrite(each));
}

let server: TestServer;
let tokenOfA = '';
before(async () => {
  server = await startServer({ requireIfMatch: false, bodyLimit: 64 * 1024 ** 2, validation: { level: 'off' } });
  tokenOfA = await server.sso.token({
    scope: 'patient/*.cruds patient/AuditEvent.cruds patient/Provenance.cruds',
    patient: 'a',
  });
  for (const id of ['a', 'b']) await server.write('PUT', `/Patient/${id}`, { resourceType: 'Patient', id });
});
after(() => server.close());

interface Entry {
  readonly method: string;
  readonly url: string;
  readonly resource?: Json;
  readonly ifNoneExist?: string;
}

async function batch(entries: readonly Entry[], token: string | undefined, type = 'batch'): Promise<Json[]> {
  const entry = entries.map(({ resource, ...request }) => ({ request, ...(resource && { resource }) }));
  const reply = await server.request('POST', '', {
    ...(token !== undefined && { token }),
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Bundle', type, entry }),
  });
  assert.equal(reply.status, 200, reply.text.slice(0, 500));
  return reply.json['entry'] as Json[];
}

const statusOf = (entry: Json): number => Number.parseInt((entry['response'] as { status: string }).status);

/** Sends an entry for each case as one batch, and compares each status. */
async function expectEach(
  name: string,
  some: readonly Case[],
  entry: (each: Case) => Entry,
  status: (each: Case) => number,
): Promise<Json[]> {
  const answers = await batch(some.map(entry), tokenOfA);
  const wrong = some.flatMap((each, n) => {
    const [is, should] = [statusOf(answers[n]!), status(each)];
    return is === should ? [] : [`${name} ${each.type} A:${each.a.join()} B:${each.b.join()}: ${is}, not ${should}`];
  });
  assert.deepEqual(wrong, []);
  return answers;
}

/** Stores for each case, under `prefix-id`, what others wrote, or what A wrote at first and others made as the case says. */
async function stored(prefix: string, some: readonly Case[], author: 'others' | 'a at first'): Promise<void> {
  const put = (each: Case, resource: Json): Entry => ({
    method: 'PUT',
    url: `${each.type}/${prefix}-${each.id}`,
    resource,
  });
  if (author === 'a at first') {
    const first = some.map((each) =>
      put(each, { ...resource(ownOf(each.type)!, `${prefix}-${each.id}`), language: 'uz' }),
    );
    for (const answer of await batch(first, tokenOfA)) assert.equal(statusOf(answer), 201);
  }
  // A record cannot be changed by anybody, so one that A wrote stays.
  const changed = some.filter(({ type }) => author === 'others' || !records.includes(type));
  const answers = await batch(
    changed.map((each) => put(each, resource(each, `${prefix}-${each.id}`))),
    undefined,
  );
  for (const answer of answers) assert.ok(statusOf(answer) < 300, JSON.stringify(answer));
}

/** Cases of types that A may write something of, and where it can be made so by others. */
const changeable = cases.filter(({ type }) => ownOf(type) !== undefined && !records.includes(type));

describe('the table', () => {
  test('has each type and each parameter of the compartment, and no other', () => {
    const defined = compartmentMembers.Patient.trim().split(/\s+/);
    const written = [...patientAccess].map(([type, places]) => `${type}:${[...places.keys()].join()}`);
    assert.deepEqual(written, defined);
  });

  test('gives the parameters that read one place one role', () => {
    for (const [type, places] of patientAccess) {
      const read = new Set(patientCompartmentPaths(type).map(({ param }) => param));
      const others = [...places.keys()].filter((param) => !read.has(param));
      for (const param of others) assert.equal(places.get(param), 'owner', `${type}.${param} is an alias`);
      const isWritten = !notWrittenByPatients.has(type) && type !== 'Patient';
      assert.equal([...places.values()].includes('owner'), isWritten, type);
    }
  });

  test('has beside it what the parameters patient and subject read outside the compartment', () => {
    const found: Record<string, string[]> = {};
    for (const type of patientAccess.keys()) {
      const places = new Set(patientCompartmentPaths(type).map(({ path }) => path.join('.')));
      for (const code of ['patient', 'subject']) {
        const { expression = '', target = [] } = searchParametersOf(type).get(code) ?? {};
        if (!target.includes('Patient')) continue;
        for (const branch of expression.split('|')) {
          const [, of, place = ''] =
            /^\(?([A-Z]\w+)\.([\w.]+?)(?:\.where\(resolve\(\) is Patient\))?\)?$/.exec(branch.trim()) ?? [];
          if (of === type && !places.has(place)) found[type] = [...new Set([...(found[type] ?? []), place])];
        }
      }
    }
    const listed = [...subjectsOutsideCompartment].map(([type, paths]) => [
      type,
      paths.map(({ path }) => path.join('.')),
    ]);
    assert.deepEqual(found, Object.fromEntries(listed));
  });

  test('is what docs/api-access.md shows', () => {
    const hint = 'run: node apps/fhir/src/patient-access-doc.ts --write';
    assert.equal(writtenSection(), patientAccessSection(), hint);
  });

  test('has enough cases', () => {
    assert.ok(cases.length > 300);
    assert.ok(cases.filter(mayWrite).length > 60);
    assert.ok(cases.filter((each) => mayRead(each) && !mayWrite(each)).length > 60);
  });
});

describe('every pair of places', () => {
  test('create, also by criteria and under an id of the own', async () => {
    const created = (each: Case): number => (mayWrite(each) ? 201 : 403);
    await expectEach(
      'create',
      cases,
      (each) => ({ method: 'POST', url: each.type, resource: resource(each, 'new') }),
      created,
    );
    await expectEach(
      'conditional create',
      cases,
      (each) => ({
        method: 'POST',
        url: each.type,
        resource: resource(each, `ce-${each.id}`),
        ifNoneExist: `_tag=ce-${each.id}`,
      }),
      created,
    );
    await expectEach(
      'update as create',
      cases,
      (each) => ({ method: 'PUT', url: `${each.type}/n-${each.id}`, resource: resource(each, `n-${each.id}`) }),
      created,
    );
  });

  test('a subject outside the compartment is no other patient, in a contained resource either', async () => {
    for (const [type, paths] of subjectsOutsideCompartment) {
      for (const { path } of paths) {
        const own = ownOf(type)!;
        const naming = (patient: string): Json => {
          const made = resource(own, 'outside');
          put(made, [...path], [{ reference: `Patient/${patient}` }]);
          return made;
        };
        const contained = { ...resource(own, 'outside'), contained: [{ ...naming('b'), id: 'c' }] };
        const entries = [naming('a'), naming('b'), contained].map((each) => ({
          method: 'POST',
          url: type,
          resource: each,
        }));
        const answers = await batch(entries, tokenOfA);
        assert.deepEqual(answers.map(statusOf), [201, 403, 403], type);
      }
    }
  });

  test('read, vread, history and search', async () => {
    await stored('r', cases, 'others');
    const at = (path: string) => (each: Case) => ({ method: 'GET', url: `${each.type}/r-${each.id}${path}` });
    const shown = (each: Case): number => (mayRead(each) ? 200 : 404);
    await expectEach('read', cases, at(''), shown);
    await expectEach('vread', cases, at('/_history/1'), shown);
    await expectEach('history', cases, at('/_history'), shown);
    const found = await expectEach(
      'search',
      cases,
      (each) => ({ method: 'GET', url: `${each.type}?_id=r-${each.id}` }),
      () => 200,
    );
    for (const [n, each] of cases.entries()) {
      const { total } = found[n]!['resource'] as { total: number };
      assert.equal(total, mayRead(each) ? 1 : 0, `search ${each.id}`);
    }
  });

  test('update and patch what is the own into it', async () => {
    const change = (each: Case): number => (mayWrite(each) ? 200 : 403);
    await stored('o', changeable, 'a at first');
    const own = changeable.map((each) => ({
      method: 'PUT',
      url: `${each.type}/o-${each.id}`,
      resource: resource(ownOf(each.type)!, `o-${each.id}`),
    }));
    for (const answer of await batch(own, undefined)) assert.equal(statusOf(answer), 200);
    await expectEach(
      'patch',
      changeable,
      (each) => {
        const { resourceType, id, ...members } = resource(each, `o-${each.id}`);
        const before = Object.keys(resource(ownOf(each.type)!, `o-${each.id}`));
        const patch = [
          ...before
            .filter((member) => !['resourceType', 'id', ...Object.keys(members)].includes(member))
            .map((member) => ({ op: 'remove', path: `/${member}` })),
          ...Object.entries(members).map(([member, value]) => ({ op: 'add', path: `/${member}`, value })),
        ];
        const data = Buffer.from(JSON.stringify(patch)).toString('base64');
        return {
          method: 'PATCH',
          url: `${String(resourceType)}/${String(id)}`,
          resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
        };
      },
      change,
    );
    await expectEach(
      'update',
      changeable,
      (each) => ({ method: 'PUT', url: `${each.type}/o-${each.id}`, resource: resource(each, `o-${each.id}`) }),
      change,
    );
    await expectEach(
      'conditional update',
      changeable,
      (each) => ({ method: 'PUT', url: `${each.type}?_tag=o-${each.id}`, resource: resource(each, `o-${each.id}`) }),
      change,
    );
  });

  test('update and delete what the patient wrote at first and others have made so', async () => {
    await stored('m', changeable, 'a at first');
    await expectEach(
      'update from',
      changeable,
      (each) => {
        const id = `m-${each.id}`;
        return { method: 'PUT', url: `${each.type}/${id}`, resource: resource(ownOf(each.type)!, id) };
      },
      changing,
    );
    await stored('d', changeable, 'a at first');
    await expectEach(
      'delete',
      changeable,
      (each) => ({ method: 'DELETE', url: `${each.type}/d-${each.id}` }),
      (each) => (changing(each) === 200 ? 204 : changing(each)),
    );
  });

  test('update, patch and delete what others wrote, by id and by criteria', async () => {
    await stored('s', cases, 'others');
    const id = (each: Case): string => `s-${each.id}`;
    const mine = (each: Case): Json => ({ ...resource(ownOf(each.type) ?? each, id(each)), language: 'uz' });
    const data = Buffer.from('[{"op":"add","path":"/language","value":"uz"}]').toString('base64');
    const patch = { resourceType: 'Binary', contentType: 'application/json-patch+json', data };
    const at = (each: Case): string => `${each.type}/${id(each)}`;
    await expectEach(
      'update',
      cases,
      (each) => ({ method: 'PUT', url: at(each), resource: mine(each) }),
      changingOthers,
    );
    await expectEach('patch', cases, (each) => ({ method: 'PATCH', url: at(each), resource: patch }), changingOthers);
    await expectEach('delete', cases, (each) => ({ method: 'DELETE', url: at(each) }), changingOthers);
    const seen = cases.filter(mayRead);
    const by = (each: Case): string => `${each.type}?_tag=${id(each)}`;
    const refused = (): number => 403;
    await expectEach(
      'patch by criteria',
      seen,
      (each) => ({ method: 'PATCH', url: by(each), resource: patch }),
      refused,
    );
    await expectEach('delete by criteria', seen, (each) => ({ method: 'DELETE', url: by(each) }), refused);
    const unseen = cases.filter((each) => !mayRead(each));
    const nothing = await batch(unseen.map((each) => ({ method: 'DELETE', url: by(each) })), tokenOfA); // prettier-ignore
    assert.ok(
      nothing.every((answer) => statusOf(answer) < 300),
      'nothing matched',
    );
    const now = await batch(cases.map((each) => ({ method: 'GET', url: at(each) })), undefined); // prettier-ignore
    for (const answer of now) {
      const { versionId } = (answer['resource'] as { meta: { versionId: string } }).meta;
      assert.equal(versionId, '1', 'untouched');
    }
  });

  test('transactions, of which nothing is stored when one entry is refused', async () => {
    for (const [n, each] of cases.filter((_, n) => n % 5 === 0).entries()) {
      const own = ownOf('Observation')!;
      const bundle = {
        resourceType: 'Bundle',
        type: 'transaction',
        entry: [
          { request: { method: 'PUT', url: `Observation/t-${n}` }, resource: resource(own, `t-${n}`) },
          { request: { method: 'POST', url: each.type }, resource: resource(each, 'new') },
        ],
      };
      const reply = await server.request('POST', '', {
        token: tokenOfA,
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify(bundle),
      });
      assert.equal(reply.status, mayWrite(each) ? 200 : 403, `${each.id}: ${reply.text}`);
      const first = await server.request('GET', `/Observation/t-${n}`);
      assert.equal(first.status, mayWrite(each) ? 200 : 404);
    }
  });
});
