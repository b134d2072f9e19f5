/**
 * Groups by characteristic over HTTP: how they are written, who is a member for which caller, and how they are exported.
 * https://hl7.org/fhir/uv/bulkdata/4.0.0-202609-ballot/en/group.html
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { scanJson } from '@dhp/fhir-model';
import { connect, type Sql } from '@dhp/postgres';
import { activatePolicies, activateVersion } from './policies.ts';
import {
  asynchronously,
  exportBed,
  exportBedIn,
  named,
  observation,
  placeOf,
  type Made,
  type Manifest,
  type Resource,
} from './export-bed.ts';
import { baseUrl, type Reply } from './environment.ts';

const extension = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/member-filter';

function filter(expression: unknown, language = 'application/x-fhir-query'): object {
  return { url: extension, valueExpression: { language, expression } };
}

function cohort(id: string, ...expressions: readonly string[]): Resource {
  const given = { type: 'person', membership: 'definitional', name: id };
  return { resourceType: 'Group', id, ...given, modifierExtension: expressions.map((each) => filter(each)) };
}

function condition(id: string, patient: string, code: string): Resource {
  const coding = [{ system: 'http://hl7.org/fhir/sid/icd-10', code }];
  const clinicalStatus = {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
  };
  return {
    resourceType: 'Condition',
    id,
    clinicalStatus,
    code: { coding },
    subject: { reference: `Patient/${patient}` },
  };
}

const patient = (id: string, gender = 'female'): Resource => ({ resourceType: 'Patient', id, gender, active: true });

const bed = exportBed(
  ...['p1', 'p2', 'p3'].map((id) => patient(id)),
  patient('p4', 'male'),
  condition('c1', 'p1', 'E11'),
  condition('c2', 'p2', 'I10'),
  condition('c4', 'p4', 'E11'),
  observation('b1', 'p1'),
  observation('b2', 'p2'),
  observation('b4', 'p4', 'preliminary'),
  cohort('diabetes', 'Condition?code=E11'),
  cohort('both', 'Condition?code=E11', 'Patient?gender=female', 'Observation?status=final'),
);
const { token, store, exported, kickOff } = bed;

let clients = 0;
/** Exports are limited per client, so each test has its own client. */
const somebody = (scope?: string): Promise<string> => token(`cohorts-${(clients += 1)}`, scope);

async function namesOf(path: string, parameter?: readonly object[], own?: string): Promise<string[]> {
  return named((await exported(own ?? (await somebody()), path, parameter)).lines.output);
}

const patientsOf = (group: string, own?: string): Promise<string[]> =>
  namesOf(`/Group/${group}/$export?_type=Patient`, undefined, own);

const put = (resource: Resource): Promise<Reply> =>
  bed.server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);

