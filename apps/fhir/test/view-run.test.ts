/** `$viewdefinition-run`: tables of views over what is sent and what is stored. */
import assert from 'node:assert/strict';
import { after, before, describe, it, test } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import type { StoredVersion } from '@dhp/fhir-store';
import { stillSeen } from '../src/access/seen-versions.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  for (let n = 0; n < 3; n += 1) {
    const name = [{ family: `Karimova ${n}`, given: ['Aziza', 'Lola'] }];
    const reply = await server.write('PUT', `/Patient/p${n}`, {
      resourceType: 'Patient',
      id: `p${n}`,
      active: n !== 1,
      name,
    });
    assert.equal(reply.status, 201, reply.text);
  }
});
after(() => server.close());

const column = [
  { name: 'id', path: 'getResourceKey()', type: 'id' },
  { name: 'family', path: 'name.first().family', type: 'string' },
];
const patients = { resourceType: 'ViewDefinition', status: 'active', resource: 'Patient', select: [{ column }] };

function run(
  view: unknown,
  more: readonly object[] = [],
  headers: Record<string, string> = {},
  path = '/$viewdefinition-run',
): Promise<Reply> {
  const parameter = [{ name: 'viewResource', resource: view }, ...more];
  return server.write('POST', path, { resourceType: 'Parameters', parameter }, headers);
}
const lines = ({ text }: Reply): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
const given = (...resources: object[]): object[] => resources.map((resource) => ({ name: 'resource', resource }));

describe('the form of a table', () => {
  const rows = [0, 1, 2].map((n) => ({ id: `p${n}`, family: `Karimova ${n}` }));
  const csv = ['id,family', ...rows.map(({ id, family }) => `${id},${family}`), ''].join('\r\n');
  const format = (valueCode: string): object => ({ name: '_format', valueCode });

  it('is NDJSON where nothing else is asked for', async () => {
    const reply = await run(patients);
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers.get('content-type'), 'application/x-ndjson');
    assert.deepEqual(lines(reply), rows);
  });

  it('is what _format names, in the body or in the address, whatever Accept says', async () => {
    const json = await run(patients, [format('json')], { accept: 'text/csv' });
    assert.match(json.headers.get('content-type')!, /^application\/json/);
    assert.deepEqual(JSON.parse(json.text), rows);
    const text = await run(patients, [], { accept: 'application/json' }, '/$viewdefinition-run?_format=csv');
    assert.match(text.headers.get('content-type')!, /^text\/csv/);
    assert.equal(text.text, csv);
    assert.equal(
      (await run(patients, [format('text/csv'), { name: 'header', valueBoolean: false }])).text,
      csv.replace('id,family\r\n', ''),
    );
  });

  it('is what Accept names', async () => {
    for (const [accept, type] of Object.entries({
      'application/json': 'application/json',
      'text/csv': 'text/csv; charset=utf-8',
      'application/x-ndjson, text/csv;q=0.5': 'application/x-ndjson',
      'application/octet-stream': 'application/x-ndjson',
      '*/*': 'application/x-ndjson',
    }))
      assert.equal((await run(patients, [], { accept })).headers.get('content-type'), type, accept);
    const none = await run(patients, [], { accept: 'text/html' });
    assert.equal(none.status, 406, none.text);
    assert.match(none.diagnostics, /text\/csv/);
  });

  it('is a Binary where FHIR is named', async () => {
    const reply = await run(patients, [format('csv')], { accept: 'application/fhir+json' });
    assert.match(reply.headers.get('content-type')!, /^application\/fhir\+json/);
    const { resourceType, contentType, data } = reply.json as Record<string, string>;
    assert.deepEqual([resourceType, contentType, Buffer.from(data!, 'base64').toString()], ['Binary', 'text/csv', csv]);
  });

  it('is a file of Parquet, of which another library reads the same rows', async () => {
    const types = { 'content-type': 'application/fhir+json', accept: 'application/vnd.apache.parquet' };
    const parameter = [{ name: 'viewResource', resource: patients }];
    const response = await fetch(`${server.url}/$viewdefinition-run`, {
      method: 'POST',
      headers: { ...types, authorization: `Bearer ${await server.sso.token()}` },
      body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    });
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, types.accept]);
    assert.deepEqual(await parquetReadObjects({ file: await response.arrayBuffer() }), rows);
    for (const [limit, count] of [
      [3, 3],
      [0, 0],
    ] as const) {
      const most = [format('parquet'), { name: '_limit', valueInteger: limit }];
      const { contentType, data } = (await run(patients, most, { accept: 'application/fhir+json' })).json as Record<
        string,
        string
      >;
      assert.equal(contentType, types.accept);
      const file = Uint8Array.from(Buffer.from(data!, 'base64')).buffer;
      assert.deepEqual(await parquetReadObjects({ file }), rows.slice(0, count));
    }
  });

  it('has the digits of decimals in a file of Parquet, of resources that are sent and of those that are stored', async () => {
    const column = [{ name: 'value', path: 'value.ofType(Quantity).value' }];
    const view = { resource: 'Observation', where: [{ path: "code.text = 'digits'" }], select: [{ column }] };
    const text = `{"resourceType":"Observation","id":"digits","status":"final","code":{"text":"digits"},"valueQuantity":{"value":1.10}}`;
    const sent = `{"resourceType":"Parameters","parameter":[{"name":"viewResource","resource":${JSON.stringify(view)}},{"name":"_format","valueCode":"parquet"}`;
    const types = { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' };
    const put = await server.request('PUT', '/Observation/digits', { headers: types, body: text });
    assert.equal(put.status, 201, put.text);
    for (const body of [`${sent}]}`, `${sent},{"name":"resource","resource":${text}}]}`]) {
      const reply = await server.request('POST', '/$viewdefinition-run', { headers: types, body });
      const file = Uint8Array.from(Buffer.from(reply.json['data'] as string, 'base64')).buffer;
      assert.deepEqual(await parquetReadObjects({ file }), [{ value: '1.10' }]);
    }
  });

  it('is Parameters where FHIR is named alone', async () => {
    for (const [more, headers] of [
      [[], { accept: 'application/fhir+json' }],
      [[format('fhir')], {}],
    ] as const) {
      const { headers: told, json } = await run(patients, more, headers);
      assert.match(told.get('content-type')!, /^application\/fhir\+json/);
      const [first] = json['parameter'] as { name: string; part: object[] }[];
      assert.equal(json['resourceType'], 'Parameters');
      assert.deepEqual(first, {
        name: 'row',
        part: [
          { name: 'id', valueId: 'p0' },
          { name: 'family', valueString: 'Karimova 0' },
        ],
      });
    }
  });

  it('is none that there is not', async () => {
    const reply = await run(patients, [format('xml')]);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid']);
    assert.match(reply.diagnostics, /ndjson, json, csv, fhir, parquet/);
    const bare = await run({ resource: 'Patient', select: [{}] }, [format('parquet')]);
    assert.deepEqual([bare.status, bare.code], [400, 'parameter-invalid'], bare.text);
    assert.match(bare.diagnostics, /one column at least/);
  });
});

