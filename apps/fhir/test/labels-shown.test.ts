/** Labels of the server as callers are shown them: what finds them, and what becomes of them when a client sends back what it has read. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { withSecurity } from '../src/json/with-security.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import {
  act,
  byServer,
  confidentiality,
  hiv,
  labelling,
  observation,
  psychiatric,
  restricted,
  securityOf,
  subject,
} from './labels-bed.ts';
import { activateLabels } from './policies.ts';
import { entriesOf, put } from './searches.ts';

let server: TestServer;
let owner: Sql;
let clinic: string;
let cleared: string;
before(async () => {
  server = await startServer({ requireIfMatch: false, bodyLimit: 4 * 1024 ** 2 });
  owner = connect(server.ownerUrl, { max: 1, applicationName: 'dhp test labels' });
  clinic = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  cleared = await server.sso.token({ scope: 'system/*.cruds', client_id: 'cleared' });
  await put(server, { resourceType: 'Patient', id: 'p' }, { resourceType: 'Practitioner', id: 'd' });
  for (const [id, code, said] of [
    ['o', 'hiv', []],
    ['mind', 'psy', []],
    ['plain', 'x', []],
    ['said', 'x', [{ system: act, code: 'HIV' }]],
  ] as const)
    await put(server, observation(id, code, said.length === 0 ? {} : { meta: { security: said } }));
  await put(server, {
    ...{ resourceType: 'DiagnosticReport', id: 'r', status: 'final', code: { text: 'x' }, subject },
    result: [{ reference: 'Observation/o' }],
  });
  await put(server, {
    ...{ resourceType: 'List', id: 'l', status: 'current', mode: 'working', subject: [subject] },
    entry: [{ item: { reference: 'DiagnosticReport/r' } }],
  });
  await activateLabels(server, labelling);
});
after(async () => {
  await owner.end({ timeout: 5 });
  await server.close();
});

async function ask(method: string, path: string, body?: object, by = cleared): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const sent = body && { headers: { 'content-type': `application/${kind}` }, body: JSON.stringify(body) };
  return server.request(method, path, { token: by, ...sent });
}

/** Labels of the writer. */
const byWriter = (resource: Record<string, unknown>): string[] =>
  securityOf(resource).flatMap((one) => (one.extension === undefined ? [`${one.system}|${one.code}`] : []));

/** The content as it is stored, and nobody is shown it. */
async function stored(name: string): Promise<string> {
  const rows = await owner<{ content: string }[]>`select content from fhir.resource where id = ${name.split('/')[1]!}`;
  return rows[0]!.content;
}

describe('_security', () => {
  const found = async (path: string, by = cleared): Promise<string> => {
    const reply = await ask('GET', path, undefined, by);
    assert.equal(reply.status, 200, `${path} ${reply.text}`);
    return entriesOf(reply)
      .map(({ resource }) => `${resource.resourceType}/${String(resource.id)}`)
      .sort()
      .join(' ');
  };

  const searches: readonly (readonly [path: string, finds: string])[] = [
    [`/Observation?_security=${hiv}`, 'Observation/o Observation/said'],
    ['/Observation?_security=HIV', 'Observation/o Observation/said'],
    [`/Observation?_security=${act}|`, 'Observation/o Observation/said'],
    ['/Observation?_security=|HIV', ''],
    [`/Observation?_security=${restricted}`, 'Observation/o'],
    [`/Observation?_security=${restricted},${psychiatric}`, 'Observation/o'],
    [`/Observation?_security=${hiv}&_security=${restricted}`, 'Observation/o'],
    ['/Observation?_security:not=HIV', 'Observation/plain'],
    ['/Observation?_security:missing=false', 'Observation/o Observation/said'],
    ['/Observation?_security:missing=true', 'Observation/plain'],
    ['/Observation?_security:code-text=hi', 'Observation/o Observation/said'],
    ['/Observation?_filter=_security eq HIV', 'Observation/o Observation/said'],
    ['/DiagnosticReport?_security=R', 'DiagnosticReport/r'],
    ['/DiagnosticReport?result._security=R', 'DiagnosticReport/r'],
    ['/Patient?_has:Observation:patient:_security=R', 'Patient/p'],
    ['/Patient?_has:Observation:patient:_security=PSY', ''],
    ['/List?_security=R&_total=accurate', 'List/l'],
    ['/List?_security=R&_sort=-_lastUpdated', 'List/l'],
    ['/Bundle?composition._security=R', ''],
    ['/?_type=Observation,List&_security=R', 'List/l Observation/o'],
    ['/Patient/p/Observation?_security=R', 'Observation/o'],
  ];

  for (const [path, finds] of searches)
    it(`finds by ${path} what is shown with it`, async () => {
      assert.equal(await found(path.replaceAll(' ', '%20').replaceAll('|', '%7C')), finds);
    });

  it('finds nothing by what the caller is not cleared for, as by what there is not', async () => {
    for (const path of ['/Observation', '/List', '/DiagnosticReport'])
      for (const label of ['HIV', 'R', 'PSY', 'NONE']) {
        assert.equal(await found(`${path}?_security=${label}`, clinic), '', label);
        const { json } = await ask('GET', `${path}?_security=${label}&_summary=count`, undefined, clinic);
        assert.equal(json['total'], 0, label);
      }
    assert.equal(await found('/Observation?_security=PSY'), '', 'hidden from who is cleared for another');
    assert.equal(await found('/Observation?_security:not=PSY', clinic), 'Observation/plain');
  });

  it('decides conditional interactions by it', async () => {
    const { id: _, ...sent } = observation('', 'x');
    const by = { token: cleared, body: JSON.stringify(sent) };
    const headers = { 'content-type': 'application/fhir+json', 'if-none-exist': `_security=${restricted}` };
    const reply = await server.request('POST', '/DiagnosticReport', {
      ...{ ...by, headers },
      body: JSON.stringify({ resourceType: 'DiagnosticReport', status: 'final', code: { text: 'y' } }),
    });
    assert.equal(reply.status, 200, 'the one that has it by what it puts together');
    assert.equal(reply.json['id'], 'r');
  });
});

