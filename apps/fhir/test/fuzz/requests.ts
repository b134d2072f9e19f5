/** Requests of all kinds, most of them nearly correct, because a completely wrong request is refused early. */
import { gzipSync } from 'node:zlib';
import type { FuzzRequest } from './client.ts';
import type { Example } from './examples.ts';
import { mutated, sometimesOther, textOf } from './mutations.ts';
import { randomSource, type Random } from '../../../../tests/random.ts';
import { searchQuery } from './searches.ts';

const ids = Array.from({ length: 40 }, (_, n) => `f${n}`);
const oddIds = ['a_b', '%00', '%E0', '..', '.', 'x'.repeat(65), 'x'.repeat(400), 'ж', '$meta', '_history', '%2F', ''];
const oddTypes = ['patient', 'Parameters', 'Resource', 'DomainResource', '__proto__', '$x', '_search', '*', 'a/b', ''];
const oddQueries = [
  '?',
  '?&&&',
  '?=',
  '?a',
  '?%',
  '?_format=xml',
  '?_pretty=true',
  '?_summary=true',
  '?_format=%00',
  '?access_token=x',
];
const operations = ['$meta', '$meta-add', '$meta-delete', '$everything', '$document', '$validate', '$x', '$'];
const everythingQueries = [
  '',
  '?_count=2',
  '?_type=Observation',
  '?start=2020&end=2027-01',
  '?_since=2026-01-01T00:00:00Z',
  '?start=x',
  '?_cursor=x',
];
const contentTypes = [
  'text/plain',
  'application/xml',
  'application/fhir+xml',
  'application/json-patch+json',
  'x',
  'multipart/form-data',
  'application/fhir+json; fhirVersion=4.0',
  'application/x-www-form-urlencoded',
];
const oddHeaders: readonly (readonly [string, readonly string[]])[] = [
  [
    'accept',
    ['application/fhir+xml', 'text/html', 'x', '*/*;q=0', 'application/fhir+json;fhirVersion=5.0', ',,,', 'image/png'],
  ],
  ['accept-encoding', ['gzip', 'br', 'gzip;q=0', 'x', '*']],
  ['accept-language', ['ru', 'uz-Cyrl', 'x;q=9', '*', '']],
  [
    'prefer',
    ['return=minimal', 'return=representation', 'return=OperationOutcome', 'handling=lenient', 'respond-async', 'x'],
  ],
  ['if-match', ['W/"1"', '"1"', '*', 'x', 'W/"99999999999"', '']],
  ['if-none-match', ['W/"1"', '*', 'x']],
  ['if-modified-since', ['Wed, 25 Nov 2026 00:00:00 GMT', 'x']],
  ['if-none-exist', ['identifier=x|1', '?', 'x=y', '_id=f1', 'name=a&_count=1', '%', 'identifier=%00']],
  ['if-unmodified-since', ['Wed, 25 Nov 2026 00:00:00 GMT']],
  ['x-request-id', ['fuzz-1', '<x>', 'y'.repeat(500)]],
  ['content-encoding', ['gzip', 'br', 'deflate', 'zstd', 'identity']],
  ['x-security-context', ['Patient/f1', 'x']],
  ['origin', ['https://app.example', 'null', 'x']],
  ['access-control-request-method', ['PUT']],
  ['authorization', ['', 'Bearer x', 'Basic eDp5', 'Bearer a.b.c']],
  ['x-cascade', ['delete', 'x']],
];

/** The request with this number; the same for the same seed. */
export function fuzzRequest(seed: number, number: number, examples: readonly Example[]): FuzzRequest {
  const random = randomSource(seed, number);
  const kinds = [write, write, write, patch, bundle, search, search, read, operation, conditional, history];
  const made = random.pick(kinds)(random, examples);
  return withOddities(made, random);
}

function write(random: Random, examples: readonly Example[]): FuzzRequest {
  const { type, resource } = random.pick(examples);
  const document = mutated(resource, random);
  const at = sometimesOther(type, oddTypes, random);
  if (random.oneIn(2)) return withBody('POST', `/${at}`, textOf(document, random));
  const id = sometimesOther(random.pick(ids), oddIds, random);
  if (!random.oneIn(5)) document['id'] = id;
  return withBody('PUT', `/${at}/${id}`, textOf(document, random));
}