describe('what a table is made of', () => {
  it('is what is sent, and the entries of a Bundle, one level deep', async () => {
    const inner = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ resource: { resourceType: 'Patient', id: 'deep' } }],
    };
    const entry = [
      { resource: { resourceType: 'Patient', id: 'b' } },
      { resource: { resourceType: 'Group', id: 'g' } },
      { resource: inner },
    ];
    const reply = await run(
      patients,
      given({ resourceType: 'Patient', id: 'a' }, { resourceType: 'Bundle', type: 'collection', entry }),
      {},
      '/ViewDefinition/$viewdefinition-run',
    );
    assert.deepEqual(lines(reply), [
      { id: 'a', family: null },
      { id: 'b', family: null },
    ]);
  });

  it('is what is stored, page after page, with deleted resources left out', async () => {
    for (let n = 0; n < 6; n += 1) {
      const entry = Array.from({ length: 100 }, (_, i) => ({
        request: { method: 'PUT', url: `Basic/b${n}-${i}` },
        resource: { resourceType: 'Basic', id: `b${n}-${i}`, code: { text: 'x' } },
      }));
      const reply = await server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.equal(reply.status, 200, reply.text);
    }
    await server.request('DELETE', '/Basic/b3-7');
    const reply = await run({ resource: 'Basic', select: [{ column: [{ name: 'id', path: 'id' }] }] });
    const ids = lines(reply).map((row) => (row as { id: string }).id);
    assert.equal(new Set(ids).size, 599);
    assert.equal(ids.length, 599);
    assert.ok(!ids.includes('b3-7'));
    assert.equal(
      lines(
        await run({ resource: 'Basic', select: [{ column: [{ name: 'id', path: 'id' }] }] }, [
          { name: '_limit', valueInteger: 501 },
        ]),
      ).length,
      501,
    );
  });

  it('is what was stored since a time', async () => {
    const before = await server.write('PUT', '/Patient/p1', { resourceType: 'Patient', id: 'p1', language: 'uz' });
    const { lastUpdated } = before.json['meta'] as { lastUpdated: string };
    const name = [{ family: 'Later' }];
    assert.equal((await server.write('PUT', '/Patient/p2', { resourceType: 'Patient', id: 'p2', name })).status, 200);
    assert.deepEqual(lines(await run(patients, [{ name: '_since', valueInstant: lastUpdated }])), [
      { id: 'p2', family: 'Later' },
    ]);
    const sent = await run(patients, [
      { name: '_since', valueInstant: lastUpdated },
      ...given({ resourceType: 'Patient' }),
    ]);
    assert.deepEqual([sent.status, sent.code], [400, 'parameter-invalid']);
    assert.equal((await run(patients, [{ name: '_since', valueInstant: 'yesterday' }])).code, 'parameter-invalid');
  });

  it('is what is in the records of patients, and of the members of groups', async () => {
    const observed = { resource: 'Observation', select: [{ column: [{ name: 'id', path: 'id' }] }] };
    for (const n of [0, 1, 2]) {
      const observation = {
        resourceType: 'Observation',
        id: `of-p${n}`,
        status: 'final',
        code: { text: 'x' },
        subject: { reference: `Patient/p${n}` },
      };
      assert.equal((await server.write('PUT', `/Observation/of-p${n}`, observation)).status, 201);
    }
    const member = [{ entity: { reference: 'Patient/p1' } }, { entity: { reference: 'Patient/p2' }, inactive: true }];
    const group = { resourceType: 'Group', id: 'g', type: 'person', membership: 'enumerated', member };
    assert.equal((await server.write('PUT', '/Group/g', group)).status, 201);
    const of = (name: string, reference: string): object => ({ name, valueReference: { reference } });
    const ids = async (...more: object[]): Promise<unknown[]> =>
      lines(await run(observed, more)).map((row) => (row as { id: string }).id);
    assert.deepEqual(await ids(of('patient', 'Patient/p0')), ['of-p0']);
    assert.deepEqual(
      (await ids(of('patient', 'Patient/p0'), of('patient', 'https://playground.test/fhir/Patient/p2'))).sort(),
      ['of-p0', 'of-p2'],
    );
    assert.deepEqual(await ids(of('group', 'Group/g')), ['of-p1']);
    assert.deepEqual(await ids(of('group', 'Group/g'), of('patient', 'Patient/p0')), []);
    assert.equal((await run(observed, [of('patient', 'Patient/nobody')])).code, 'parameter-invalid');
    assert.deepEqual(lines(await run(patients, [of('patient', 'Patient/p1')])).length, 1);
    assert.equal((await run(observed, [of('patient', 'Group/g')])).code, 'parameter-invalid');
    assert.equal((await run(observed, [of('group', 'Group/none')])).code, 'parameter-invalid');
    const organizations = { resource: 'Organization', select: [{ column: [{ name: 'id', path: 'id' }] }] };
    assert.equal((await run(organizations, [of('patient', 'Patient/p0')])).code, 'compartment-member-unknown');
  });

  it('keeps the digits of decimals, of what is sent and of what is stored', async () => {
    const low = {
      resource: 'Observation',
      where: [{ path: "id = 'd'" }],
      select: [{ column: [{ name: 'low', path: 'value.ofType(Quantity).value.lowBoundary()' }] }],
    };
    const text =
      '{"resourceType":"Observation","id":"d","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.0}}';
    const headers = { 'content-type': 'application/fhir+json' };
    const body = `{"resourceType":"Parameters","parameter":[{"name":"viewResource","resource":${JSON.stringify(low)}},{"name":"resource","resource":${text}}]}`;
    assert.deepEqual(lines(await server.request('POST', '/$viewdefinition-run', { headers, body })), [{ low: 0.95 }]);
    assert.equal((await server.request('PUT', '/Observation/d', { headers, body: text })).status, 201);
    assert.deepEqual(lines(await run(low)), [{ low: 0.95 }]);
  });
});

