/** Each fault in a large body has the answer that it has in a small one: status, findings, texts, what is stored and what is indexed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { largeBody } from '../src/http/admission.ts';
import { startServer, type RequestOptions, type TestServer } from './environment.ts';

let server: TestServer;
let sql: Sql;
before(async () => {
  server = await startServer({ bodyLimit: 16 * 1024 ** 2 }, (url) => {
    sql = connect(url, { max: 1 });
    return url;
  });
  await prepare();
});
after(async () => {
  await sql.end();
  await server.close();
});

/** Notes of which each has as many letters as `length`: of two bytes, so that parts of a body end within one. */
function notes(length: number): string {
  const text = `a${'ў'.repeat(length)}`;
  return Array.from({ length: 8 }, () => `{"text":"${text}"}`).join(',');
}

const small = 40;
const large = Math.ceil(largeBody / 8 / 2) + 20_000;

/** The parts that both have: without the long texts, and without what the server assigns. */
function normalised(text: string, ids: Map<string, string>): string {
  return text
    .replace(/a?ў{8,}(\\r)?/g, '<text>')
    .replace(/(issue-col","valueInteger":)\d+/g, '$1<n>')
    .replace(/offset \d+/g, 'offset <n>')
    .replace(/\d+-qator|\d+-belgi|(строка|символ|line|character|column) \d+/g, '<place>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) => {
      if (!ids.has(id)) ids.set(id, `<id ${ids.size + 1}>`);
      return ids.get(id)!;
    })
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)/g, '<now>');
}

const shownHeaders = ['content-type', 'content-language', 'location', 'etag', 'vary', 'retry-after', 'allow'];

interface Sent extends RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly body: string | Buffer;
}

/** One request, and what is stored afterwards of what it made. */
async function outcome(sent: Sent): Promise<object> {
  const { method = 'POST', path = '/Observation', headers = {}, body, token } = sent;
  const ids = new Map<string, string>();
  const reply = await server.request(method, path, {
    headers: { 'content-type': 'application/fhir+json', ...headers },
    body,
    ...(token === undefined ? {} : { token }),
  });
  const shown = Object.fromEntries(shownHeaders.map((name) => [name, normalised(reply.headers.get(name) ?? '', ids)]));
  const { status } = reply;
  const text = normalised(reply.text, ids);
  const location = reply.headers
    .get('location')
    ?.replace(/^.*\/fhir/, '')
    .replace(/\/_history.*/, '');
  if (location === undefined || location === '') return { status, headers: shown, text };
  const stored = await server.request('GET', location);
  const id = location.split('/')[2]!;
  const rows = await sql.unsafe(
    `select (to_jsonb(s) - 'rid' - 'own' - 'shard')::text as row from fhir.search s
     where rid = (select rid from fhir.resource where id = $1 order by rid desc limit 1)`,
    [id],
  );
  return {
    status,
    headers: shown,
    text,
    stored: normalised(stored.text, ids),
    rows: normalised(JSON.stringify(rows), ids),
  };
}

const base = '"resourceType":"Observation","status":"final","code":{"text":"x"}';
/** An Observation with more members, and the long part before or behind them. */
const around = (more: string) => (pad: string) => [
  `{${base},${more},"note":[${pad}]}`,
  `{${base},"note":[${pad}],${more}}`,
];