function patch(random: Random, examples: readonly Example[]): FuzzRequest {
  const { type, resource } = random.pick(examples);
  const path = `/${type}/${random.pick(ids)}`;
  const members = Object.keys(resource);
  const pointer = (): string =>
    `/${random.pick([...members, 'meta', 'id', 'x', '-', '0', '~1', '~2', ''])}${random.pick(['', '/0', '/-', '/0/x'])}`;
  const value = resource[random.pick(members)];
  if (random.oneIn(2)) {
    const operations = Array.from({ length: 1 + random.below(4) }, () => ({
      op: random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']),
      path: pointer(),
      from: pointer(),
      value: random.oneIn(3) ? null : value,
    }));
    return withBody(
      'PATCH',
      path,
      textOf(random.oneIn(4) ? mutated({ operations }, random) : operations, random),
      'application/json-patch+json',
    );
  }
  const member = random.pick(members);
  const part = [
    { name: 'type', valueCode: random.pick(['add', 'insert', 'delete', 'replace', 'move', 'x']) },
    {
      name: 'path',
      valueString: random.pick([
        type,
        `${type}.${member}`,
        `${type}.${member}[0]`,
        '1+1',
        '(',
        `${type}.descendants()`,
      ]),
    },
    { name: 'name', valueString: member },
    { name: 'value', [random.pick(['valueString', 'valueCode', 'valueHumanName', 'valueReference'])]: value },
    { name: 'index', valueInteger: random.below(4) },
  ];
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] };
  return withBody('PATCH', path, textOf(mutated(parameters, random), random));
}

function bundle(random: Random, examples: readonly Example[]): FuzzRequest {
  const urn = (n: number): string => `urn:uuid:00000000-0000-4000-8000-00000000000${n}`;
  const entry = Array.from({ length: random.below(6) }, (_, n): object => {
    const { type, resource } = random.pick(examples);
    const id = random.pick(ids);
    const subject = {
      reference: random.pick([urn(0), urn(n), 'Patient/f1', `Patient?_id=${id}`, 'Patient?identifier=x|1']),
    };
    const document = mutated({ ...resource, id, ...(random.oneIn(2) ? { subject } : {}) }, random);
    const criteria = random.pick(['', '', '', `?_id=${id}`, '?identifier=x|1', '?name=a&_count=2', '?']);
    const request = {
      ...random.pick([
        { method: 'POST', url: type },
        { method: 'POST', url: type, ifNoneExist: `_id=${id}` },
        { method: 'PUT', url: criteria === '' ? `${type}/${id}` : type + criteria },
        { method: 'DELETE', url: criteria === '' ? `${type}/${id}` : type + criteria },
        { method: 'GET', url: `${type}/${id}` },
        { method: 'GET', url: `${type}?${searchQuery(type, random)}` },
        { method: 'PATCH', url: `${type}/${id}` },
        { method: 'POST', url: `${type}/${id}/$meta` },
      ]),
      ...(random.oneIn(8) ? { ifMatch: 'W/"1"' } : {}),
    };
    return { ...(random.oneIn(2) ? { fullUrl: urn(n) } : {}), resource: document, request };
  });
  const type = random.pick(['transaction', 'batch', 'transaction', 'batch', 'document', 'x']);
  const document = { resourceType: 'Bundle', type, entry };
  return withBody(
    'POST',
    random.oneIn(20) ? '/Bundle' : '',
    textOf(random.oneIn(2) ? mutated(document, random) : document, random),
  );
}

function search(random: Random, examples: readonly Example[]): FuzzRequest {
  const { type } = random.pick(examples);
  const query = searchQuery(type, random);
  switch (random.below(6)) {
    case 0:
      return withBody('POST', `/${type}/_search`, Buffer.from(query), 'application/x-www-form-urlencoded');
    case 1:
      return {
        method: 'GET',
        path: `/Patient/${random.pick(ids)}/${random.pick([type, '*', 'Observation'])}?${query}`,
        headers: {},
      };
    case 2:
      return { method: 'GET', path: `?_type=${type}&${query}`, headers: {} };
    default:
      return {
        method: random.oneIn(20) ? 'HEAD' : 'GET',
        path: `/${sometimesOther(type, oddTypes, random)}?${query}`,
        headers: {},
      };
  }
}

