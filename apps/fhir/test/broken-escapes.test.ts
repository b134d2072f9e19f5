/** Text that is no UTF-8, wherever a query is read: refused in words that name the place, never taken for another value. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ask as askAt, form, get, json, places, type Heard, type Sent } from './character-places.ts';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
let token: string;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  token = await server.sso.token();
  await server.write('PUT', '/Patient/p', { resourceType: 'Patient', id: 'p', name: [{ family: 'x' }] });
});
after(() => server.close());

const ask = (sent: Sent): Promise<Heard> => askAt(server, token, sent);

interface Outcome {
  readonly entry?: readonly { readonly response: { readonly status: string; readonly outcome: Outcome } }[];
  readonly issue: readonly { readonly details: object; readonly diagnostics: string }[];
}

/** Returns the issue of a refusal, or of the refusal of a batch's only entry. */
function refusalIn({ status, text }: Heard): { status: string; code: string; diagnostics: string } {
  const whole = JSON.parse(text) as Outcome;
  const [entry] = whole.entry ?? [];
  const [issue] = (entry?.response.outcome ?? whole).issue;
  const [, code = ''] = /"code":"([^"]*)"/.exec(JSON.stringify(issue?.details)) ?? [];
  return {
    status: entry?.response.status.slice(0, 3) ?? String(status),
    code,
    diagnostics: issue?.diagnostics ?? '',
  };
}

/** Followed by nothing that would make an escape of them. */
const escapes: Readonly<Record<string, string>> = {
  'half of a surrogate pair': '%ED%A0%80',
  'the other half': '%ed%bf%bf',
  'a percent sign': '%',
  'half of an escape': '%4g',
  'no hexadecimal digits': '%zz',
  'the first byte of two': '%C3',
  'the first two bytes of three': '%E2%82',
  'a byte that continues nothing': '%80',
  'a slash that is too long': '%C0%AF',
  'a slash that is longer still': '%E0%80%AF',
  'a byte that no character has': '%FF',
  'a character behind the last': '%F5%80%80%80',
  'a byte between characters': '%D0%9A%D0x',
};

/** The path of an address is read by the framework, before all else. */
const inPath = ['a type', 'an id in a path', 'a version', 'an operation', 'a compartment'];
/** References may be criteria only in Bundles; a create alone does not resolve them. */
const unread = ['a conditional reference'];
/** Places that percent-escapes do not reach, because the character is sent unencoded. */
const takesEscapes = (make: (c: string, e: string) => Sent): boolean =>
  JSON.stringify(make('c', 'e1')) !== JSON.stringify(make('c', 'e2'));
const read = Object.entries(places).filter(([place, make]) => takesEscapes(make) && !unread.includes(place));

test('the places are those of control characters', () => {
  assert.ok(read.length > 50, String(read.length));
  for (const place of [...inPath, ...unread]) assert.ok(Object.hasOwn(places, place), place);
});

for (const [name, escape] of Object.entries(escapes)) {
  describe(name, () => {
    for (const [place, make] of read) {
      test(`in ${place}`, async () => {
        const heard = await ask(make('', escape));
        const { status, code, diagnostics } = refusalIn(heard);
        assert.deepEqual([status, code], ['400', 'url-malformed'], heard.text);
        if (!inPath.includes(place)) assert.match(diagnostics, / is not percent-encoded UTF-8: "/);
      });
    }
  });
}

const count = async (): Promise<unknown> =>
  (JSON.parse((await ask(get('/Patient?_summary=count'))).text) as { total: number }).total;

test('the parameter, the place, the text and the cure are told', async () => {
  const told: Readonly<Record<string, string>> = {
    'the value of a string':
      'The value of "name" in the query is not percent-encoded UTF-8: "a%FFb". A percent sign itself is written %25.',
    'the name of a parameter': 'The name of a parameter in the query is not percent-encoded UTF-8: "na%FFme".',
    'a form': 'The value of "name" in the form is not',
    'If-None-Exist': 'The value of "name" in If-None-Exist is not',
    'the address of an entry, escaped': 'The value of "name" in the query of request.url is not',
    'a conditional reference of an entry': 'The value of "name" in a conditional reference is not',
  };
  for (const [place, sentence] of Object.entries(told)) {
    const { diagnostics } = refusalIn(await ask(places[place]!('', '%FF')));
    assert.ok(diagnostics.includes(sentence), diagnostics);
  }
});

test('nothing is stored, changed or deleted by criteria with one, lenient or not', async () => {
  const before = await count();
  for (const prefer of ['handling=lenient', 'handling=strict']) {
    const resource = { resourceType: 'Patient' };
    const sent = [
      json('POST', '/Patient', resource, { prefer, 'if-none-exist': 'identifier=%ED%A0%80' }),
      json('PUT', '/Patient?identifier=%FF', resource, { prefer }),
      { method: 'DELETE', path: '/Patient?identifier=%C3&identifier=%A9', headers: { prefer } },
    ];
    for (const one of sent) assert.equal(refusalIn(await ask(one)).code, 'url-malformed');
  }
  assert.equal(await count(), before);
});

test('half of a character in the JSON of an entry is refused in its address, its criteria and its references', async () => {
  const half = 'identifier=\ud800';
  const resource = { resourceType: 'Patient' };
  const entries = [
    { request: { method: 'GET', url: `Patient?${half}` } },
    { resource, request: { method: 'POST', url: 'Patient', ifNoneExist: half } },
    { resource, request: { method: 'PUT', url: `Patient?${half}` } },
    {
      resource: { resourceType: 'Observation', subject: { reference: `Patient?${half}` } },
      request: { method: 'POST', url: 'Observation' },
    },
  ];
  for (const entry of entries) {
    for (const type of ['batch', 'transaction']) {
      const heard = await ask(json('POST', '/', { resourceType: 'Bundle', type, entry: [entry] }));
      const { status, code } = refusalIn(heard);
      assert.deepEqual([status, code], ['400', 'json-invalid'], heard.text);
    }
  }
});

test('bytes of a form that are no UTF-8 are refused', async () => {
  for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xca, 0xe0, 0xf0]]) {
    const body = Buffer.concat([Buffer.from('name=a'), Buffer.from(bytes)]);
    const heard = await ask({ method: 'POST', path: '/Patient/_search', headers: form, body });
    const { status, code } = refusalIn(heard);
    assert.deepEqual([status, code], ['400', 'encoding-invalid'], heard.text);
  }
});