const contents: Record<string, (pad: string) => string[]> = {
  'no fault': around('"valueQuantity":{"value":1.10,"unit":"g"}'),
  'a precise number': around('"valueQuantity":{"value":0.00000000000000001000,"unit":"g"}'),
  'a number with an exponent': around('"valueQuantity":{"value":1E3,"unit":"g"}'),
  'a number that is too large': around('"valueQuantity":{"value":1e400,"unit":"g"}'),
  'a number with a plus': around('"valueQuantity":{"value":+1,"unit":"g"}'),
  'a repeated key': around('"status":"amended"'),
  'a repeated key, escaped': around('"st\\u0061tus":"amended"'),
  'a repeated key deep within': around('"method":{"text":"a","text":"b"}'),
  __proto__: around('"__proto__":{"status":"amended"}'),
  '__proto__ deep within': around('"method":{"__proto__":{"text":"a"}}'),
  constructor: around('"constructor":{"prototype":{"a":1}}'),
  'a lone surrogate, escaped': around('"method":{"text":"\\ud800"}'),
  'a character of control': around('"method":{"text":"a\u0001"}'),
  'U+0000, escaped': around('"method":{"text":"a\\u0000b"}'),
  'an unknown element': around('"colour":"red"'),
  'several faults': around(
    '"colour":"red","issued":"yesterday","method":{"coding":[{"system":1}]},"component":[{},{"code":{}}]',
  ),
  'thousands of faults': around(`"component":[${'{"colour":"red"},'.repeat(1_500)}{}]`),
  'an empty array': around('"component":[]'),
  'an empty object': around('"method":{}'),
  null: around('"method":null'),
  'no profile of that name': around('"meta":{"profile":["http://example.uz/none"],"tag":[{"code":"a"}]}'),
  'a profile that is stored': around('"meta":{"profile":["https://example.uz/StructureDefinition/noted"]}'),
  'meta that is no object': around('"meta":[]'),
  'meta with repeated keys': around('"meta":{"source":"a:b","source":"a:c"}'),
  'a versionId of its own': around('"meta":{"versionId":"7","lastUpdated":"2001-01-01T00:00:00Z","source":"urn:a"}'),
  'an id of its own': around('"id":"own"'),
  'an id that is none': around('"id":"a b"'),
  'an id that is a number': around('"id":7'),
  'a reference to itself': around('"id":"own","hasMember":[{"reference":"Observation/own"}]'),
  'a contained resource': around('"contained":[{"resourceType":"Patient","id":"p"}],"subject":{"reference":"#p"}'),
  'a contained resource that nobody refers to': around('"contained":[{"resourceType":"Patient","id":"p"}]'),
  'a contained resource that is missing': around('"subject":{"reference":"#p"}'),
  'a reference to what is not there': around('"subject":{"reference":"Patient/none"}'),
  'a reference to what is there': around('"subject":{"reference":"Patient/there"}'),
  'a reference to a wrong target': around(
    '"meta":{"profile":["https://example.uz/StructureDefinition/targeted"]},"subject":{"reference":"Patient/there"}',
  ),
  'a code that its system does not have': around(
    '"category":[{"coding":[{"system":"http://hl7.org/fhir/observation-status","code":"zz"}]}]',
  ),
  'a wrong display': around(
    '"category":[{"coding":[{"system":"http://hl7.org/fhir/observation-status","code":"final","display":"zz"}]}]',
  ),
  'a code of a stored system': around('"category":[{"coding":[{"system":"https://example.uz/colours","code":"red"}]}]'),
  'a wrong code of a stored system': around(
    '"category":[{"coding":[{"system":"https://example.uz/colours","code":"zz"}]}]',
  ),
  'nesting of 600': around(`"extension":${'[{"url":"a:b","extension":'.repeat(300)}[]${'}]'.repeat(300)}`),
  'arrays in arrays': around(`"extension":${'['.repeat(100)}${']'.repeat(100)}`),
  'script in the narrative': around(
    '"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><script>1</script></div>"}',
  ),
  'a national identifier': around('"identifier":[{"system":"https://dhp.uz/fhir/core/sid/pid/uz/ni","value":"12"}]'),
  'the type last': (pad) => [`{"status":"final","code":{"text":"x"},"note":[${pad}],"resourceType":"Observation"}`],
  'the type twice': (pad) => [`{${base},"note":[${pad}],"resourceType":"Patient"}`],
  'no type': (pad) => [`{"status":"final","code":{"text":"x"},"note":[${pad}]}`],
  'another type': (pad) => [`{"resourceType":"Patient","note":[${pad}]}`],
  'a type that is no text': (pad) => [`{"resourceType":7,"note":[${pad}]}`],
  'an array': (pad) => [`[${pad}]`],
  'a text': (pad) => [JSON.stringify(pad)],
  'text behind the end': (pad) => [
    `{${base},"note":[${pad}]}x`,
    `{${base},"note":[${pad}]}{}`,
    `{${base},"note":[${pad}]}\u0000`,
  ],
  'no end': (pad) => [`{${base},"note":[${pad}`, `{${base},"note":[${pad}]`, `{${base},"note":[${pad.slice(0, -3)}`],
  'a comma too many': (pad) => [
    `{${base},"note":[${pad},]}`,
    `{${base},"note":[${pad}],}`,
    `{,${base},"note":[${pad}]}`,
  ],
  'a BOM': (pad) => [
    `\ufeff{${base},"note":[${pad}]}`,
    `\ufeff\ufeff{${base},"note":[${pad}]}`,
    ` \ufeff{${base},"note":[${pad}]}`,
  ],
  'a BOM and a fault': (pad) => [`\ufeff{${base},"colour":"red","note":[${pad}]}`],
  'space around': (pad) => [` \r\n\t{${base},\r\n "note" : [${pad}] } \n`],
};