describe('a run is refused', () => {
  it('with every fault of the view', async () => {
    const reply = await run({
      resource: 'Patient',
      select: [
        {
          column: [
            { name: 'a', path: 'b(' },
            { name: 'c', path: '%d' },
          ],
        },
      ],
    });
    assert.deepEqual([reply.status, reply.code], [422, 'view-invalid']);
    const issues = reply.json['issue'] as { expression: string[]; diagnostics: string }[];
    assert.deepEqual(
      issues.map(({ expression }) => expression[0]),
      ['ViewDefinition.select[0].column[0].path', 'ViewDefinition.select[0].column[1].path'],
    );
    assert.match(issues[1]!.diagnostics, /%d is not defined. Add it/);
  });

  it('where a resource does not fit, which is named', async () => {
    const view = { resource: 'Patient', select: [{ column: [{ name: 'given', path: 'name.given' }] }] };
    for (const more of [[], given({ resourceType: 'Patient', id: 'p0', name: [{ given: ['A', 'B'] }] })]) {
      const reply = await run(view, more);
      assert.deepEqual([reply.status, reply.code], [422, 'view-row-invalid'], reply.text);
      assert.match(reply.diagnostics, /^Patient\/p0: the column given has 2 values/);
    }
  });

  it('without a view, with two, with parameters that it does not have', async () => {
    const none = await server.write('POST', '/$viewdefinition-run', { resourceType: 'Parameters' });
    assert.deepEqual([none.status, none.code], [400, 'parameter-invalid']);
    assert.equal((await run(patients, [{ name: 'viewResource', resource: patients }])).code, 'parameter-invalid');
    assert.equal(
      (await run(patients, [{ name: 'viewReference', valueReference: { reference: 'x' } }])).code,
      'parameter-invalid',
    );
    assert.equal((await run(patients, [{ name: '_limit', valueInteger: -1 }])).code, 'parameter-invalid');
    assert.equal((await run(patients, [], {}, '/$viewdefinition-run?_summary=true')).code, 'parameter-invalid');
    assert.equal((await run(patients, [], {}, '/$viewdefinition-run?_count=1')).code, 'parameter-unknown');
  });

  it('without a view, and in a Bundle', async () => {
    assert.equal((await server.request('GET', '/$viewdefinition-run')).code, 'parameter-invalid');
    const got = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: '$viewdefinition-run' } }],
    };
    assert.match((await server.write('POST', '/', got)).text, /cannot be asked for in a Bundle/);
    const resource = { resourceType: 'Parameters', parameter: [{ name: 'viewResource', resource: patients }] };
    const entry = [{ request: { method: 'POST', url: '$viewdefinition-run' }, resource }];
    const reply = await server.write('POST', '/', { resourceType: 'Bundle', type: 'batch', entry });
    assert.match(reply.text, /cannot be asked for in a Bundle/);
    const deferred = await run(patients, [{ name: '_limit', valueInteger: 0 }], { prefer: 'respond-async' });
    assert.deepEqual(
      [deferred.status, deferred.text],
      [200, ''],
      'a job keeps resources, so that it is answered at once',
    );
  });

  it('of a type that the caller may not search, and of one that is not stored', async () => {
    const token = await server.sso.token({ scope: 'system/Observation.cruds' });
    const body = (view: object): string =>
      JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'viewResource', resource: view }] });
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('POST', '/$viewdefinition-run', { token, headers, body: body(patients) });
    assert.deepEqual([reply.status, reply.code], [403, 'scope-insufficient']);
    assert.equal((await run({ ...patients, resource: 'Media' })).code, 'parameter-invalid');
    assert.equal(
      (await server.request('POST', '/$viewdefinition-run', { token: null, headers, body: body(patients) })).status,
      401,
    );
  });
});

