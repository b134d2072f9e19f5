/** ViewDefinitions that are stored under an endpoint of their own, and what names them. docs/rest-api.md */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { nationalViews } from '@dhp/sql-on-fhir/library';
import { activatePolicies, activateVersion } from './policies.ts';
import { startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  for (const [id, birthDate] of [
    ['p1', '1980-01-01'],
    ['p2', '1990-01-01'],
  ]) {
    const reply = await server.write('PUT', `/Patient/${id!}`, { resourceType: 'Patient', id, birthDate });
    assert.equal(reply.status, 201, reply.text);
  }
});
after(() => server.close());

const url = 'https://example.org/ViewDefinition/born';
function view(more: object = {}): Record<string, unknown> {
  return {
    ...{ resourceType: 'ViewDefinition', url, name: 'born', status: 'active', resource: 'Patient' },
    select: [
      {
        column: [
          { name: 'id', path: 'getResourceKey()' },
          { name: 'birth', path: 'birthDate' },
        ],
      },
    ],
    ...more,
  };
}
const born = [
  { id: 'p1', birth: '1980-01-01' },
  { id: 'p2', birth: '1990-01-01' },
];

async function stored(more: object = {}): Promise<string> {
  const reply = await server.write('POST', '/ViewDefinition', view(more));
  assert.equal(reply.status, 201, reply.text);
  return reply.json['id'] as string;
}
const send = (path: string, parameter: readonly object[], token?: string): Promise<Reply> =>
  server.request('POST', path, {
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
    ...(token !== undefined && { token }),
  });
const json = { name: '_format', valueCode: 'json' };
const canonical = (valueCanonical: string): object => ({ name: 'subjectCanonical', valueCanonical });
const reference = (name: string, text: string): object => ({ name, valueReference: { reference: text } });
const idsIn = ({ json: { entry = [] } }: Reply): string[] =>
  (entry as { resource: { id: string } }[]).map(({ resource }) => resource.id);
const search = (query: string): Promise<Reply> => server.request('GET', `/ViewDefinition?${query}`);