function read(random: Random, examples: readonly Example[]): FuzzRequest {
  const type = sometimesOther(random.pick(examples).type, oddTypes, random);
  const id = sometimesOther(random.pick(ids), oddIds, random);
  const path = random.pick([
    `/${type}/${id}`,
    `/${type}/${id}`,
    `/${type}/${id}/_history/${random.pick(['1', '2', '0', 'x', '99999999999'])}`,
  ]);
  return {
    method: random.pick(['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE', 'PROPFIND']),
    path,
    headers: {},
  };
}

function history(random: Random, examples: readonly Example[]): FuzzRequest {
  const { type } = random.pick(examples);
  const path = random.pick([
    '/_history',
    `/${type}/_history`,
    `/${type}/${random.pick(ids)}/_history`,
    '/metadata',
    '/OperationDefinition/dhp-Resource-meta',
    '/',
  ]);
  const query = random.pick([
    '',
    '?_count=2',
    '?_since=2026',
    '?_at=2026-11',
    '?_sort=-_lastUpdated',
    '?_sort=x',
    '?_cursor=x',
    '?_before=2',
    '?mode=terminology',
    '?_count=x',
  ]);
  return { method: 'GET', path: path + query, headers: {} };
}

function operation(random: Random, examples: readonly Example[]): FuzzRequest {
  const type = random.pick(['Patient', 'Encounter', 'Composition', random.pick(examples).type]);
  const code = random.pick(operations);
  const path = random.pick([
    `/${type}/${random.pick(ids)}/${code}`,
    `/${type}/${random.pick(ids)}/${code}`,
    `/${type}/${code}`,
    `/${code}`,
  ]);
  if (random.oneIn(2)) return { method: 'GET', path: path + random.pick(everythingQueries), headers: {} };
  const meta = { tag: [{ system: 'urn:x', code: random.pick(['a', 'b']) }], profile: ['urn:p'] };
  const parameter = [
    random.pick([
      { name: 'meta', valueMeta: meta },
      { name: 'persist', valueBoolean: true },
      { name: '_type', valueCode: type },
    ]),
  ];
  return withBody('POST', path, textOf(mutated({ resourceType: 'Parameters', parameter }, random), random));
}

function conditional(random: Random, examples: readonly Example[]): FuzzRequest {
  const { type, resource } = random.pick(examples);
  const query = random.oneIn(2) ? `_id=${random.pick(ids)}` : searchQuery(type, random);
  const document = textOf(mutated(resource, random), random);
  const method = random.pick(['PUT', 'DELETE', 'PATCH', 'POST']);
  if (method === 'DELETE') return { method, path: `/${type}?${query}`, headers: {} };
  if (method === 'POST') {
    const made = withBody(method, `/${type}`, document);
    return { ...made, headers: { ...made.headers, 'if-none-exist': printable(query) } };
  }
  if (method === 'PUT') return withBody(method, `/${type}?${query}`, document);
  return withBody(
    method,
    `/${type}?${query}`,
    Buffer.from('[{"op":"add","path":"/language","value":"uz"}]'),
    'application/json-patch+json',
  );
}

function withBody(method: string, path: string, body: Buffer, contentType = 'application/fhir+json'): FuzzRequest {
  return { method, path, body, headers: { 'content-type': contentType } };
}

function withOddities(made: FuzzRequest, random: Random): FuzzRequest {
  const headers: Record<string, string> = { ...made.headers };
  let { path, body } = made;
  for (let n = random.oneIn(3) ? 1 + random.below(3) : 0; n > 0; n -= 1) {
    const [name, values] = random.pick(oddHeaders);
    headers[name] = random.pick(values);
  }
  if (random.oneIn(12)) headers['content-type'] = random.pick(contentTypes);
  if (!path.includes('?') && random.oneIn(12)) path += random.pick(oddQueries);
  if (headers['content-encoding'] === 'gzip' && body !== undefined && !random.oneIn(3)) body = gzipSync(body);
  return { ...made, path: printable(path), headers, ...(body === undefined ? {} : { body }) };
}

/** Replaces characters that cannot be in a request line or a header. */
function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, (character) => (character < '\u0100' ? '%20' : '%D0%B6'));
}