describe('what was read, and is sent back', () => {
  it('shows which labels are of the server', async () => {
    for (const path of ['/Observation/o', '/DiagnosticReport/r', '/List/l', '/Observation/o/_history/1']) {
      const { json } = await ask('GET', path);
      assert.deepEqual(byServer(json), [hiv, restricted].sort(), path);
      assert.deepEqual(byWriter(json), [], path);
    }
    const { json } = await ask('GET', '/Observation/said');
    assert.deepEqual([byServer(json), byWriter(json)], [[], [hiv]]);
    const page = await ask('GET', '/Observation');
    assert.deepEqual(byServer(page.json), [restricted], 'the mark of a Bundle');
  });

  /** Each changes the resource by what was read of it. */
  const ways: Readonly<Record<string, (path: string, read: Record<string, unknown>) => Promise<Reply>>> = {
    PUT: (path, read) => ask('PUT', path, { ...read, language: 'uz' }),
    'PUT under If-Match': (path, read) =>
      server.request('PUT', path, {
        ...{ token: cleared, body: JSON.stringify({ ...read, language: 'uz' }, undefined, 2) },
        headers: {
          'content-type': 'application/fhir+json',
          'if-match': `W/"${(read['meta'] as { versionId?: string }).versionId!}"`,
        },
      }),
    'conditional PUT': (path, read) =>
      ask('PUT', `${path.replace(/\/[^/]+$/, '')}?_id=${String(read['id'])}`, { ...read, language: 'uz' }),
    PATCH: (path) => ask('PATCH', path, [{ op: 'add', path: '/language', value: 'uz' }]),
    'FHIRPath Patch': (path) =>
      server.request('PATCH', path, {
        token: cleared,
        headers: { 'content-type': 'application/fhir+json' },
        body: JSON.stringify({
          resourceType: 'Parameters',
          parameter: [
            {
              name: 'operation',
              part: [
                { name: 'type', valueCode: 'add' },
                { name: 'path', valueString: path.split('/')[1]! },
                { name: 'name', valueString: 'language' },
                { name: 'value', valueCode: 'uz' },
              ],
            },
          ],
        }),
      }),
    'a transaction': (path, read) =>
      ask('POST', '/', {
        ...{ resourceType: 'Bundle', type: 'transaction' },
        entry: [{ resource: { ...read, language: 'uz' }, request: { method: 'PUT', url: path.slice(1) } }],
      }),
    'a batch with a patch': (path) => {
      const patch = Buffer.from(JSON.stringify([{ op: 'add', path: '/language', value: 'uz' }])).toString('base64');
      const resource = { resourceType: 'Binary', contentType: 'application/json-patch+json', data: patch };
      const entry = [{ resource, request: { method: 'PATCH', url: path.slice(1) } }];
      return ask('POST', '/', { resourceType: 'Bundle', type: 'batch', entry });
    },
    '$meta-add': (path) =>
      ask('POST', `${path}/$meta-add`, {
        resourceType: 'Parameters',
        parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:t', code: 'seen' }] } }],
      }),
    'a large PUT': (path, read) =>
      ask('PUT', path, {
        ...read,
        language: 'uz',
        note: [{ text: 'a'.repeat(700_000) }, { text: 'a'.repeat(700_000) }],
      }),
  };

  for (const [way, change] of Object.entries(ways))
    it(`stores no label of the server, by ${way}`, async () => {
      const id = `way-${way.replaceAll(/[^a-z]/gi, '')}`;
      const path = `/Observation/${id}`;
      assert.equal((await ask('PUT', path, observation(id, 'hiv'))).status, 201);
      const read = await ask('GET', path);
      const reply = await change(path, read.json);
      assert.ok(reply.status < 300, reply.text);
      const after = await ask('GET', path);
      assert.equal((after.json['meta'] as { versionId?: string }).versionId, '2', 'another version');
      assert.deepEqual(byServer(after.json), [hiv, restricted].sort(), 'shown as before');
      assert.doesNotMatch(await stored(`Observation/${id}`), /label-of-server|"security"/);
      assert.equal((await ask('GET', path, undefined, clinic)).status, 404, 'none is lowered');
      assert.equal((await ask('DELETE', path)).status, 200);
    });

  it('keeps what the writer says beside', async () => {
    const said = { system: confidentiality, code: 'N' };
    const given = observation('both', 'hiv', { meta: { security: [said], source: 'urn:s' } });
    assert.equal((await ask('PUT', '/Observation/both', given)).status, 201);
    const { json } = await ask('GET', '/Observation/both');
    assert.deepEqual([byServer(json), byWriter(json)], [[hiv, restricted].sort(), [`${confidentiality}|N`]]);
    assert.equal((await ask('PUT', '/Observation/both', { ...json, language: 'ru' })).status, 200);
    const text = JSON.parse(await stored('Observation/both')) as { meta: { security: unknown; source: string } };
    assert.deepEqual([text.meta.security, text.meta.source], [[said], 'urn:s']);
    const own = {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { security: [{ system: act, code: 'HIV' }] } }],
    };
    assert.equal((await ask('POST', '/Observation/both/$meta-add', own)).status, 200);
    assert.deepEqual(
      byWriter((await ask('GET', '/Observation/both')).json).sort(),
      [hiv, `${confidentiality}|N`].sort(),
    );
    assert.equal((await ask('DELETE', '/Observation/both')).status, 200);
  });

  it('stores none in a copy either, nor in what a Bundle or a resource holds', async () => {
    const { json } = await ask('GET', '/Observation/o');
    const { id: _, ...copy } = json;
    const made = await ask('POST', '/Observation', copy);
    assert.equal(made.status, 201, made.text);
    const name = `Observation/${String(made.json['id'])}`;
    assert.doesNotMatch(await stored(name), /label-of-server/);
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: [{ fullUrl: `${baseUrl}/Observation/o`, resource: json }],
    };
    const held = await ask('POST', '/Bundle', bundle);
    assert.equal(held.status, 201, held.text);
    assert.doesNotMatch(await stored(`Bundle/${String(held.json['id'])}`), /label-of-server/);
    assert.equal((await ask('GET', `/Bundle/${String(held.json['id'])}`, undefined, clinic)).status, 404);
    for (const each of [name, `Bundle/${String(held.json['id'])}`])
      assert.equal((await ask('DELETE', `/${each}`)).status, 200);
  });

  it('conforms, as far as the labels go', async () => {
    const { json } = await ask('GET', '/Observation/o');
    const reply = await ask('POST', '/Observation/$validate', json);
    assert.doesNotMatch(reply.text, /label-of-server/);
    const ofStored = await ask('POST', '/Observation/o/$validate');
    assert.equal(ofStored.status, 200, ofStored.text);
    assert.doesNotMatch(ofStored.text, /label-of-server/);
  });
});