describe('a ViewDefinition', () => {
  it('is created, read, changed by its version, deleted, and has a history', async () => {
    const created = await server.write('POST', '/ViewDefinition', view({ url: `${url}/life` }));
    assert.equal(created.status, 201, created.text);
    const { id, meta } = created.json as { id: string; meta: { versionId: string } };
    assert.equal(created.headers.get('location'), `https://playground.test/fhir/ViewDefinition/${id}/_history/1`);
    assert.deepEqual([meta.versionId, created.headers.get('etag')], ['1', 'W/"1"']);

    const read = await server.request('GET', `/ViewDefinition/${id}`);
    assert.deepEqual([read.status, read.text], [200, created.text]);
    assert.match(read.headers.get('content-type')!, /^application\/fhir\+json/);
    const known = await server.request('GET', `/ViewDefinition/${id}`, { headers: { 'if-none-match': 'W/"1"' } });
    assert.equal(known.status, 304);

    const changed = view({ id, url: `${url}/life`, title: 'Births' });
    const put = (headers: Record<string, string>): Promise<Reply> =>
      server.write('PUT', `/ViewDefinition/${id}`, changed, headers);
    assert.deepEqual([(await put({})).status, (await put({ 'if-match': 'W/"7"' })).status], [412, 412]);
    const updated = await put({ 'if-match': 'W/"1"' });
    assert.deepEqual([updated.status, updated.json['title']], [200, 'Births'], updated.text);
    const same = await put({ 'if-match': 'W/"2"' });
    assert.deepEqual([same.status, same.headers.get('etag')], [200, 'W/"2"']);

    const first = await server.request('GET', `/ViewDefinition/${id}/_history/1`);
    assert.equal(first.text, created.text);
    const gone = await server.request('DELETE', `/ViewDefinition/${id}`, { headers: { 'if-match': 'W/"1"' } });
    assert.equal(gone.status, 412, gone.text);
    assert.equal((await server.request('DELETE', `/ViewDefinition/${id}`)).status, 200);
    assert.equal((await server.request('GET', `/ViewDefinition/${id}`)).code, 'resource-deleted');
    assert.equal((await server.request('DELETE', `/ViewDefinition/${id}`)).status, 200);
    const history = await server.request('GET', `/ViewDefinition/${id}/_history?_count=2`);
    const entries = history.json['entry'] as { request: { method: string } }[];
    assert.deepEqual([history.json['total'], entries.map(({ request }) => request.method)], [3, ['DELETE', 'PUT']]);
    const next = (history.json['link'] as { relation: string; url: string }[]).find((one) => one.relation === 'next');
    const older = await server.request('GET', next!.url.replace('https://playground.test/fhir', ''));
    assert.deepEqual(
      (older.json['entry'] as { resource: unknown }[]).map(({ resource }) => resource),
      [created.json],
    );

    const again = await server.write('PUT', `/ViewDefinition/${id}`, view({ id, url: `${url}/life` }));
    assert.deepEqual([again.status, again.headers.get('etag')], [201, 'W/"4"'], again.text);
  });

  it('has the id that a client gives it, and is not written over one that is there', async () => {
    const given = view({ id: 'mine', url: `${url}/mine` });
    const only = { 'if-none-match': '*' };
    assert.equal((await server.write('PUT', '/ViewDefinition/mine', given, only)).status, 201);
    assert.equal((await server.write('PUT', '/ViewDefinition/mine', given, only)).code, 'resource-exists');
    assert.equal((await server.write('PUT', '/ViewDefinition/other', given)).code, 'id-mismatch');
    assert.equal((await server.request('GET', '/ViewDefinition/nothing')).code, 'resource-not-found');
  });

  it('is refused with every fault and its place', async () => {
    const refused: readonly (readonly [object, readonly string[]])[] = [
      [{ select: undefined, nme: 'x' }, ['ViewDefinition.select', 'ViewDefinition.nme']],
      [{ name: 'drop table x' }, ['ViewDefinition.name']],
      [{ select: [{ column: [{ name: 'a"b', path: 'id' }] }] }, ['ViewDefinition.select[0].column[0].name']],
      [{ select: [{ column: [{ name: 'a', path: 'id +' }] }] }, ['ViewDefinition.select[0].column[0].path']],
      [
        { status: undefined, url: 'no uri', version: '1|2' },
        ['ViewDefinition.status', 'ViewDefinition.url', 'ViewDefinition.version'],
      ],
      [{ url: 'https://example.org/a|1' }, ['ViewDefinition.url']],
      [{ url: 5 }, ['ViewDefinition.url']],
      [{ url: nationalViews[0]!.definition.url }, ['ViewDefinition.url']],
      [{ resource: 'Nothing' }, ['ViewDefinition.resource']],
      [{ description: 'x'.repeat(300_000) }, ['ViewDefinition']],
    ];
    for (const [more, places] of refused) {
      const reply = await server.write('POST', '/ViewDefinition', view(more));
      assert.deepEqual([reply.status, reply.code], [422, 'view-invalid'], reply.text);
      const told = (reply.json['issue'] as { expression: string[] }[]).map(({ expression }) => expression[0]);
      assert.deepEqual(told.sort(), [...places].sort(), reply.text);
    }
    const other = await server.write('POST', '/ViewDefinition', { resourceType: 'Patient' });
    assert.equal(other.code, 'resource-type-mismatch');
    assert.equal((await search('url:below=https://example.org')).code, 'parameter-unknown');
  });

  it('shares its canonical with no other one, until that is deleted', async () => {
    const own = { url: `${url}/shared`, version: '1' };
    const id = await stored(own);
    const taken = await server.write('POST', '/ViewDefinition', view(own));
    assert.deepEqual([taken.status, taken.code], [409, 'view-canonical-taken'], taken.text);
    assert.ok(taken.text.includes(id));
    const several = await Promise.all(
      Array.from({ length: 6 }, () => server.write('POST', '/ViewDefinition', view({ ...own, version: '2' }))),
    );
    assert.deepEqual(several.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409]);
    assert.equal((await server.request('DELETE', `/ViewDefinition/${id}`)).status, 200);
    assert.equal((await server.write('POST', '/ViewDefinition', view(own))).status, 201);
  });

  it('is found by each parameter, page by page, and by no other', async () => {
    const at = `${url}/found`;
    const ids = [
      await stored({ url: at, version: '1', name: 'found_first', title: 'Первая', status: 'draft' }),
      await stored({
        url: at,
        version: '2',
        name: 'Found_second',
        resource: 'Observation',
        select: [{ column: [{ name: 'a', path: 'id' }] }],
      }),
      await stored({ url: `${at},b`, name: 'found_third', title: '100%_x' }),
    ].sort();
    const of = async (query: string): Promise<number[]> => {
      const reply = await search(query);
      assert.equal(reply.status, 200, reply.text);
      return idsIn(reply)
        .map((id) => ids.indexOf(id))
        .sort();
    };
    const [first, second, third] = [0, 1, 2];
    assert.deepEqual(await of('name=found'), [first, second, third]);
    assert.deepEqual(await of(`url=${at}`), [first, second]);
    assert.deepEqual(await of(`url=${at}&version=2`), [second]);
    assert.deepEqual(await of(`url=${encodeURIComponent(`${at}\\,b`)}`), [third]);
    assert.deepEqual(await of('name=found_FIRST,found_s'), [first, second]);
    assert.deepEqual(await of('title=%D0%BF%D0%B5%D1%80%D0%B2'), [first]);
    assert.deepEqual(await of('title=100%25_'), [third]);
    assert.deepEqual(await of('title=1%25'), []);
    assert.deepEqual(await of('name=found&status=draft'), [first]);
    assert.deepEqual(await of('name=found&resource=Observation'), [second]);
    assert.deepEqual(await of(`_id=${ids[1]!},nothing`), [second]);
    const page = await search('name=found&_count=2');
    assert.deepEqual([page.json['total'], idsIn(page)], [3, ids.slice(0, 2)]);
    const link = page.json['link'] as { relation: string; url: string }[];
    const rest = await server.request('GET', link[1]!.url.replace('https://playground.test/fhir', ''));
    assert.deepEqual([rest.json['total'], idsIn(rest)], [3, ids.slice(2)]);
    const form = await server.request('POST', '/ViewDefinition/_search', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'name=found&status=draft',
    });
    assert.deepEqual(idsIn(form), [ids[0]], form.text);
    for (const query of [
      'subject=x',
      'url:below=x',
      '_sort=name',
      '_summary=true',
      'name=',
      'name=a&name=b',
      '_count=x',
    ])
      assert.equal((await search(query)).status, 400, query);
  });

  it('is JSON alone, and no part of what is about the types of R5', async () => {
    const id = await stored({ url: `${url}/form` });
    const xml = { headers: { accept: 'application/fhir+xml' } };
    assert.equal((await server.request('GET', `/ViewDefinition/${id}`, xml)).status, 406);
    assert.equal((await server.request('GET', `/ViewDefinition/${id}?_format=xml`)).status, 406);
    assert.equal((await server.request('GET', `/ViewDefinition/${id}?_format=json`)).status, 200);
    assert.equal(
      (
        await server.request('PATCH', `/ViewDefinition/${id}`, {
          headers: { 'content-type': 'application/json-patch+json' },
          body: '[]',
        })
      ).code,
      'method-not-allowed',
    );
    const entry = [{ request: { method: 'GET', url: `ViewDefinition/${id}` } }];
    const batch = await server.write('POST', '/', { resourceType: 'Bundle', type: 'batch', entry });
    assert.match(batch.text, /"status":"400.*entry-request-invalid/);
    const body = { request: { method: 'POST', url: 'ViewDefinition' }, resource: view({ url: `${url}/in-bundle` }) };
    const transaction = await server.write('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry: [body] });
    assert.equal(transaction.code, 'entry-request-invalid', transaction.text);
    assert.deepEqual(idsIn(await search(`url=${url}/in-bundle`)), []);
    const { json: statement } = await server.request('GET', '/metadata');
    assert.ok(JSON.stringify(statement['extension']).includes('https://playground.test/fhir/ViewDefinition'));
  });

  it('is for whom the scopes and the access policies permit all of them', async () => {
    const id = await stored({ url: `${url}/rights` });
    const token = (scope: string, claims: object = {}): Promise<string> => server.sso.token({ scope, ...claims });
    const get = async (own: string): Promise<Reply> => server.request('GET', `/ViewDefinition/${id}`, { token: own });
    for (const scope of ['system/Patient.rs', 'system/ViewDefinition.s', 'system/ViewDefinition.rs?url=x'])
      assert.equal((await get(await token(scope))).status, 403, scope);
    const ofPatient = await token('patient/*.rs', { patient: 'p1' });
    assert.equal((await get(ofPatient)).status, 403);
    assert.equal((await server.request('GET', `/ViewDefinition/${id}`, { token: null })).status, 401);
    const reader = await token('system/ViewDefinition.rs system/Patient.rs');
    assert.equal((await get(reader)).status, 200);
    const headers = { 'content-type': 'application/fhir+json' };
    for (const [method, path] of [
      ['POST', '/ViewDefinition'],
      ['PUT', `/ViewDefinition/${id}`],
      ['DELETE', `/ViewDefinition/${id}`],
    ] as const) {
      const reply = await server.request(method, path, {
        token: reader,
        headers,
        ...(method !== 'DELETE' && { body: JSON.stringify(view({ id })) }),
      });
      assert.deepEqual([reply.status, reply.code], [403, 'scope-insufficient'], reply.text);
    }
    // By the view somebody who may read it sees no more than by a search.
    const views = await token('system/ViewDefinition.r');
    assert.equal((await send(`/ViewDefinition/${id}/$viewdefinition-run`, [json], views)).code, 'scope-insufficient');
    const patients = await token('system/Patient.rs');
    assert.equal(
      (await send(`/ViewDefinition/${id}/$viewdefinition-run`, [json], patients)).code,
      'scope-insufficient',
    );
    assert.equal((await send('/$sql-run', [canonical(`${url}/rights`), json], patients)).code, 'scope-insufficient');
    assert.equal(
      (await send('/$sql-run', [canonical('https://example.org/none'), json], patients)).code,
      'scope-insufficient',
    );

    await activatePolicies(server, {
      others: 'as-scoped',
      rules: [
        { name: 'none', effect: 'deny', who: { client: ['other'] }, types: ['ViewDefinition'], interactions: ['read'] },
      ],
    });
    try {
      const other = await token('system/ViewDefinition.rs system/Patient.rs', { client_id: 'other' });
      assert.deepEqual([(await get(other)).code, (await get(reader)).status], ['policy-refuses', 200]);
      const run = await send(`/ViewDefinition/${id}/$sql-run`, [json], other);
      assert.equal(run.code, 'policy-refuses', run.text);
    } finally {
      await activateVersion(server, undefined);
    }
  });
});

