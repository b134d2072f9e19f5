/** HTTP: OPTIONS and CORS, methods and paths that are not served, media types and encodings of bodies, odd headers, public pages. */
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Random } from '../../random.ts';
import type { Sent } from '../entry.ts';
import type { Script } from '../session.ts';

const paths = [
  ...[
    '',
    '/',
    '/metadata',
    '/Patient',
    '/Patient/p1',
    '/Patient/p1/_history',
    '/Patient/p1/_history/1',
    '/_history',
    '/Patient/_search',
  ],
  ...[
    '/Patient/$validate',
    '/Patient/p1/$everything',
    '/.well-known/smart-configuration',
    '/Nothing',
    '/patient',
    '/Patient/p1/x',
    '/x/y/z/w',
  ],
  ...[
    '/Patient/a%2Fb',
    '/Patient/%00',
    '/Patient//p1',
    '/Patient/../metadata',
    '/Patient/p1/',
    '/Patient/p1?',
    '/Patient/p1?x=y',
    '/%E0%A4%A',
  ],
];
const publicPaths = [
  '/metadata',
  '/metadata?mode=terminology',
  '/metadata?mode=x',
  '/.well-known/smart-configuration',
  '/healthz',
  '/metadata?_format=xml',
  '/metadata?_summary=true',
];
const types = [
  ...[
    'application/fhir+json',
    'application/json',
    'application/fhir+json; charset=utf-8',
    'application/fhir+json; charset=latin1',
  ],
  ...[
    'application/fhir+xml',
    'text/plain',
    'multipart/form-data',
    'x',
    '',
    'application/fhir+json; fhirVersion=4.0',
    'application/x-www-form-urlencoded',
  ],
];
const bodies = [
  ...[
    '{"resourceType":"Patient"}',
    '{"resourceType":"Patient","active":true}',
    '',
    '{',
    '[]',
    'null',
    '{"resourceType":"Nothing"}',
    '{"resourceType":"Observation"}',
  ],
  ...[
    '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>',
    '<Patient/>',
    '<x',
    '{"resourceType":"Patient","resourceType":"Patient"}',
  ],
  ...[
    '{"resourceType":"Patient","id":"a b"}',
    '{"resourceType":"Patient","active":1e999}',
    '\ufeff{"resourceType":"Patient"}',
    'resourceType=Patient',
  ],
];

function cors(random: Random): Sent {
  const headers = {
    origin: random.pick(['https://app.example', 'null', 'x']),
    ...(random.oneIn(2) && { 'access-control-request-method': random.pick(['GET', 'PUT', 'PATCH', 'TRACE']) }),
    ...(random.oneIn(2) && {
      'access-control-request-headers': random.pick(['authorization', 'authorization, if-match, x-odd', '']),
    }),
  };
  const as = random.oneIn(2) ? 'none' : 'all';
  return { method: random.pick(['OPTIONS', 'OPTIONS', 'GET', 'HEAD']), path: random.pick(paths), headers, as };
}

function body(random: Random): Sent {
  const text = random.pick(bodies);
  const headers = {
    'content-type': random.pick(types),
    ...(random.oneIn(6) && { 'x-request-id': random.pick(['record-1', 'a b', 'x'.repeat(200)]) }),
    ...(random.oneIn(6) && { expect: '100-continue' }),
  };
  const method = random.pick(['POST', 'POST', 'PUT', 'PATCH']);
  const path =
    method === 'POST'
      ? random.pick(['/Patient', '/Patient', '/Observation', '', '/Patient/_search'])
      : '/Patient/protocol';
  if (!random.oneIn(4)) return { method, path, headers, body: text };
  const encoding = random.pick(['gzip', 'br', 'identity', 'x', 'deflate']);
  const encoded =
    encoding === 'gzip' ? gzipSync(text) : encoding === 'br' ? brotliCompressSync(text) : Buffer.from(text);
  return { method, path, headers: { ...headers, 'content-encoding': encoding }, body: encoded };
}

function odd(random: Random): Sent {
  const headers = random.pick<Record<string, string>>([
    {},
    { prefer: random.pick(['respond-async', 'handling=strict', 'handling=x', 'return=x']) },
    { 'if-match': 'W/"1"' },
    { 'if-none-match': '*' },
    { 'if-unmodified-since': 'Wed, 25 Nov 2026 00:00:00 GMT' },
    { range: 'bytes=0-10' },
    { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'http', 'x-forwarded-host': 'else.test' },
    { 'x-http-method-override': 'DELETE' },
    { cookie: 'a=b' },
  ]);
  return {
    method: random.pick(['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'SEARCH']),
    path: random.pick(paths),
    headers,
  };
}

export function protocol(share: number): Script {
  return {
    kind: 'protocol',
    share,
    async run(session) {
      const { random } = session;
      while (session.left > 0) {
        const make = random.pick([cors, cors, body, body, odd]);
        const isPublic = random.oneIn(8);
        await session.send(
          isPublic
            ? {
                method: random.pick(['GET', 'GET', 'HEAD']),
                path: random.pick(publicPaths),
                as: random.pick(['none', 'all']),
              }
            : make(random),
        );
      }
    },
  };
}
