/** Measures for how long each kind of request about a large resource occupies the thread of a FHIR server without a pause. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { startServer, type TestServer } from '../../../apps/fhir/test/environment.ts';
import { largeBodies } from '../large-bodies.ts';
import type { Answered, Asked } from './client-thread.ts';
import { watchThread, type Stretch } from './watch.ts';

export interface Measured extends Stretch {
  readonly request: string;
  readonly status: number;
  /** Bytes of the body that was sent, and of the one that came back. */
  readonly sent: number;
  readonly received: number;
}

export interface StretchesOptions {
  /** Bytes of each body, about. */
  readonly size: number;
  readonly profiles?: boolean;
  /** Names of requests that are measured; all when absent. */
  readonly only?: RegExp | undefined;
  readonly onMeasured?: (measured: Measured) => void;
}

interface RequestStep {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | undefined;
  /** Status of the answer; 200 or 201 when absent. */
  readonly status?: number;
}

const json = 'application/fhir+json';
const minimal = { prefer: 'return=minimal' };

/** Starts a FHIR server in this process, and sends each kind of request once. Rejects when one is not answered as it should be. */
export async function measureStretches(options: StretchesOptions): Promise<readonly Measured[]> {
  const { size, only } = options;
  const bodyLimit = Math.ceil(1.1 * size) + 1024 ** 2;
  const server = await startServer({
    ...{ bodyLimit, requireIfMatch: false },
    costs: { bytes: 64 * size },
    bytesInFlight: 64 * size,
  });
  const client = new Worker(new URL('client-thread.ts', import.meta.url));
  const ask = async (asked: Asked): Promise<Answered> => {
    client.postMessage(asked);
    const [answered] = (await once(client, 'message')) as [Answered];
    return answered;
  };
  const all: Measured[] = [];
  try {
    const token = await server.sso.token();
    // The first request loads code, which is not to be measured.
    await warmUp(server);
    for (const { name, method, path, headers = {}, body, status: wanted } of steps(size)) {
      if (only !== undefined && !only.test(name) && !name.startsWith('create')) continue;
      const end = await watchThread({ profiles: options.profiles ?? false });
      const authorized = { authorization: `Bearer ${token}`, 'accept-language': 'en', ...headers };
      const asked = { url: `${server.url}${path}`, method, headers: authorized };
      const { status, bytes, text, error } = await ask(body === undefined ? asked : { ...asked, body });
      const measured = { request: name, status, sent: body?.length ?? 0, received: bytes, ...(await end()) };
      if (wanted === undefined ? status < 200 || status > 299 : status !== wanted)
        throw new Error(`${name}: ${status} ${error ?? text.slice(0, 1_000)}`);
      options.onMeasured?.(measured);
      all.push(measured);
    }
    return all;
  } finally {
    await client.terminate();
    await server.close();
  }
}

/** Sends small requests of these kinds. */
async function warmUp(server: TestServer): Promise<void> {
  for (const { name, method, path, headers = {}, body, status: wanted = 299 } of steps(2_000)) {
    const { status, text } = await server.request(method, path.replaceAll('large', 'small'), {
      headers,
      ...(body && { body: body.toString().replaceAll('"large', '"small') }),
    });
    if (status > wanted) throw new Error(`${name}: ${status} ${text.slice(0, 500)}`);
  }
}

