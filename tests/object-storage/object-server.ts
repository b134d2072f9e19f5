/**
 * A server of S3's protocol for tests: it keeps objects in memory, checks signatures (AWS Signature Version 4) and digests of bodies, and can be told to fail.
 * Beside it the tests take moto where that is installed (moto.ts), which others wrote.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export const accessKey = { id: 'AKIDEXAMPLE', secret: 'a-secret-of-the-bucket-6c1d' } as const;

/** A refusal, with the word of the catalogue of S3; or what a broken server does. */
export type Fault =
  { readonly status: number; readonly code: string } | 'silent' | 'drip' | 'short' | 'long' | 'no range';

export interface ObjectServer {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>;
  /** Asked for each request; undefined: it is served. */
  fault: (operation: Operation, key: string) => Fault | undefined;
  /** Milliseconds by which its clock is ahead: requests are refused that differ by a quarter of an hour. */
  ahead: number;
  /** Objects are taken without a key. */
  isPublic: boolean;
  /** `put`, `get`, `list` and `remove`, as they came. */
  readonly asked: string[];
  /** Header fields and addresses of all requests, as text. */
  readonly seen: string[];
  close(): Promise<void>;
}

type Operation = 'put' | 'get' | 'list' | 'remove' | 'remove one';

interface Options {
  readonly bucket: string;
  readonly region?: string;
  /** Keys of one page of a list. */
  readonly page?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function openObjectServer({
  bucket,
  region = 'us-east-1',
  page = 3,
  tls,
}: Options): Promise<ObjectServer> {
  const objects = new Map<string, Buffer>();
  const opened: ObjectServer = {
    endpoint: '',
    objects,
    fault: () => undefined,
    isPublic: false,
    ahead: 0,
    asked: [],
    seen: [],
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const url = new URL(request.url ?? '', 'http://x');
    opened.seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.rawHeaders.join(' ')}`);
    const refuse = (status: number, code: string): void => {
      response.writeHead(status, { 'content-type': 'application/xml', date: clock().toUTCString() });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>at ${bucket}</Message></Error>`);
    };
    const clock = (): Date => new Date(Date.now() + opened.ahead);
    const isOpen = opened.isPublic && request.method === 'GET' && request.headers.authorization === undefined;
    const wrong = isOpen ? undefined : faultOfSignature(request, { url, body, region, now: clock() });
    if (wrong !== undefined) {
      refuse(403, wrong);
      return;
    }
    const [, name, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (name !== bucket) {
      refuse(404, 'NoSuchBucket');
      return;
    }
    const key = rest.join('/');
    const methods: Readonly<Record<string, Operation>> = { PUT: 'put', POST: 'remove', DELETE: 'remove one' };
    const operation = methods[request.method ?? ''] ?? (key === '' ? 'list' : 'get');
    opened.asked.push(operation);
    const fault = opened.fault(operation, key);
    if (fault === 'silent') return;
    if (typeof fault === 'object') {
      refuse(fault.status, fault.code);
      return;
    }
    if (operation === 'put') {
      objects.set(key, body);
      response.end();
    } else if (operation === 'remove') {
      for (const [, each = ''] of body.toString('utf8').matchAll(/<Key>([^<]*)<\/Key>/g)) objects.delete(each);
      response.end('<DeleteResult></DeleteResult>');
    } else if (operation === 'remove one') {
      objects.delete(key);
      response.writeHead(204).end();
    } else if (operation === 'list') response.end(listOf(objects, url.searchParams, page));
    else sendObject(objects.get(key), request.headers.range, fault, { response, refuse });
  };
  const listen = (request: IncomingMessage, response: ServerResponse): void => void serve(request, response);
  const server: Server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return Object.assign(opened, { endpoint: `${tls === undefined ? 'http' : 'https'}://localhost:${String(port)}` });
}

function sendObject(
  object: Buffer | undefined,
  range: string | undefined,
  fault: Fault | undefined,
  { response, refuse }: { response: ServerResponse; refuse: (status: number, code: string) => void },
): void {
  if (object === undefined) {
    refuse(404, 'NoSuchKey');
    return;
  }
  const [, first = '0', last = String(object.length - 1)] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const part = object.subarray(Number(first), Number(last) + 1);
  if (fault === 'no range') return void response.end(object);
  if (fault === 'drip') {
    drip(response, part);
    return;
  }
  const lie = fault === 'long' ? Buffer.concat([part, Buffer.from('more')]) : part;
  response.writeHead(range === undefined ? 200 : 206, {
    'content-range': `bytes ${first}-${last}/${String(object.length)}`,
    ...(fault !== 'long' && { 'content-length': String(part.length) }),
  });
  if (fault !== 'short') return void response.end(lie);
  response.write(part.subarray(0, part.length - 1));
  setTimeout(() => response.destroy(), 20);
}

/** Sends something all the time, and is never at the end. */
function drip(response: ServerResponse, part: Buffer): void {
  response.writeHead(206, { 'content-length': String(part.length) });
  let at = 0;
  const timer = setInterval(() => response.write(part.subarray(at, (at += 1))), 50);
  response.on('close', () => {
    clearInterval(timer);
  });
}

function listOf(objects: Map<string, Buffer>, asked: URLSearchParams, page: number): string {
  const prefix = asked.get('prefix') ?? '';
  const delimiter = asked.get('delimiter');
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  const folderOf = (key: string): string | undefined => {
    const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + 1);
  };
  const entries = [...new Set(keys.map((key) => folderOf(key) ?? key))];
  const from = Number(asked.get('continuation-token') ?? 0);
  const told = entries.slice(from, from + page).map((entry) => {
    const object = objects.get(entry);
    return object === undefined
      ? `<CommonPrefixes><Prefix>${entry}</Prefix></CommonPrefixes>`
      : `<Contents><Key>${entry}</Key><Size>${String(object.length)}</Size></Contents>`;
  });
  const isMore = from + page < entries.length;
  const next = isMore ? `<NextContinuationToken>${String(from + page)}</NextContinuationToken>` : '';
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${String(isMore)}</IsTruncated>${next}${told.join('')}</ListBucketResult>`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html @returns the word for what is wrong with it */
function faultOfSignature(
  request: IncomingMessage,
  { url, body, region, now }: { url: URL; body: Buffer; region: string; now: Date },
): string | undefined {
  const { authorization = '', 'x-amz-date': date = '', 'x-amz-content-sha256': digest = '' } = request.headers;
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/;
  const [, id, day = '', place, signed = '', signature] = found.exec(authorization) ?? [];
  if (signature === undefined) return 'AccessDenied';
  if (id !== accessKey.id) return 'InvalidAccessKeyId';
  if (place !== region) return 'AuthorizationHeaderMalformed';
  const stamped = Date.parse(String(date).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(stamped - now.getTime()) < 15 * 60_000)) return 'RequestTimeTooSkewed';
  if (digest !== createHash('sha256').update(body).digest('hex')) return 'XAmzContentSHA256Mismatch';
  const query = [...url.searchParams].map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const fields = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, url.pathname, query.sort().join('&'), fields.join(''), signed, digest].join('\n');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (made, part) => createHmac('sha256', made).update(part).digest(),
    `AWS4${accessKey.secret}`,
  );
  return createHmac('sha256', key).update(text).digest('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}