test('the ballot of 3.0 has another name for it, which takes a view alone over resources that are sent', async () => {
  const asked = (resource: object): Promise<Reply> =>
    server.write('POST', '/$sql-run', {
      resourceType: 'Parameters',
      parameter: [{ name: 'subjectResource', resource }, ...given({ resourceType: 'Patient', id: 'a' })],
    });
  assert.deepEqual(lines(await asked(patients)), [{ id: 'a', family: null }]);
  const library = await asked({ resourceType: 'Library', status: 'active', type: { text: 'x' } });
  assert.deepEqual([library.status, library.code], [400, 'parameter-invalid']);
  const other = await asked({ resourceType: 'Basic' });
  assert.deepEqual([other.status, other.code], [422, 'view-invalid']);
  assert.match(other.text, /Give ViewDefinition/);
});

test('what was read longer than a second ago is asked about again before the table tells of it', async () => {
  const page = ['a', 'b', 'c', 'd', 'e'].map((id) => ({
    ...{ type: 'Patient', id, versionId: 1, lastUpdated: new Date(0), deleted: false, content: Buffer.from('{}') },
  }));
  let now = 0;
  const asked: string[][] = [];
  const seen = (versions: readonly StoredVersion[]): Promise<(StoredVersion | undefined)[]> => {
    asked.push(versions.map(({ id }) => id));
    return Promise.resolve(versions.map((version) => (version.id === 'c' || asked.length === 2 ? undefined : version)));
  };
  const told: string[] = [];
  for await (const { id } of stillSeen({ seen, stopwatch: () => now }, page)) {
    told.push(id);
    now += id === 'b' || id === 'd' ? 1_001 : 400;
  }
  assert.deepEqual(told, ['a', 'b', 'd'], 'c is refused by the time of b, e by that of d');
  assert.deepEqual(asked, [['c', 'd', 'e'], ['e']]);
});

test('the operation is declared, with its definition', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [rest] = json['rest'] as { operation: { name: string; definition: string }[] }[];
  const declared = rest!.operation.find(({ name }) => name === 'viewdefinition-run');
  const definition = await server.request('GET', new URL(declared!.definition).pathname.replace('/fhir', ''));
  assert.equal(definition.json['base'], 'http://hl7.org/fhir/uv/sql-on-fhir/OperationDefinition/ViewDefinitionRun');
});