async function prepare(): Promise<void> {
  const structure = (id: string, element: object[]): object => ({
    ...{ resourceType: 'StructureDefinition', id, url: `https://example.uz/StructureDefinition/${id}`, name: 'N' },
    ...{ status: 'active', fhirVersion: '5.0.0', kind: 'resource', abstract: false, derivation: 'constraint' },
    ...(id === 'married'
      ? { type: 'Patient', baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient' }
      : { type: 'Observation', baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation' }),
    differential: { element },
  });
  const resources = [
    structure('noted', [{ id: 'Observation.method', path: 'Observation.method', min: 1 }]),
    structure('married', [{ id: 'Patient.maritalStatus', path: 'Patient.maritalStatus', min: 1 }]),
    structure('targeted', [
      {
        ...{ id: 'Observation.subject', path: 'Observation.subject' },
        type: [{ code: 'Reference', targetProfile: ['https://example.uz/StructureDefinition/married'] }],
      },
    ]),
    {
      ...{ resourceType: 'CodeSystem', id: 'colours', url: 'https://example.uz/colours', status: 'active' },
      ...{ content: 'complete', concept: [{ code: 'red' }] },
    },
    { resourceType: 'Patient', id: 'there' },
  ];
  for (const resource of resources as { resourceType: string; id: string }[]) {
    const reply = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    assert.equal(reply.status, 201, reply.text);
  }
}

/** Sends what is made with short texts, and with long ones. */
async function same(what: string, of: (pad: string) => Sent): Promise<void> {
  assert.deepEqual(await outcome(of(notes(large))), await outcome(of(notes(small))), what);
}

const bundle = (type: string, resource: string): string =>
  `{"resourceType":"Bundle","type":"${type}","entry":[{"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111",` +
  `"resource":${resource},"request":{"method":"POST","url":"Observation"}}]}`;

/** Where a resource may be in a request. */
const places: Record<string, (content: string) => Sent> = {
  create: (body) => ({ body }),
  validation: (body) => ({ path: '/Observation/$validate', body }),
  batch: (content) => ({ path: '', body: bundle('batch', content) }),
  update: (body) => ({ method: 'PUT', path: '/Observation/own', headers: { 'if-match': 'W/"77"' }, body }),
  transaction: (content) => ({ path: '', body: bundle('transaction', content) }),
  'validation in Parameters': (content) => ({
    path: '/Observation/$validate',
    body: `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":${content}},{"name":"mode","valueCode":"create"}]}`,
  }),
};

const languages = ['uz', 'ru', 'en'];
let turn = 0;
for (const [name, make] of Object.entries(contents))
  test(name, async () => {
    for (const index of make('').keys())
      // Each in two places by turns: all of them take half a minute.
      for (const shift of [0, 1]) {
        const kinds = Object.keys(places);
        const place = kinds[(turn + 3 * shift) % kinds.length]!;
        const language = languages[turn % languages.length]!;
        await same(`${place}, ${index}`, (pad) => {
          const sent = places[place]!(make(pad)[index]!);
          return { ...sent, headers: { 'accept-language': language, ...sent.headers } };
        });
        turn += shift;
      }
  });

/** Requests that are refused before their body is looked at. */
const early: Record<string, Omit<Sent, 'body'> & { readonly scope?: string }> = {
  'an If-Match that is none': { method: 'PUT', path: '/Observation/own', headers: { 'if-match': 'zz' } },
  'a criterion that is none': { headers: { 'if-none-exist': 'zz=1' } },
  'a conditional create without the right to search': {
    ...{ headers: { 'if-none-exist': 'identifier=a|b' }, scope: 'system/Observation.c' },
  },
  'a conditional update without the right to search': {
    ...{ method: 'PUT', path: '/Observation?identifier=a|b', scope: 'system/Observation.cu' },
  },
  'a patch with an If-Match that is none': {
    ...{ method: 'PATCH', path: '/Observation/own' },
    headers: { 'if-match': 'zz', 'content-type': 'application/json-patch+json' },
  },
};
const bodies: Record<string, (pad: string) => string> = {
  'a resource': (pad) => `{${base},"id":"own","note":[${pad}]}`,
  'no JSON': (pad) => `{${base},"id":"own","note":[${pad}]}]`,
  'another type': (pad) => `{"resourceType":"Patient","note":[${pad}]}`,
  'an unknown element': (pad) => `{${base},"id":"own","colour":"red","note":[${pad}]}`,
};
for (const [name, { scope, ...sent }] of Object.entries(early))
  test(`${name}, whatever the body is`, async () => {
    const token = await server.sso.token(scope === undefined ? {} : { scope });
    for (const [kind, make] of Object.entries(bodies)) {
      const { status } = (await outcome({ ...sent, token, body: make(notes(small)) })) as { status: number };
      assert.ok(status >= 400, `${kind}: ${status}`);
      await same(kind, (pad) => ({ ...sent, token, body: make(pad) }));
    }
  });

test('a search parameter that reads the id finds large resources by the id that they get', async () => {
  const parameter = {
    ...{ resourceType: 'SearchParameter', id: 'own-id', url: 'https://example.uz/own-id', name: 'OwnId' },
    ...{ status: 'active', description: 'x', code: 'own-id', base: ['Observation'], type: 'token' },
    ...{ expression: 'Observation.id', processingMode: 'normal' },
  };
  assert.equal((await server.write('PUT', '/SearchParameter/own-id', parameter)).status, 201);
  const keysOf = async (pad: string, more = ''): Promise<string> => {
    const body = `{${base}${more},"note":[${pad}]}`;
    const reply = await server.request('POST', '/Observation', {
      headers: { 'content-type': 'application/fhir+json' },
      body,
    });
    const [row] = await sql.unsafe(
      'select s.keys::text from fhir.search s join fhir.resource r using (rid) where r.id = $1',
      [String(reply.json['id'])],
    );
    return String(row!['keys']);
  };
  const few = (await keysOf(notes(small))).split(',').length;
  assert.equal((await keysOf(notes(large))).split(',').length, few);
  assert.notEqual(await keysOf(notes(large), ',"id":"x"'), await keysOf(notes(large), ',"id":"x"'));
});