describe('a view that is named', () => {
  it('is run at its address, by reference and by canonical', async () => {
    const own = `${url}/named`;
    const id = await stored({ url: own });
    for (const path of [`/ViewDefinition/${id}/$viewdefinition-run`, `/ViewDefinition/${id}/$sql-run`]) {
      const reply = await send(path, [json]);
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(JSON.parse(reply.text), born);
    }
    const places = [
      `ViewDefinition/${id}`,
      `https://playground.test/fhir/ViewDefinition/${id}`,
      `ViewDefinition/${id}/_history/1`,
    ];
    for (const place of places)
      for (const [path, name] of [
        ['/$viewdefinition-run', 'viewReference'],
        ['/$sql-run', 'subjectReference'],
      ] as const)
        assert.deepEqual(JSON.parse((await send(path, [reference(name, place), json])).text), born, place);
    assert.deepEqual(JSON.parse((await send('/$sql-run', [canonical(own), json])).text), born);
    const national = await send('/$sql-run', [canonical(nationalViews[0]!.definition.url), json]);
    assert.equal(national.status, 200, national.text);
  });

  it('is run by GET, with parameters in the query', async () => {
    const own = `${url}/got`;
    const id = await stored({ url: own });
    const get = async (path: string, token?: string): Promise<Reply> =>
      server.request('GET', path, token === undefined ? {} : { token });
    const asked = `_format=json&patient=${encodeURIComponent('Patient/p1')}`;
    const expected = (
      await send(`/ViewDefinition/${id}/$sql-run`, [
        json,
        { name: 'patient', valueReference: { reference: 'Patient/p1' } },
      ])
    ).text;
    for (const path of [
      `/ViewDefinition/${id}/$viewdefinition-run?`,
      `/ViewDefinition/${id}/$sql-run?`,
      `/$viewdefinition-run?viewReference=ViewDefinition/${id}&`,
      `/ViewDefinition/$viewdefinition-run?viewReference=ViewDefinition/${id}&`,
      `/$sql-run?subjectReference=ViewDefinition/${id}&`,
      `/$sql-run?subjectCanonical=${encodeURIComponent(own)}&`,
    ]) {
      const reply = await get(path + asked);
      assert.deepEqual([reply.status, reply.text], [200, expected], path);
    }
    const csv = await get(`/ViewDefinition/${id}/$sql-run?_format=csv&header=false&_limit=1`);
    assert.equal(csv.text.trim().split('\n').length, 1, csv.text);
    for (const [path, code] of [
      ['/$sql-run', 'parameter-invalid'],
      ['/$viewdefinition-run?viewResource=%7B%7D', 'parameter-invalid'],
      [`/$sql-run?subjectReference=ViewDefinition/${id}&parameters=x`, 'parameter-invalid'],
      [`/ViewDefinition/${id}/$sql-run?resource=x`, 'parameter-invalid'],
      [`/ViewDefinition/${id}/$sql-run?_limit=many`, 'parameter-invalid'],
      [`/ViewDefinition/${id}/$sql-run?birthdate=ge2000`, 'parameter-unknown'],
    ] as const) {
      const reply = await get(path);
      assert.deepEqual([reply.status, reply.code], [400, code], `${path}: ${reply.text}`);
    }
    const views = await server.sso.token({ scope: 'system/ViewDefinition.r' });
    assert.equal((await get(`/ViewDefinition/${id}/$sql-run`, views)).code, 'scope-insufficient');
  });

  it('is one, and there', async () => {
    const id = await stored({ url: `${url}/one` });
    const gone = await stored({ url: `${url}/gone` });
    await server.request('DELETE', `/ViewDefinition/${gone}`);
    const by = (text: string): object[] => [reference('subjectReference', text), json];
    const refused: readonly (readonly [string, readonly object[], number, string])[] = [
      ['/$sql-run', [json], 400, 'parameter-invalid'],
      ['/$sql-run', [...by(`ViewDefinition/${id}`), canonical(`${url}/one`)], 400, 'parameter-invalid'],
      [`/ViewDefinition/${id}/$sql-run`, by(`ViewDefinition/${id}`), 400, 'parameter-invalid'],
      ['/ViewDefinition/nothing/$sql-run', [json], 404, 'resource-not-found'],
      [`/ViewDefinition/${gone}/$sql-run`, [json], 410, 'resource-deleted'],
      ['/$sql-run', by('https://elsewhere.test/fhir/ViewDefinition/1'), 400, 'parameter-invalid'],
      ['/$sql-run', by('Patient/p1'), 400, 'parameter-invalid'],
      ['/$sql-run', by('ViewDefinition/../Patient/p1'), 400, 'parameter-invalid'],
      ['/$sql-run', by(`ViewDefinition/${id}/_history/9`), 404, 'resource-not-found'],
      ['/$sql-run', by('Library/nothing'), 404, 'resource-not-found'],
      ['/$sql-run', [canonical(`${url}/gone`), json], 404, 'resource-not-found'],
      ['/$sql-run', [canonical(`${url}/one|7`), json], 404, 'resource-not-found'],
      ['/$sql-run', [canonical(`${url}/one|`), json], 404, 'resource-not-found'],
    ];
    for (const [path, parameter, status, code] of refused) {
      const reply = await send(path, parameter);
      assert.deepEqual(
        [reply.status, reply.code],
        [status, code],
        `${path} ${JSON.stringify(parameter)} ${reply.text}`,
      );
    }
  });

  it('is of its versions the newest that is active, unless one is named', async () => {
    const own = `${url}/versions`;
    const of = (name: string): object => ({ select: [{ column: [{ name, path: 'id' }] }] });
    for (const [version, status] of [
      ['1.9', 'active'],
      ['1.10', 'active'],
      ['2.0', 'draft'],
      ['3', 'retired'],
    ] as const)
      await stored({ url: own, version, status, ...of(`v${version.replace('.', '_')}`) });
    const columns = async (text: string): Promise<string[]> =>
      Object.keys((JSON.parse((await send('/$sql-run', [canonical(text), json])).text) as object[])[0]!);
    assert.deepEqual(await columns(own), ['v1_10']);
    assert.deepEqual(await columns(`${own}|1.9`), ['v1_9']);
    assert.deepEqual(await columns(`${own}|3`), ['v3']);
  });
});

