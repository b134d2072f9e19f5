/** `$sql-run` with queries of SQL: over what their caller may search, and in a process that can do nothing else. docs/rest-api.md */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parquetReadObjects } from 'hyparquet';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import { openSqlEngine, SqlFault } from '../src/operations/sql/engine.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, sql: { rows: 1_000, bytes: 1024 ** 2 } });
  for (const [id, active, birthDate] of [
    ['p1', true, '1980-01-01'],
    ['p2', false, '1990-01-01'],
    ['p3', true, '2000-01-01'],
  ])
    await write({ resourceType: 'Patient', id, active, birthDate, gender: id === 'p2' ? 'male' : 'female' });
  for (const [id, of, value] of [
    ['o1', 'p1', 5.5],
    ['o2', 'p1', 10],
    ['o3', 'p2', 7],
    ['o4', 'p3', 1],
  ])
    await write({
      ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'glucose' } },
      ...{ subject: { reference: `Patient/${String(of)}` }, valueQuantity: { value } },
    });
});
after(() => server.close());

async function write(resource: Readonly<Record<string, unknown>>): Promise<void> {
  const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
  assert.equal(reply.status, 201, reply.text);
}

const base = 'https://example.org/ViewDefinition';
const patients = {
  ...{ resourceType: 'ViewDefinition', url: `${base}/patients`, status: 'active', resource: 'Patient' },
  select: [
    {
      column: [
        { name: 'id', path: 'getResourceKey()', type: 'string' },
        { name: 'active', path: 'active', type: 'boolean' },
        { name: 'birth', path: 'birthDate', type: 'date' },
      ],
    },
  ],
};
const observations = {
  ...{ resourceType: 'ViewDefinition', url: `${base}/observations`, status: 'active', resource: 'Observation' },
  select: [
    {
      column: [
        { name: 'patient', path: 'subject.getReferenceKey(Patient)', type: 'string' },
        { name: 'value', path: 'value.ofType(Quantity).value', type: 'decimal' },
      ],
    },
  ],
};
const libraryTypes = 'http://hl7.org/fhir/uv/sql-on-fhir/CodeSystem/LibraryTypesCodes';
const sqlOf = (text: string, contentType = 'application/sql'): object => ({
  contentType,
  data: Buffer.from(text).toString('base64'),
});
const dependencies = (labels: Readonly<Record<string, string>>): object[] =>
  Object.entries(labels).map(([label, resource]) => ({ type: 'depends-on', label, resource }));
const both = { patient: patients.url, observation: observations.url };

function library(
  text: string,
  { on = both, ...more }: { on?: Record<string, string> } & Record<string, unknown> = {},
): object {
  return {
    ...{ resourceType: 'Library', status: 'active' },
    type: { coding: [{ system: libraryTypes, code: 'sql-query' }] },
    relatedArtifact: dependencies(on),
    content: [sqlOf(text)],
    ...more,
  };
}

interface Asked {
  readonly more?: readonly object[];
  readonly context?: readonly object[];
  readonly token?: string;
  readonly path?: string;
  readonly name?: string;
  readonly accept?: string;
}

async function run(
  query: object,
  {
    more = [],
    context = [patients, observations],
    token,
    path = '/$sql-run',
    name = 'subjectResource',
    accept = '*/*',
  }: Asked = {},
): Promise<Reply> {
  const parameter = [{ name, resource: query }, ...context.map((resource) => ({ name: 'context', resource })), ...more];
  const headers = { 'content-type': 'application/fhir+json', accept };
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return server.request('POST', path, { headers, body, ...(token !== undefined && { token }) });
}

const lines = (reply: Reply): unknown[] => {
  assert.equal(reply.status, 200, reply.text);
  return reply.text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
};
const format = (valueCode: string): object => ({ name: '_format', valueCode });
const joined =
  'select p.id, p.active, max(o.value) as most, count(*) as n from patient p join observation o on o.patient = p.id group by p.id order by p.id';

