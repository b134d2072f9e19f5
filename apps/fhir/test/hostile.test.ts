import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startServer, type RequestOptions, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ corsOrigins: '*', requireIfMatch: false });
});
after(() => server.close());

/** Returns the same numbers for the same seed, so that failures can be repeated. */
function randomSource(seed: number): { below: (n: number) => number; pick: <T>(choices: readonly T[]) => T } {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % n;
  };
  return { below, pick: (choices) => choices[below(choices.length)]! };
}

type Random = ReturnType<typeof randomSource>;

const members =
  'meta text contained name active _active extension modifierExtension data contentType entry type birthDate'.split(
    ' ',
  );
const values = [
  null,
  true,
  -0,
  'x',
  [],
  {},
  [null],
  [[]],
  { resourceType: 'Patient' },
  { resourceType: 5 },
  { tag: 'x' },
];
const pointers = [
  '',
  '/',
  '/name',
  '/name/0',
  '/name/-',
  '/meta',
  '/id',
  '/active',
  '/__proto__',
  '/a~2',
  '/meta/versionId',
];
const paths = ['Patient', 'Patient.name', 'Patient.name[0]', 'Patient.meta', '1+1', 'Patient.name.where(', '%resource'];
const junk = [
  '',
  '__proto__',
  'name',
  'Patient.name',
  '\u0000',
  'true',
  'text',
  'count',
  'x'.repeat(300),
  'ж',
  'xml',
  'json',
  '*/*',
];
const accepts = [
  'application/fhir+xml',
  'application/fhir+json',
  '*/*',
  'text/plain',
  ',;q',
  'application/fhir+xml;q=2',
];

function resource({ below, pick }: Random, type: string, id: string): string {
  const more = Array.from({ length: below(5) }, () => [pick(members), pick(values)] as const);
  return JSON.stringify({ resourceType: type, id, ...Object.fromEntries([...more, ['__proto__', pick(values)]]) });
}

function xml({ pick }: Random, type: string, id: string): string {
  const inside = pick([
    '',
    '<active value="true"/>',
    '<data value="aGk="/>',
    '<contained><Patient/></contained>',
    '<x/>',
  ]);
  return `<${type} xmlns="http://hl7.org/fhir"><id value="${id}"/>${inside}</${type}>`;
}

function jsonPatch({ below, pick }: Random): string {
  const operation = (): object => ({
    op: pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']),
    path: pick(pointers),
    from: pick(pointers),
    value: pick(values),
  });
  return JSON.stringify(Array.from({ length: below(4) }, operation));
}

function fhirPathPatch({ below, pick }: Random): string {
  const part = [
    { name: 'type', valueCode: pick(['add', 'insert', 'delete', 'replace', 'move', 'x']) },
    { name: 'path', valueString: pick(paths) },
    { name: 'name', valueString: pick(members) },
    { name: 'value', [pick(['valueString', 'valueDate', 'valueHumanName', 'valueX'])]: pick(values) },
    { name: 'index', valueInteger: below(4) },
  ];
  return JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'operation', part }] });
}

/** Some bytes changed, or the end cut off. */
function damaged({ below, pick }: Random, text: string): Buffer {
  const bytes = Buffer.from(text);
  for (let n = below(3); n > 0; n -= 1) bytes[below(bytes.length)] = pick([0, 34, 38, 60, 123, 255]);
  return below(5) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
}

function request(random: Random): { method: string; path: string; options: RequestOptions } {
  const { below, pick } = random;
  const method = pick(['GET', 'GET', 'PUT', 'PUT', 'POST', 'PATCH', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']);
  const [type, id] = [pick(['Patient', 'Binary', 'Bundle', 'Basic']), pick(['f1', 'f2', 'f3'])];
  const headers: Record<string, string> = { accept: pick(accepts) };
  if (below(10) === 0) headers['if-match'] = pick(['*', 'W/"1"', 'x']);
  if (below(10) === 0) headers['if-none-match'] = pick(['*', 'W/"1"', 'x']);
  const query =
    below(3) === 0 ? `?${pick(['_format', '_pretty', '_summary', '_elements'])}=${encodeURIComponent(pick(junk))}` : '';
  const inside = method === 'GET' ? pick(['', '/_history', '/_history/1']) : '';
  const path = (method === 'POST' ? `/${type}` : `/${type}/${id}${inside}`) + query;
  if (!['PUT', 'POST', 'PATCH'].includes(method)) return { method, path, options: { headers } };

  const kinds = method === 'PATCH' ? [jsonPatch, fhirPathPatch] : [resource, xml];
  const kind = pick(kinds);
  const text = kind(random, type, id);
  const types = { '[': 'application/json-patch+json', '{': 'application/fhir+json', '<': 'application/fhir+xml' };
  headers['content-type'] =
    below(8) === 0 ? pick(['image/png', 'text/xml', 'x']) : types[text.charAt(0) as keyof typeof types];
  let body = below(4) === 0 ? damaged(random, text) : Buffer.from(text);
  if (below(6) === 0) {
    headers['content-encoding'] = pick(['gzip', 'br', 'deflate']);
    body = below(2) === 0 ? gzipSync(body) : body;
  }
  return { method, path, options: { headers, body } };
}

test('whatever is sent, nothing is a fault of the server, and what works is common', async () => {
  const random = randomSource(20_261_125);
  const statuses = new Set<number>();
  for (let n = 0; n < 1_000; n += 1) {
    const { method, path, options } = request(random);
    const { status, text } = await server.request(method, path, options);
    assert.ok(status < 500, `request ${n}: ${method} ${path} ${JSON.stringify(options.headers)}: ${text}`);
    statuses.add(status);
  }
  for (const status of [200, 201, 204, 400, 406, 410, 415, 422]) assert.ok(statuses.has(status), `no ${status}`);
});