const dependsOn = (label: string, resource: string): object => ({ type: 'depends-on', label, resource });
function library(kind: string, own: string, sql: string, related: readonly object[]): Record<string, unknown> {
  return {
    ...{ resourceType: 'Library', status: 'active', url: own, type: { coding: [{ code: kind }] } },
    ...(related.length > 0 && { relatedArtifact: related }),
    content: [{ contentType: 'application/sql', data: Buffer.from(sql).toString('base64') }],
  };
}

describe('a query over what is stored', () => {
  const at = 'https://example.org/Library';
  async function put(resource: Record<string, unknown>): Promise<string> {
    const reply = await server.write('POST', '/Library', resource);
    assert.equal(reply.status, 201, reply.text);
    return reply.json['id'] as string;
  }

  it('takes views, views of SQL and itself by canonical or reference', async () => {
    await stored({ url: `${url}/table` });
    await put(
      library('sql-view', `${at}/young`, "select id from t where birth > '1985'", [dependsOn('t', `${url}/table`)]),
    );
    const id = await put(
      library('sql-query', `${at}/count`, 'select count(*) as n from young', [dependsOn('young', `${at}/young`)]),
    );
    for (const subject of [canonical(`${at}/count`), reference('subjectReference', `Library/${id}`)]) {
      const reply = await send('/$sql-run', [subject, json]);
      assert.equal(reply.status, 200, reply.text);
      assert.deepEqual(JSON.parse(reply.text), [{ n: 1 }]);
    }
    const before = await send('/$sqlquery-run', [reference('queryReference', `Library/${id}`), json]);
    assert.deepEqual(JSON.parse(before.text), [{ n: 1 }]);
    // One that is sent comes before one that is stored.
    const sent = { name: 'context', resource: view({ url: `${url}/table`, where: [{ path: "id = 'nobody'" }] }) };
    assert.deepEqual(JSON.parse((await send('/$sql-run', [canonical(`${at}/count`), sent, json])).text), [{ n: 0 }]);
    assert.equal((await send('/$sql-run', [canonical(`${at}/count`), sent, sent, json])).code, 'parameter-invalid');
    // There is none for a caller who may not find the Library.
    const token = await server.sso.token({ scope: 'system/ViewDefinition.rs system/Patient.rs' });
    assert.equal((await send('/$sql-run', [canonical(`${at}/count`), json], token)).code, 'resource-not-found');
  });

  it('is refused where views depend on each other in a circle, and where a canonical is that of two', async () => {
    await put(library('sql-view', `${at}/a`, 'select * from b', [dependsOn('b', `${at}/b`)]));
    await put(library('sql-view', `${at}/b`, 'select * from a', [dependsOn('a', `${at}/a`)]));
    const reply = await send('/$sql-run', [canonical(`${at}/a`), json]);
    assert.deepEqual([reply.status, reply.code], [422, 'query-invalid'], reply.text);
    assert.match(reply.diagnostics, /depends on itself/);
    await put(library('sql-query', `${url}/both`, 'select 1', []));
    await stored({ url: `${url}/both` });
    for (const sql of ['select 1', 'select 2']) await put(library('sql-query', `${at}/twice`, sql, []));
    assert.equal((await send('/$sql-run', [canonical(`${at}/twice`), json])).code, 'parameter-invalid');
    assert.equal((await send('/$sql-run', [canonical(`${url}/both`), json])).code, 'parameter-invalid');
  });
});