test('bytes of a body that are no UTF-8 are refused', async () => {
  const types = ['application/fhir+json', 'application/fhir+xml'];
  const around = {
    'application/fhir+json': ['{"resourceType":"Patient","name":[{"family":"', '"}]}'],
    'application/fhir+xml': ['<Patient xmlns="http://hl7.org/fhir"><name><family value="', '"/></name></Patient>'],
  } as const;
  for (const type of types as (keyof typeof around)[]) {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
      const [before, behind] = around[type];
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(behind)]);
      const heard = await ask({ method: 'POST', path: '/Patient', headers: { 'content-type': type }, body });
      const { status, code } = refusalIn(heard);
      assert.deepEqual([status, code], ['400', 'encoding-invalid'], heard.text);
    }
  }
});

/** Sends bytes as they are: `fetch` and the client of Node would encode or refuse them. */
function talk(head: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(Buffer.concat(head.map((one) => Buffer.from(one as string)))),
    );
    socket.on('data', (part: Buffer) => (heard += part.toString()));
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

const fields = (): string =>
  `host: x\r\nconnection: close\r\naccept-language: en\r\nauthorization: Bearer ${token}\r\n`;

test('bytes in the request line that are not ASCII are refused', async () => {
  const typed = await talk(['GET /fhir/Patient?name=Карим HTTP/1.1\r\n', fields(), '\r\n']);
  assert.match(typed, /^HTTP\/1\.1 400 .*"url-malformed".*name=%D0%9A%D0%B0%D1%80%D0%B8%D0%BC/s);
  const bytes = await talk(['GET /fhir/Patient?name=', Buffer.from([0xff, 0xca]), ' HTTP/1.1\r\n', fields(), '\r\n']);
  assert.match(bytes, /^HTTP\/1\.1 400 .*"request-malformed"/s);
});

test('bytes in If-None-Exist that are not ASCII are refused, and create nothing', async () => {
  const before = await count();
  const create = (criteria: Buffer): Promise<string> => {
    const body = '{"resourceType":"Patient"}';
    const more = `content-type: application/fhir+json\r\ncontent-length: ${body.length}\r\nif-none-exist: name=`;
    return talk(['POST /fhir/Patient HTTP/1.1\r\n', fields(), more, criteria, '\r\n\r\n', body]);
  };
  const typed = await create(Buffer.from('Карим'));
  assert.match(typed, /^HTTP\/1\.1 400 .*"url-malformed".*Send name=%D0%9A%D0%B0%D1%80%D0%B8%D0%BC/s);
  const bytes = await create(Buffer.from([0xff]));
  assert.match(bytes, /^HTTP\/1\.1 400 .*"url-malformed".*Only ASCII may stand in If-None-Exist/s);
  assert.equal(await count(), before);
});

test('what is well encoded is read as it was', async () => {
  const readable = [
    'name=%D0%9A',
    'name=%EF%BF%BD',
    'name=%F0%9F%A9%BA',
    'name=%7e',
    'name=a%2Bb+c',
    '&&name=a&',
    'name=%25',
  ];
  for (const query of readable) {
    assert.equal((await ask(get(`/Patient?${query}`))).status, 200, query);
    assert.equal(
      (await ask({ method: 'POST', path: '/Patient/_search', headers: form, body: query })).status,
      200,
      query,
    );
  }
});