describe('a Group by characteristic', () => {
  it('is taken with its searches, also where it may be answered later', async () => {
    const { id: _, ...made } = cohort('later', 'Condition?code=E11');
    const own = await bed.server.sso.token({ scope: 'system/Group.crs', client_id: 'maker', sub: 'maker' });
    const headers = { ...asynchronously, 'content-type': 'application/fhir+json' };
    const reply = await bed.server.request('POST', '/Group', { token: own, headers, body: JSON.stringify(made) });
    // Nothing has to be waited for: the members are found when they are requested.
    assert.equal(reply.status, 201, reply.text);
    const found = (await bed.server.request('GET', '/Group?name=later', { token: own })).json as { total: number };
    assert.equal(found.total, 1);
    const { rest } = (await bed.server.request('GET', '/metadata')).json as {
      rest: { resource: { type: string; supportedProfile?: string[] }[] }[];
    };
    assert.deepEqual(rest[0]!.resource.find(({ type }) => type === 'Group')?.supportedProfile, [
      'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/bulk-cohort-group',
    ]);
  });

  it('is refused at the place of what cannot be answered, whichever way it comes', async () => {
    const good = cohort('wrong', 'Condition?code=E11');
    const first = 'Group.modifierExtension[0].valueExpression';
    const second = 'Group.modifierExtension[1].valueExpression.expression';
    const other = { url: 'http://example.org/other', valueBoolean: true };
    const refused: [Resource, string, RegExp][] = [
      [cohort('wrong', 'Condition?codes=E11'), `${first}.expression`, /codes.*search parameter of Condition.*code/],
      [{ ...good, modifierExtension: [other, filter('Condition?code=E11&onset=x')] }, second, /onset/],
      [cohort('wrong', 'Condition?code=E11&_sort=code'), `${first}.expression`, /_sort is about the answer/],
      [cohort('wrong', 'Condition?_include=*'), `${first}.expression`, /_include is about the answer/],
      [cohort('wrong', 'Organization?name=x'), `${first}.expression`, /can meet "Organization\?name=x"/],
      [cohort('wrong', 'Condition?'), `${first}.expression`, /No member of the Group can meet/],
      [cohort('wrong', 'Condition?code='), `${first}.expression`, /no parameter with a value/],
      [cohort('wrong', '?code=E11'), `${first}.expression`, /No member of the Group can meet/],
      [cohort('wrong', '/Patient/1/Condition?code=E11'), `${first}.expression`, /No member of the Group can meet/],
      [{ ...good, modifierExtension: [filter('true', 'text/cql')] }, `${first}.language`, /x-fhir-query/],
      [{ ...good, modifierExtension: [{ url: extension, valueString: 'x' }] }, `${first}.language`, /x-fhir-query/],
      [cohort('wrong', ...Array.from({ length: 21 }, () => 'Patient?gender=male')), 'Group.modifierExtension', /20/],
      [{ ...good, type: 'practitioner' }, 'Group.type', /person/],
      [{ ...good, membership: 'enumerated' }, 'Group.membership', /definitional/],
      [{ ...good, name: undefined }, 'Group.name', /name/],
      [{ ...good, member: [{ entity: { reference: 'Patient/p1' } }] }, 'Group.member', /Leave it out/],
      [
        {
          ...good,
          extension: [{ url: extension.replace('member-filter', 'members-refreshed'), valueDateTime: '2026' }],
        },
        'Group.extension',
        /found anew/,
      ],
    ];
    for (const [resource, place, reason] of refused) {
      const reply = await put(resource);
      assert.deepEqual([reply.status, reply.code], [422, 'cohort-invalid'], reply.text);
      const { issue } = reply.json as { issue: { expression: string[]; diagnostics: string }[] };
      assert.deepEqual(issue[0]!.expression, [place]);
      assert.match(issue[0]!.diagnostics, reason);
    }
    const entry = [{ resource: refused[0]![0], request: { method: 'PUT', url: 'Group/wrong' } }];
    const together = await bed.server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.deepEqual([together.status, together.code], [422, 'cohort-invalid'], together.text);
    const replace = [{ op: 'replace', path: '/membership', value: 'enumerated' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    const patched = await bed.server.request('PATCH', '/Group/both', { headers, body: JSON.stringify(replace) });
    assert.deepEqual([patched.status, patched.code], [422, 'cohort-invalid'], patched.text);
    assert.equal((await bed.server.request('GET', '/Group/wrong')).status, 404);
  });
});

describe('its members', () => {
  it('are those who meet all searches, themselves or by what is in their compartment', async () => {
    assert.deepEqual(await patientsOf('diabetes'), ['Patient/p1', 'Patient/p4']);
    assert.deepEqual(await namesOf('/Group/both/$export'), ['Condition/c1', 'Observation/b1', 'Patient/p1']);
    // All parameters of a search must match the same resource.
    await store(cohort('one', 'Observation?status=final&subject=Patient/p4'), cohort('nobody', 'Condition?code=Z99'));
    assert.deepEqual([await patientsOf('one'), await patientsOf('nobody')], [[], []]);
    const include = [{ system: 'http://hl7.org/fhir/sid/icd-10', concept: [{ code: 'E11' }] }];
    const set = { resourceType: 'ValueSet', id: 'e11', url: 'http://example.org/e11', status: 'active' };
    await store({ ...set, compose: { include } }, cohort('set', 'Condition?code:in=http://example.org/e11'));
    assert.deepEqual(await patientsOf('set'), ['Patient/p1', 'Patient/p4']);
    const asked = { name: '_type', valueString: 'Patient' };
    const of = (id: string): object => ({ name: 'patient', valueReference: { reference: `Patient/${id}` } });
    assert.deepEqual(await namesOf('/Group/diabetes/$export', [asked, of('p4')]), ['Patient/p4']);
    const stranger = await kickOff(await somebody(), '/Group/diabetes/$export', [asked, of('p2')]);
    assert.equal(stranger.code, 'parameter-invalid', stranger.text);
    const view = {
      resourceType: 'ViewDefinition',
      status: 'active',
      resource: 'Patient',
      select: [{ column: [{ name: 'id', path: 'id' }] }],
    };
    const parameter = [
      { name: 'viewResource', resource: view },
      { name: 'group', valueReference: { reference: 'Group/diabetes' } },
      { name: '_format', valueCode: 'csv' },
    ];
    const table = await bed.server.write('POST', '/$viewdefinition-run', { resourceType: 'Parameters', parameter });
    assert.deepEqual(table.text.trim().split(/\r?\n/).sort(), ['id', 'p1', 'p4'], table.text);
  });

  it('are all asked for where some of more than a table can be about are named', async () => {
    const ids = Array.from({ length: 1_002 }, (_, n) => `m${n}`);
    await bed.server.store.bulkInsert(
      (async function* () {
        for (const id of ids) {
          const resource = patient(id, 'other');
          yield { type: 'Patient', id, source: scanJson(JSON.stringify(resource)), resource };
        }
      })(),
    );
    await store(cohort('many', 'Patient?gender=other'));
    const select = [{ column: [{ name: 'id', path: 'id' }] }];
    const ask = (...named: readonly string[]): Promise<Reply> => {
      const parameter = [
        {
          name: 'viewResource',
          resource: { resourceType: 'ViewDefinition', status: 'active', resource: 'Patient', select },
        },
        { name: 'group', valueReference: { reference: 'Group/many' } },
        { name: '_format', valueCode: 'csv' },
        ...named.map((id) => ({ name: 'patient', valueReference: { reference: `Patient/${id}` } })),
      ];
      return bed.server.write('POST', '/$viewdefinition-run', { resourceType: 'Parameters', parameter });
    };
    assert.equal((await ask()).code, 'parameter-invalid');
    for (const some of [ids.slice(0, 501), ids.slice(501)])
      assert.deepEqual((await ask(...some)).text.trim().split(/\r?\n/).sort(), ['id', ...some].sort());
  });

  it('are nobody whom the caller may not find, and none by what the caller may not search', async () => {
    const reply = await kickOff(await somebody('system/Patient.rs system/Group.rs'), '/Group/diabetes/$export');
    assert.deepEqual([reply.status, reply.code], [403, 'scope-insufficient'], reply.text);
    assert.match(reply.diagnostics, /Condition/);
    const scope = 'system/Group.rs system/Patient.rs system/Condition.rs?code=I10';
    assert.deepEqual(await patientsOf('diabetes', await somebody(scope)), []);
    const male = 'system/Group.rs system/Condition.rs system/Patient.rs?gender=male';
    assert.deepEqual(await patientsOf('diabetes', await somebody(male)), ['Patient/p4']);
  });

  it('are not told as of a time of before', async () => {
    const at = new Date(Date.now() - 1_000).toISOString();
    const reply = await kickOff(await somebody(), `/Group/diabetes/$export?_until=${at}`);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], reply.text);
    assert.match(reply.diagnostics, /_until/);
  });

  it('come whole when they have joined, and who was deleted is told', async () => {
    const own = await somebody();
    await store(
      patient('p5'),
      observation('b5', 'p5'),
      patient('p6'),
      condition('c6', 'p6', 'E11'),
      observation('b6', 'p6'),
    );
    const next = async (since: Manifest): Promise<Made> =>
      exported(own, `/Group/diabetes/$export?_since=${encodeURIComponent(since.transactionTime)}`);
    const first = (await exported(own, '/Group/diabetes/$export')).manifest;
    const second = await next(first);
    assert.deepEqual([named(second.lines.output), second.lines.deleted], [[], []]);
    await store(condition('c5', 'p5', 'E11'), observation('b1', 'p1', 'amended'));
    for (const gone of ['Condition/c6', 'Observation/b6', 'Patient/p6'])
      assert.ok((await bed.server.request('DELETE', `/${gone}`)).status < 300);
    const third = await next(second.manifest);
    const left = ['Condition/c5', 'Observation/b1', 'Observation/b5', 'Patient/p5'];
    assert.deepEqual(named(third.lines.output), left);
    const deleted = third.lines.deleted as unknown as { entry: { request: { url: string } }[] }[];
    assert.ok(deleted.flatMap(({ entry }) => entry.map(({ request }) => request.url)).includes('Patient/p6'));
    // A search across references may have changed for any patient, so everything is exported.
    await store(cohort('chained', 'Condition?code=E11&subject:Patient.active=true'));
    const chained = await exported(
      own,
      `/Group/chained/$export?_type=Patient&_since=${encodeURIComponent(third.manifest.transactionTime)}`,
    );
    assert.deepEqual(named(chained.lines.output), ['Patient/p1', 'Patient/p4', 'Patient/p5']);
  });

  it('are those of a loop over all, after random writes, deletions and consents', async () => {
    const own = await token('random');
    await activatePolicies(bed.server, { others: 'as-scoped', rules: [], consent: 'enforced' });
    const seed = (Date.now() % 65_521) + 1;
    let state = seed;
    const random = (below: number): number => (state = (state * 17_364) % 65_521) % below;
    const codes = ['E66', 'I10', 'J45'];
    const there = new Map<string, Resource>();
    const refused = new Set<string>();
    const ids = Array.from({ length: 8 }, (_, n) => `r${n}`);
    try {
      await store(cohort('random', 'Condition?code=E66', 'Patient?gender=male'), ...ids.map((id) => patient(id)));
      for (const id of ids) there.set(`Patient/${id}`, patient(id));
      for (let round = 0; round < 4; round += 1) {
        for (let n = 0; n < 10; n += 1) {
          const id = ids[random(ids.length)]!;
          const made = [
            () => patient(id, ['male', 'female'][random(2)]),
            () => condition(`rc${random(12)}`, id, codes[random(2)]!),
            () => condition(`rc${random(12)}`, id, codes[random(3)]!),
          ][random(3)]!();
          const name = `${made.resourceType}/${made.id}`;
          const isDeleted = random(3) === 0 && made.resourceType === 'Condition' && there.has(name);
          if (!isDeleted) await store(made);
          else assert.ok((await bed.server.request('DELETE', `/${name}`)).status < 300);
          if (isDeleted) there.delete(name);
          else there.set(name, made);
        }
        const about = ids[random(ids.length)]!;
        const actor = [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'random' } } }];
        const status = refused.has(about) ? 'inactive' : 'active';
        const subject = { reference: `Patient/${about}` };
        await store({
          resourceType: 'Consent',
          id: about,
          status,
          decision: 'permit',
          subject,
          provision: [{ actor }],
        });
        if (!refused.delete(about)) refused.add(about);
        const wanted = ids.filter(
          (id) =>
            !refused.has(id) &&
            there.get(`Patient/${id}`)?.['gender'] === 'male' &&
            [...there.values()].some(
              ({ resourceType, subject: of, code }) =>
                resourceType === 'Condition' &&
                (of as { reference: string }).reference === `Patient/${id}` &&
                JSON.stringify(code).includes('"E66"'),
            ),
        );
        const found = await namesOf('/Group/random/$export?_type=Patient', undefined, own);
        assert.deepEqual(
          found,
          wanted.map((id) => `Patient/${id}`),
          `round ${round} of seed ${seed}`,
        );
      }
    } finally {
      await activateVersion(bed.server, undefined);
    }
  });
});

