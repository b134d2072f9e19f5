/** Characters that no FHIR string can have, wherever a caller can put them: never an error of the server, and refused in words that can be read. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startServer, type TestServer } from './environment.ts';

let server: TestServer;
let token: string;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  token = await server.sso.token();
  await server.write('PUT', '/Patient/p', { resourceType: 'Patient', id: 'p', name: [{ family: 'x' }] });
});
after(() => server.close());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
interface Heard {
  readonly status: number;
  readonly text: string;
}

/** As it is, past what `fetch` corrects in an address. */
function ask({ method, path, headers = {}, body }: Sent): Promise<Heard> {
  const { hostname, port, pathname } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const own = { authorization: `Bearer ${token}`, 'accept-language': 'en', ...headers };
    const sent = request({ hostname, port, path: `${pathname}${path}`, method, headers: own }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const fhirJson = { 'content-type': 'application/fhir+json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const json = (method: string, path: string, resource: object, headers: Record<string, string> = {}): Sent => ({
  ...{ method, path, headers: { ...fhirJson, ...headers } },
  body: JSON.stringify(resource),
});
const get = (path: string, headers: Record<string, string> = {}): Sent => ({ method: 'GET', path, headers });
const parameters = (...parameter: readonly object[]): object => ({ resourceType: 'Parameters', parameter });
const entry = (method: string, url: string, more: object = {}): object => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: [{ request: { method, url, ...more } }],
});

