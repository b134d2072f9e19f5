/** Characters that no FHIR string can have, wherever a caller can put them: never an error of the server, and refused in words that can be read. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask as askAt, get, json, places, type Heard, type Sent } from './character-places.ts';
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

/**
 * Places in which a search or criteria are read, each with the parameter named in the refusal. References are only resolved in a
 * transaction.
 */
const searched: Readonly<Record<string, string>> = {
  'the value of a string': 'name',
  'the value of a token': 'identifier',
  'the system of a token': 'identifier',
  'the value of a uri': 'url',
  'the value of a reference': 'subject',
  'the value of a date': 'birthdate',
  'the value of a quantity': 'value-quantity',
  'the value of a composite': 'code-value-concept',
  'an id': '_id',
  _text: '_text',
  _content: '_content',
  _filter: '_filter',
  _tag: '_tag',
  _sort: '_sort',
  _include: '_include',
  _count: '_count',
  'a chain': 'subject.name',
  'a chain to one type': 'subject:Patient.name',
  _has: '_has:Observation:subject:code',
  'one of several values': 'name',
  'a value with :exact': 'name:exact',
  'a value with :contains': 'name:contains',
  'a value with :not': 'gender:not',
  'a value with :text': 'code:text',
  'a value without quotation marks of _filter': '_filter',
  'a chain of _filter': '_filter',
  'a search in a compartment': 'code',
  'a search of several types': 'identifier',
  'a value set': 'code:in',
  'a form': 'name',
  'the address of an entry, escaped': 'name',
  'If-None-Exist of an entry': 'name',
  'If-None-Exist': 'name',
  'the criteria of an update': 'name',
  'the criteria of a patch': 'name',
  'the criteria of an entry': 'name',
  'a conditional reference of an entry': 'name',
  'the criteria of a deletion': 'name',
};

interface Outcome {
  readonly resourceType: string;
  readonly entry?: readonly { readonly response: { readonly status: string; readonly outcome: Outcome } }[];
  readonly issue: readonly { readonly details: object; readonly diagnostics: string }[];
}

/**
 * @throws AssertionError unless the search, or that of the first entry, is refused with a text that names parameter, character and remedy
 */
function assertRefused({ status, text }: Heard, parameter: string, character: string): void {
  const whole = JSON.parse(text) as Outcome;
  const [entry] = whole.entry ?? [];
  assert.equal(entry?.response.status.slice(0, 3) ?? String(status), '400', text.slice(0, 500));
  const [issue] = (entry?.response.outcome ?? whole).issue;
  assert.match(JSON.stringify(issue?.details), /"search-value-invalid"/);
  const told = issue?.diagnostics ?? '';
  assert.ok(
    told.includes(`${parameter}=`) && told.includes(`without ${character}`) && told.includes('Remove it'),
    told,
  );
}

/** Characters that an answer does not repeat from a request that it refuses. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const unreadable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

const characters: readonly (readonly [string, string, string])[] = [
  ['U+0000', '\u0000', '%00'],
  ['U+0001', '\u0001', '%01'],
  ['U+001F', '\u001f', '%1F'],
  ['U+FFFF', '\uffff', '%EF%BF%BF'],
  ['half of a character', '\ud800', '%ED%A0%80'],
];

/** U+FFFF is stored and found as any other character; half of a character is no UTF-8 (`broken-escapes.test.ts`). */
const isControl = (c: string): boolean => c < ' ';

test('every place of a search has its parameter', () => {
  for (const place of Object.keys(searched)) assert.ok(Object.hasOwn(places, place), place);
});

/** JSON escapes, as in a filter and in a body. */
const escapes = ['\\u0000', '\\u001f', '\\ud800'];
for (const escape of escapes) {
  test(`${escape} in a text of a filter`, async () => {
    const filter = encodeURIComponent(`name eq "a${escape}"`);
    const character = `U+${escape.slice(2).toUpperCase()}`;
    assertRefused(await ask(get(`/Patient?_filter=${filter}`)), '_filter', character);
  });
}

test('a lenient search leaves it out, and says so', async () => {
  const { status, text } = await ask(get('/Patient?name=%00&_id=p', { prefer: 'handling=lenient' }));
  assert.equal(status, 200);
  assert.match(text, /"total":1\b/);
  assert.match(text, /"search-parameter-ignored".*without U\+0000/);
});

test('nothing is stored, changed or deleted by criteria with one', async () => {
  const count = async (): Promise<unknown> =>
    (JSON.parse((await ask(get('/Patient?_summary=count'))).text) as { total: number }).total;
  const before = await count();
  const whole = (await ask(get('/Patient/p'))).text;
  for (const lenient of [{}, { prefer: 'handling=lenient' }]) {
    const resource = { resourceType: 'Patient' };
    const sent = [
      json('POST', '/Patient', resource, { ...lenient, 'if-none-exist': 'name=%00' }),
      json('PUT', '/Patient?name=x%00', resource, lenient),
      { method: 'DELETE', path: '/Patient?name=x%00', headers: lenient },
    ];
    for (const one of sent) assertRefused(await ask(one), 'name', 'U+0000');
  }
  assert.equal(await count(), before);
  assert.equal((await ask(get('/Patient/p'))).text, whole);
});

for (const [name, c, e] of characters) {
  describe(name, () => {
    for (const [place, make] of Object.entries(places)) {
      test(`in ${place}`, async () => {
        const sent = make(c, e);
        const { status, text } = await ask(sent);
        assert.ok(status < 500, `${status} ${text.slice(0, 500)}`);
        assert.doesNotMatch(text, /"status": ?"5\d\d/);
        const parameter = searched[place];
        if (isControl(c) && parameter !== undefined) assertRefused({ status, text }, parameter, name);
        if (status < 400) return;
        const outcome = JSON.parse(text) as { readonly resourceType: string };
        assert.equal(outcome.resourceType, 'OperationOutcome');
        for (const one of textsIn(outcome)) assert.ok(!unreadable.test(one) && one.isWellFormed(), JSON.stringify(one));
      });
    }
  });
}

test('a header with one is no request', async () => {
  const { hostname, port } = new URL(server.url);
  const { connect } = await import('node:net');
  for (const code of [0, 1, 0x1f]) {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      let heard = '';
      socket.on('data', (part: Buffer) => (heard += part.toString()));
      socket.on('close', () => resolve(heard));
      socket.on('error', reject);
      socket.write(
        `GET /fhir/Patient/p HTTP/1.1\r\nhost: x\r\nprefer: a${String.fromCharCode(code)}b\r\nconnection: close\r\n\r\n`,
      );
    });
    assert.match(text, /^HTTP\/1\.1 400 /, text.slice(0, 300));
  }
});