describe('an export of them', () => {
  let sql: Sql;
  before(() => {
    sql = connect(bed.server.ownerUrl, { max: 1, applicationName: 'dhp test cohorts' });
  });
  after(() => sql.end({ timeout: 5 }));

  it('goes on with the members that it has begun with, whoever has it then', async () => {
    await store(cohort('kept', 'Condition?code=K21'), ...['k1', 'k2', 'k3'].map((id) => patient(id)));
    await store(condition('kc1', 'k1', 'K21'), condition('kc3', 'k3', 'K21'));
    const own = await somebody();
    let place = '';
    await sql.begin(async (session) => {
      // No file of the first holder is noted.
      await session`lock table fhir.export_file in exclusive mode`;
      place = placeOf(await kickOff(own, '/Group/kept/$export?_type=Patient'));
      const job = place.split('/')[2]!;
      for (const end = performance.now() + 30_000; ;) {
        const [row] = await session`select from fhir.export_member where job = ${job}::uuid`;
        if (row !== undefined) break;
        assert.ok(performance.now() < end, 'no members are found');
      }
      await store(condition('kc2', 'k2', 'K21'));
      assert.ok((await bed.server.request('DELETE', '/Condition/kc3')).status < 300);
      // Simulates a killed holder whose lease has expired.
      await session`update fhir.job set holder = gen_random_uuid(), due = now() where id = ${job}::uuid`;
    });
    const reply = await bed.ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const { output } = JSON.parse(reply.text) as Manifest;
    const file = await bed.server.request('GET', output[0]!.url.slice(baseUrl.length), { token: own });
    const lines = file.text.trim().split('\n');
    assert.deepEqual(named(lines.map((line) => JSON.parse(line) as Resource)), ['Patient/k1', 'Patient/k3']);
    const [first] = await sql<
      { attempt: number }[]
    >`select attempt from fhir.export_file where job = ${place.split('/')[2]!}::uuid`;
    assert.equal(first?.attempt, 2);
    await bed.server.request('DELETE', place, { token: own });
    assert.deepEqual(await patientsOf('kept'), ['Patient/k1', 'Patient/k2']);
  });
});

describe('a Group by characteristic of very many', () => {
  const most = 20;
  const few = exportBedIn(
    () => ({ costs: { rows: most } }),
    ...Array.from({ length: most + 1 }, (_, n) => patient(`m${String(n)}`, n === 0 ? 'male' : 'female')),
    cohort('all', 'Patient?active=true'),
    cohort('most', 'Patient?gender=female'),
  );

  it('is refused by its name and the limit, and one of as many as one request may read is exported', async () => {
    const ask = async (group: string): Promise<Reply> => {
      const own = await few.token(`of-${group}`);
      return few.ended(own, placeOf(await few.kickOff(own, `/Group/${group}/$export?_type=Patient`)));
    };
    const refused = await ask('all');
    assert.deepEqual([refused.status, refused.code], [422, 'export-too-large'], refused.text);
    assert.match(refused.text, /Group\/all has more than 20 members/);
    const { output } = JSON.parse((await ask('most')).text) as Manifest;
    assert.equal(output[0]?.count, most);
  });
});