/** Where a text goes, by route: `c` is the character as it is, `e` as an address has it. */
const places: Readonly<Record<string, (c: string, e: string) => Sent>> = {
  'the value of a string': (_, e) => get(`/Patient?name=a${e}b`),
  'the value of a token': (_, e) => get(`/Patient?identifier=${e}`),
  'the system of a token': (_, e) => get(`/Patient?identifier=urn:a${e}|b`),
  'the value of a uri': (_, e) => get(`/ValueSet?url=urn:a${e}`),
  'the value of a reference': (_, e) => get(`/Observation?subject=Patient/${e}`),
  'the value of a date': (_, e) => get(`/Patient?birthdate=2000${e}`),
  'the value of a quantity': (_, e) => get(`/Observation?value-quantity=5|urn:a|k${e}g`),
  'the value of a composite': (_, e) => get(`/Observation?code-value-concept=a${e}$b`),
  'an id': (_, e) => get(`/Patient?_id=${e}`),
  _text: (_, e) => get(`/Patient?_text=a${e}b`),
  _content: (_, e) => get(`/Patient?_content=a${e}b`),
  _filter: (_, e) => get(`/Patient?_filter=name+eq+%22a${e}%22`),
  _tag: (_, e) => get(`/Patient?_tag=urn:a|${e}`),
  _sort: (_, e) => get(`/Patient?_sort=a${e}`),
  _include: (_, e) => get(`/Observation?_include=Observation:subject${e}`),
  _elements: (_, e) => get(`/Patient?_elements=a${e}`),
  _count: (_, e) => get(`/Patient?_count=1${e}`),
  _cursor: (_, e) => get(`/Patient?_cursor=a${e}`),
  _since: (_, e) => get(`/_history?_since=2020${e}`),
  _type: (_, e) => get(`/?_type=Patient${e}`),
  _format: (_, e) => get(`/Patient/p?_format=json${e}`),
  'the name of a parameter': (_, e) => get(`/Patient?na${e}me=a`),
  'a modifier': (_, e) => get(`/Patient?name:exa${e}ct=a`),
  'a chain': (_, e) => get(`/Observation?subject.name=a${e}`),
  'a chain to one type': (_, e) => get(`/Observation?subject:Patient.name=a${e}`),
  _has: (_, e) => get(`/Patient?_has:Observation:subject:code=a${e}`),
  'one of several values': (_, e) => get(`/Patient?name=a,b${e}`),
  'a value with :exact': (_, e) => get(`/Patient?name:exact=a${e}`),
  'a value with :contains': (_, e) => get(`/Patient?name:contains=a${e}`),
  'a value with :not': (_, e) => get(`/Patient?gender:not=a${e}`),
  'a value with :text': (_, e) => get(`/Observation?code:text=a${e}`),
  'a value without quotation marks of _filter': (_, e) => get(`/Patient?_filter=name+eq+a${e}`),
  'a chain of _filter': (_, e) => get(`/Observation?_filter=subject:Patient.name+eq+a${e}`),
  'a search in a compartment': (_, e) => get(`/Patient/p/Observation?code=a${e}`),
  'a search of several types': (_, e) => get(`/?_type=Patient,Observation&identifier=a${e}`),
  'a value set': (_, e) => get(`/Observation?code:in=urn:a${e}`),
  'a form': (_, e) => ({ method: 'POST', path: '/Patient/_search', headers: form, body: `name=a${e}` }),
  'a type': (_, e) => get(`/Pat${e}ient/p`),
  'an id in a path': (_, e) => get(`/Patient/p${e}`),
  'a version': (_, e) => get(`/Patient/p/_history/1${e}`),
  'an operation': (_, e) => get(`/Patient/p/$me${e}ta`),
  'a compartment': (_, e) => get(`/Patient/p${e}/Observation`),
  'a parameter of $lookup': (_, e) => get(`/CodeSystem/$lookup?system=urn:a&code=${e}`),
  'a parameter of $expand': (_, e) => get(`/ValueSet/$expand?url=urn:a${e}`),
  'the filter of $expand': (_, e) =>
    get(`/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&filter=m${e}`),
  'a parameter of $everything': (_, e) => get(`/Patient/p/$everything?_type=Patient${e}`),
  'a parameter of $translate': (c) =>
    json('POST', '/ConceptMap/$translate', parameters({ name: 'url', valueUri: `urn:a${c}` })),
  'the name of a closure table': (c) => json('POST', '/$closure', parameters({ name: 'name', valueString: `a${c}` })),
  'a concept of a closure table': (c) =>
    json(
      'POST',
      '/$closure',
      parameters({ name: 'name', valueString: 'a' }, { name: 'concept', valueCoding: { system: 'urn:a', code: c } }),
    ),
  'a tag of $meta-add': (c) =>
    json('POST', '/Patient/p/$meta-add', parameters({ name: 'meta', valueMeta: { tag: [{ code: `a${c}` }] } })),
  'a string of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', name: [{ family: `a${c}` }] }),
  'a code of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', gender: c }),
  'a uri of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', implicitRules: `urn:a${c}` }),
  'an id of a body': (c) => json('PUT', '/Patient/p', { resourceType: 'Patient', id: `p${c}` }),
  'a member of a body': (c) => json('POST', '/Patient', { resourceType: 'Patient', [`a${c}`]: 1 }),
  'a type of a body': (c) => json('POST', '/Patient', { resourceType: `Pat${c}ient` }),
  'a narrative': (c) =>
    json('POST', '/Patient', {
      resourceType: 'Patient',
      text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">a${c}</div>` },
    }),
  'a body as it is': (c) => ({
    ...{ method: 'POST', path: '/Patient', headers: fhirJson },
    body: `{"resourceType":"Patient","name":[{"family":"a${c}"}]}`,
  }),
  XML: (c) => ({
    ...{ method: 'POST', path: '/Patient', headers: { 'content-type': 'application/fhir+xml' } },
    body: `<Patient xmlns="http://hl7.org/fhir"><name><family value="a${c}"/></name></Patient>`,
  }),
  'a JSON Patch': (c) =>
    json('PATCH', '/Patient/p', [{ op: 'replace', path: '/name/0/family', value: `a${c}` }], {
      'content-type': 'application/json-patch+json',
    }),
  'the path of a JSON Patch': (c) =>
    json('PATCH', '/Patient/p', [{ op: 'remove', path: `/a${c}` }], { 'content-type': 'application/json-patch+json' }),
  'the path of a FHIRPath Patch': (c) =>
    json(
      'PATCH',
      '/Patient/p',
      parameters({
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'delete' },
          { name: 'path', valueString: `Patient.where(id = 'a${c}')` },
        ],
      }),
    ),
  'the address of an entry': (c) => json('POST', '/', entry('GET', `Patient?name=a${c}`)),
  'the address of an entry, escaped': (_, e) => json('POST', '/', entry('GET', `Patient?name=a${e}`)),
  'the fullUrl of an entry': (c) =>
    json('POST', '/', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        {
          fullUrl: `urn:uuid:a${c}`,
          resource: { resourceType: 'Patient' },
          request: { method: 'POST', url: 'Patient' },
        },
      ],
    }),
  'If-None-Exist of an entry': (_, e) =>
    json('POST', '/', {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        {
          resource: { resourceType: 'Patient' },
          request: { method: 'POST', url: 'Patient', ifNoneExist: `name=${e}` },
        },
      ],
    }),
  'If-None-Exist': (_, e) => json('POST', '/Patient', { resourceType: 'Patient' }, { 'if-none-exist': `name=a${e}` }),
  'the criteria of an update': (_, e) => json('PUT', `/Patient?name=a${e}`, { resourceType: 'Patient' }),
  'the criteria of a patch': (_, e) =>
    json('PATCH', `/Patient?name=a${e}`, [{ op: 'remove', path: '/name' }], {
      'content-type': 'application/json-patch+json',
    }),
  'the criteria of an entry': (_, e) => {
    const resource = { resourceType: 'Patient' };
    return json('POST', '/', {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ resource, request: { method: 'PUT', url: `Patient?name=a${e}` } }],
    });
  },
  'a conditional reference of an entry': (_, e) => {
    const resource = { resourceType: 'Observation', subject: { reference: `Patient?name=a${e}` } };
    return json('POST', '/', {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ resource, request: { method: 'POST', url: 'Observation' } }],
    });
  },
  'the criteria of a deletion': (_, e) => ({ method: 'DELETE', path: `/Patient?name=a${e}` }),
  'a conditional reference': (_, e) =>
    json('POST', '/Observation', {
      ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' } },
      subject: { reference: `Patient?name=a${e}` },
    }),
};

/** Places where a search or criteria are read, each with the parameter that is told. Outside of a transaction no reference is. */
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

/** @throws AssertionError unless the search, or that of the first entry, is refused in words that name parameter, character and cure */
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

/** U+FFFF is stored and found as any other character; half of a character is the sign for what cannot be read, once decoded. */
const isControl = (c: string): boolean => c < ' ';

test('every place of a search has its parameter', () => {
  for (const place of Object.keys(searched)) assert.ok(Object.hasOwn(places, place), place);
});

/** In JSON text, as a filter and a body have it. */
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