describe('labels that are put into a text', () => {
  const label = { system: 'urn:s', code: '"q"' };
  const told = (has: ReadonlySet<string>): object[] => (has.has('urn:s|"q"') ? [] : [label]);
  const one = JSON.stringify(label);

  for (const [text, expected] of [
    ['{"a":1.00}', `{"a":1.00,"meta":{"security":[${one}]}}`],
    ['{ }', `{ "meta":{"security":[${one}]}}`],
    ['{"meta":{},"a":"}"}', `{"meta":{"security":[${one}]},"a":"}"}`],
    ['{"meta":{ "versionId":"1"},"a":2}', `{"meta":{ "versionId":"1","security":[${one}]},"a":2}`],
    ['{"meta":{"security":[],"z":1}}', `{"meta":{"security":[${one}],"z":1}}`],
    ['{"meta":{"security":[ {"code":"x"} ]}}', `{"meta":{"security":[ {"code":"x"} ,${one}]}}`],
    [`{"meta":{"security":[${one}]},"a":1.00}`, `{"meta":{"security":[${one}]},"a":1.00}`],
    [
      '{"contained":[{"meta":{"security":[1]}}]}',
      `{"contained":[{"meta":{"security":[1]}}],"meta":{"security":[${one}]}}`,
    ],
    ['{"m\\u0065ta":{"security":[]}}', `{"m\\u0065ta":{"security":[${one}]}}`],
  ] as const)
    it(`leave the rest of ${text} as it is`, () => {
      assert.equal(withSecurity(text, told), expected);
    });
});