describe('a query', () => {
  const rows = [
    { id: 'p1', active: true, most: 10, n: 2 },
    { id: 'p2', active: false, most: 7, n: 1 },
    { id: 'p3', active: true, most: 1, n: 1 },
  ];

  it('reads the tables of its views, by both names', async () => {
    assert.deepEqual(lines(await run(library(joined))), rows);
    const older = { path: '/$sqlquery-run', name: 'queryResource' };
    assert.deepEqual(lines(await run(library(joined), older)), rows);
  });

  it('is answered in each form, and cut at _limit behind the query', async () => {
    const csv = await run(library(joined), { more: [format('csv'), { name: '_limit', valueInteger: 1 }] });
    assert.equal(csv.text, 'id,active,most,n\r\np1,true,10,2\r\n');
    assert.deepEqual(JSON.parse((await run(library(joined), { more: [format('json')] })).text), rows);
    const fhir = await run(library(joined), { more: [format('fhir')] });
    const [row] = fhir.json['parameter'] as { part: object[] }[];
    assert.deepEqual(row!.part[1], { name: 'active', valueBoolean: true });
    const binary = await run(library("select 1.5 as a, 'x' as b, null as c, 7 as d", { on: {} }), {
      ...{ context: [], more: [format('parquet')], accept: 'application/fhir+json' },
    });
    assert.equal(binary.status, 200, binary.text);
    const file = Uint8Array.from(Buffer.from(binary.json['data'] as string, 'base64')).buffer;
    assert.deepEqual(await parquetReadObjects({ file }), [{ a: 1.5, b: 'x', c: null, d: 7 }]);
  });

  it('has its values bound, whatever they hold', async () => {
    const parameter = [
      { name: 'who', type: 'string', use: 'in' },
      { name: 'from', type: 'date', use: 'in' },
    ];
    const query = library('select :who as who, count(*) as n from patient where birth >= :from -- :no', {
      on: { patient: patients.url },
      parameter,
    });
    const values = (...given: object[]): object => ({
      name: 'parameters',
      resource: { resourceType: 'Parameters', parameter: given },
    });
    const from = { name: 'from', valueDate: '1985-01-01' };
    const evil = "x'; drop table patient; --";
    const more = [values({ name: 'who', valueString: evil }, from)];
    assert.deepEqual(lines(await run(query, { context: [patients], more })), [{ who: evil, n: 2 }]);
    for (const wrong of [
      values(from),
      values({ name: 'who', valueInteger: 1 }, from),
      values({ name: 'other', valueString: 'x' }),
      values(from, from, { name: 'who', valueString: '' }),
    ]) {
      const reply = await run(query, { context: [patients], more: [wrong] });
      assert.deepEqual([reply.status, reply.code], [422, 'query-invalid'], reply.text);
    }
  });

  it('stands on views of SQL, and on the national views', async () => {
    const adults = {
      ...library('select id from patient where active', { on: { patient: patients.url } }),
      ...{ url: 'https://example.org/Library/adults', type: { coding: [{ code: 'sql-view' }] } },
    };
    const query = library('select count(*) as n from adults', { on: { adults: 'https://example.org/Library/adults' } });
    assert.deepEqual(lines(await run(query, { context: [adults, patients] })), [{ n: 2 }]);
    const national =
      nationalViews.find(({ definition }) => definition.name === 'patients_by_age_and_sex') ?? nationalViews[1]!;
    const counted = library('select sex, count(*) as n from people group by sex order by sex', {
      on: { people: national.definition.url },
    });
    assert.deepEqual(lines(await run(counted, { context: [] })), [
      { sex: 'female', n: 2 },
      { sex: 'male', n: 1 },
    ]);
  });
});

describe('access', () => {
  it('decides on each row before the query, and filters narrow it', async () => {
    const count = library('select (select count(*) from patient) as p, (select count(*) from observation) as o');
    const narrow = await server.sso.token({ scope: 'system/Patient.rs?gender=female system/Observation.rs' });
    assert.deepEqual(lines(await run(count, { token: narrow })), [{ p: 2, o: 4 }]);
    const patient = { name: 'patient', valueReference: { reference: 'Patient/p1' } };
    assert.deepEqual(lines(await run(count, { more: [patient] })), [{ p: 1, o: 2 }]);
    const without = await run(count, { token: await server.sso.token({ scope: 'system/Patient.rs' }) });
    assert.deepEqual([without.status, without.code], [403, 'scope-insufficient'], without.text);
  });
});