function steps(size: number): readonly RequestStep[] {
  const [response, collection, transaction, binary] = largeBodies(size);
  const text = response!.bytes.toString();
  const named = Buffer.from(text.replace('{"resourceType"', '{"id":"large-1","resourceType"'));
  const typed = (contentType: string): Record<string, string> => ({ 'content-type': contentType, ...minimal });
  const one = '/QuestionnaireResponse/large-1';
  const patch = [{ op: 'replace', path: '/status', value: 'amended' }];
  const inside = Buffer.from(`{"resourceType":"Parameters","parameter":[{"name":"resource","resource":${text}}]}`);
  // The fault is at the end, and everywhere.
  const last = text.lastIndexOf('"text":');
  const wrong = Buffer.from(`${text.slice(0, last)}"unknown":${text.slice(last + '"text":'.length)}`);
  const allWrong = Buffer.from(text.replaceAll('"text":', '"unknown":'));
  const entry = (kind: string): Buffer =>
    Buffer.from(
      `{"resourceType":"Bundle","type":"${kind}","entry":[{"fullUrl":"urn:uuid:6ee39d7c-9b6b-4f5c-8a5c-2f4f4a3f9f10","resource":${text},"request":{"method":"POST","url":"QuestionnaireResponse"}}]}`,
    );
  return [
    { name: 'create, QuestionnaireResponse', method: 'PUT', path: one, headers: typed(json), body: named },
    { name: 'create, Bundle', method: 'POST', path: '/Bundle', headers: typed(json), body: collection!.bytes },
    { name: 'create, Binary', method: 'POST', path: '/Binary', headers: typed('application/pdf'), body: binary!.bytes },
    { name: 'transaction of small entries', method: 'POST', path: '/', headers: typed(json), body: transaction!.bytes },
    {
      name: 'transaction of one large entry',
      method: 'POST',
      path: '/',
      headers: typed(json),
      body: entry('transaction'),
    },
    { name: 'batch of one large entry', method: 'POST', path: '/', headers: typed(json), body: entry('batch') },
    {
      name: 'update, with the content back',
      method: 'PUT',
      path: one,
      headers: { 'content-type': json },
      body: changed(named),
    },
    { name: 'update that changes nothing', method: 'PUT', path: one, headers: typed(json), body: changed(named) },
    {
      name: 'patch',
      method: 'PATCH',
      path: one,
      headers: typed('application/json-patch+json'),
      body: Buffer.from(JSON.stringify(patch)),
    },
    {
      name: '$validate',
      method: 'POST',
      path: '/QuestionnaireResponse/$validate',
      headers: typed(json),
      body: Buffer.from(text),
    },
    {
      name: '$validate, in Parameters',
      method: 'POST',
      path: '/QuestionnaireResponse/$validate',
      headers: typed(json),
      body: inside,
    },
    {
      name: '$validate, all wrong',
      method: 'POST',
      path: '/QuestionnaireResponse/$validate',
      headers: typed(json),
      body: allWrong,
    },
    {
      name: 'create, refused',
      method: 'POST',
      path: '/QuestionnaireResponse',
      headers: typed(json),
      body: wrong,
      status: 422,
    },
    { name: 'read', method: 'GET', path: one },
    { name: 'read, gzip', method: 'GET', path: one, headers: { 'accept-encoding': 'gzip' } },
    { name: 'read, _elements', method: 'GET', path: `${one}?_elements=status` },
    { name: 'read, XML', method: 'GET', path: one, headers: { accept: 'application/fhir+xml' } },
    { name: 'vread', method: 'GET', path: `${one}/_history/1` },
    { name: 'search page', method: 'GET', path: '/QuestionnaireResponse?_count=3' },
    { name: 'search page, _elements', method: 'GET', path: '/QuestionnaireResponse?_count=2&_elements=status' },
    { name: 'history', method: 'GET', path: `${one}/_history?_count=2` },
    {
      name: 'create from XML',
      method: 'POST',
      path: '/QuestionnaireResponse',
      headers: typed('application/fhir+xml'),
      body: xml(size),
    },
  ];
}

function changed(body: Buffer): Buffer {
  return Buffer.from(body.toString().replace('"completed"', '"in-progress"'));
}

/** A QuestionnaireResponse in XML of about this many bytes. */
function xml(size: number): Buffer {
  const head =
    '<QuestionnaireResponse xmlns="http://hl7.org/fhir"><questionnaire value="https://example.uz/Questionnaire/long"/><status value="completed"/>';
  const items: string[] = [];
  for (let [n, length] = [0, 0]; length < size; n += 1) {
    const item = `<item><linkId value="${n}"/><text value="Savol № ${n}"/><answer><valueString value="Answer ${n}: ${'yes '.repeat(10)}."/></answer></item>`;
    items.push(item);
    length += item.length;
  }
  return Buffer.from(`${head}${items.join('')}</QuestionnaireResponse>`);
}