describe('a query that is no good', () => {
  it('is refused with its fault', async () => {
    const on = { patient: patients.url };
    const context = [patients];
    const wrong: readonly (readonly [object, number, string, RegExp])[] = [
      [library('select agee from patient', { on }), 422, 'query-invalid', /no such column: agee/],
      [library('select 1; select 2', { on }), 422, 'query-invalid', /more than one statement/],
      [library('select id, id from patient', { on }), 422, 'query-invalid', /Two columns are id/],
      [library('select :x as x from patient', { on }), 422, 'query-invalid', /:x is no parameter/],
      [library('select ? as x from patient', { on }), 422, 'query-invalid', /no parameter/],
      [
        library('select 1', { on, content: [sqlOf('select 1', 'application/sql;dialect=duckdb')] }),
        422,
        'query-invalid',
        /dialect/,
      ],
      [library('select 1', { on, type: {} }), 422, 'query-invalid', /sql-query/],
      [library('select 1', { on: { 'a b': patients.url } }), 422, 'query-invalid', /name of a table/],
      [library('select 1', { on: { sqlite_x: patients.url } }), 422, 'query-invalid', /name of a table/],
      [
        library('select 1', { on: { ...on, other: 'https://example.org/none' } }),
        404,
        'resource-not-found',
        /not stored here/,
      ],
      [library('select 1', { on: {} }), 400, 'parameter-invalid', /Nothing depends on/],
    ];
    for (const [query, status, code, why] of wrong) {
      const reply = await run(query, { context });
      assert.deepEqual([reply.status, reply.code], [status, code], reply.text);
      assert.match(reply.text, why);
    }
    const circle = (code: string, url: string, other: string): object => ({
      ...library('select 1 as a', { on: { x: other } }),
      ...{ url, type: { coding: [{ code }] } },
    });
    const around = await run(library('select 1', { on: { x: 'urn:a' } }), {
      context: [circle('sql-view', 'urn:a', 'urn:a')],
    });
    assert.match(around.text, /depends on itself/);
    const resource = { name: 'resource', resource: { resourceType: 'Patient' } };
    assert.equal((await run(library('select 1', { on }), { context, more: [resource] })).status, 400);
    assert.equal((await run(patients, { context })).status, 400);
  });

  it('can read, write, load and call nothing', async () => {
    for (const sql of [
      "attach '/tmp/x.db' as y",
      "vacuum into '/tmp/x.db'",
      'pragma table_info(patient)',
      "select * from pragma_table_info('patient')",
      "select load_extension('/tmp/x.so')",
      'create table x (a)',
      'create view x as select 1',
      'drop table patient',
      'insert into patient values (1, 2, 3)',
      'delete from patient',
      "update patient set id = 'x'",
      'begin',
      "select fts3_tokenizer('x')",
      'select zeroblob(10)',
      "select readfile('/etc/passwd')",
    ]) {
      const reply = await run(library(sql, { on: { patient: patients.url } }), { context: [patients] });
      assert.deepEqual([reply.status, reply.code], [422, 'query-invalid'], `${sql} ${reply.text}`);
    }
    const sneaky = {
      ...library('select 1 as a; insert into patient values (1, 2, 3)', { on: { patient: patients.url } }),
      ...{ url: 'urn:sneaky', type: { coding: [{ code: 'sql-view' }] } },
    };
    const reply = await run(library('select * from s', { on: { s: 'urn:sneaky' } }), { context: [sneaky, patients] });
    assert.match(reply.text, /more than one statement/);
  });
});

describe('the engine', () => {
  const forever = 'with recursive n (x) as (select 1 union all select x + 1 from n) select count(*) as c from n';

  it('ends a query that takes too long, too much memory or gives too much, and those after it run', async () => {
    const engine = openSqlEngine({ milliseconds: 1_000, memory: 200 * 1024 ** 2, rows: 10, together: 1 });
    const ask = async (sql: string): Promise<unknown> => {
      const session = engine.open('a');
      try {
        return (await session.query(sql, {})).rows;
      } finally {
        session.close();
      }
    };
    const kindOf = (sql: string): Promise<unknown> =>
      ask(sql).catch((error: unknown) => (error instanceof SqlFault ? error.kind : error));
    assert.equal(await kindOf(forever), 'time');
    const many = 'with recursive n (x) as (select 1 union all select x + 1 from n limit 100) select x from n';
    assert.equal(await kindOf(many), 'size');
    const wide =
      "with recursive n (x) as (select 'x' union all select x || x from n limit 30) select length(max(x)) as l from n";
    assert.equal(await kindOf(wide), 'memory');
    const one = ask('select 1 as a');
    assert.throws(() => engine.open('b'), { kind: 'busy' });
    assert.deepEqual(await one, [[1]]);
    engine.close();
  });

  it('of one client takes no place from all others', () => {
    const engine = openSqlEngine();
    engine.open('a');
    assert.throws(() => engine.open('a'), { kind: 'busy' });
    engine.open('b');
    assert.throws(() => engine.open('c'), { kind: 'busy' });
    engine.close();
  });

  it('leaves no process behind where its server is killed', async () => {
    const script = `
      import { openSqlEngine } from ${JSON.stringify(new URL('../src/operations/sql/engine.ts', import.meta.url).href)};
      const session = openSqlEngine({ milliseconds: 60_000 }).open('a');
      await session.query('select 1 as a', {});
      console.log('ready');
      await session.query(${JSON.stringify(forever)}, {});`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(owner.stdout, 'data');
    const pid = String(owner.pid);
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    assert.equal(children.length, 1);
    // The query runs by now, and hears nothing.
    await delay(200);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const runs = (): boolean => {
      try {
        return process.kill(Number(children[0]), 0);
      } catch {
        return false;
      }
    };
    for (const end = performance.now() + 30_000; runs();) {
      assert.ok(performance.now() < end, 'the process of the query goes on');
      await delay(20);
    }
  });
});
