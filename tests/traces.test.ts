/** Traces of a platform, as a collector of OpenTelemetry gets them: whole from the client's own span to each statement, and without a word about a patient. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fhirAt, hasStatus } from './fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';
import { freePort } from './processes.ts';

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number | string };
}
interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly traceState?: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}
interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

/** Replaces a collector: it keeps the bodies that it receives. */
function collector(): { readonly bodies: string[]; readonly server: Server } {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => (body += part));
    request.on('end', () => {
      bodies.push(body);
      assert.equal(request.url, '/v1/traces');
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  return { bodies, server };
}

const spansOf = (bodies: readonly string[]): SentSpan[] =>
  bodies
    .flatMap((body) => (JSON.parse(body) as Sent).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

const values = ({ attributes }: SentSpan): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]));

describe('traces', () => {
  const { bodies, server } = collector();
  let home: Home;
  let platform: Platform;
  let client: Credentials;
  let token: string;
  before(async () => {
    const port = await freePort();
    server.listen(port, '127.0.0.1');
    const environment = { DHP_TRACES: `http://127.0.0.1:${String(port)}`, DHP_TRACES_SHARE: '100%' };
    home = await openHome({ begins: 'migrated', serves: 'sso,fhir', environment });
    platform = await home.start();
    client = await home.createClient();
    token = await getToken(platform.urls.sso, client);
  });
  after(async () => {
    await home.close();
    server.close();
  });

  const traceOf = async (id: string): Promise<SentSpan[]> => {
    const until = Date.now() + 20_000;
    let found: SentSpan[] = [];
    while (Date.now() < until && !found.some(({ kind }) => kind === 2)) {
      await delay(200);
      found = spansOf(bodies).filter(({ traceId }) => traceId === id);
    }
    return found;
  };
  const ask = (path: string, traceId: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${platform.urls.playground}/${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/fhir+json',
        traceparent: `00-${traceId}-00f067aa0ba902b7-00`,
        tracestate: 'clinic=zulfiqorova',
        ...(init.headers as Record<string, string> | undefined),
      },
    });

  it('go from the span of the client to each statement', async () => {
    const id = 'a'.repeat(31) + '1';
    const body = JSON.stringify({ resourceType: 'Patient', name: [{ family: 'Zulfiqorova' }] });
    assert.equal((await ask('Patient', id, { method: 'POST', body })).status, 201);
    const spans = await traceOf(id);
    const request = spans.find(({ kind }) => kind === 2)!;
    assert.equal(request.parentSpanId, '00f067aa0ba902b7');
    assert.equal(request.name, 'POST create');
    const { 'dhp.request_id': requestId, ...known } = values(request);
    assert.match(String(requestId), /^[\da-f-]{36}$/);
    assert.deepEqual(known, {
      'http.request.method': 'POST',
      'http.route': 'create',
      'http.response.status_code': 201,
    });
    const below = spans.filter((span) => span !== request);
    assert.ok(below.every(({ parentSpanId }) => parentSpanId === request.spanId));
    assert.ok(
      below.some(({ name }) => name.startsWith('batch ')),
      below.map(({ name }) => name).join(),
    );
    const read = 'b'.repeat(31) + '1';
    assert.equal((await ask('Patient?family=Zulfiqorova', read)).status, 200);
    const statements = (await traceOf(read)).filter((span) => values(span)['db.system.name'] === 'postgresql');
    assert.ok(statements.length > 0);
    for (const statement of statements) assert.match(String(values(statement)['dhp.statement']), /^[\da-f]{12}$/);
  });

  it('tell of the SSO by its routes', async () => {
    await getToken(platform.urls.sso, client);
    await fetch(`${platform.urls.sso}/.well-known/openid-configuration`);
    const until = Date.now() + 20_000;
    const named = (name: string): boolean => spansOf(bodies).some((span) => span.name === name);
    while (Date.now() < until && !named('GET /.well-known/openid-configuration')) await delay(200);
    const names = [...new Set(spansOf(bodies).map(({ name }) => name))].join();
    assert.ok(named('POST /oauth/token'), names);
    assert.ok(named('GET /.well-known/openid-configuration'), names);
  });

  it('begin anew where the client sends no trace, and no such field fails or leaves the server', async () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    const wrong = [
      ...['', '00', 'x', `00-${id}`, `00-${id}-00f067aa0ba902b7`, `ff-${id}-00f067aa0ba902b7-01`],
      ...[`00-${id.toUpperCase()}-00f067aa0ba902b7-01`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
      ...[`00-${id}-${'0'.repeat(16)}-01`, `00-${id}-00f067aa0ba902b7-01-more`, `00-${id}-00f067aa0ba902b7-zz`],
      ...[`00-${id}-00f067aa0ba902b7-01, 00-${id}-00f067aa0ba902b7-01`, '-'.repeat(8_000), 'é'],
    ];
    for (const traceparent of wrong)
      assert.equal((await ask('Patient?_count=1', '', { headers: { traceparent } })).status, 200, traceparent);
    const last = 'e'.repeat(31) + '1';
    assert.equal((await ask('Patient?_count=1', last)).status, 200);
    assert.ok((await traceOf(last)).length > 0);
    // Requests with invalid ids get a separate trace each.
    const asked = spansOf(bodies).filter(({ kind, name }) => kind === 2 && name === 'GET search-type');
    assert.ok(asked.length >= wrong.length);
    assert.ok(asked.every(({ traceId }) => /^[\da-f]{32}$/.test(traceId) && !/^0+$/.test(traceId)));
  });

  it('have nothing of a patient, a person, a token or a caller, whatever is asked and however it ends', async () => {
    const end = 'c'.repeat(31) + '1';
    const fhir = fhirAt(platform.urls.playground, token);
    hasStatus(await fhir('PUT', 'Patient/zulfiqorova-77', { resourceType: 'Patient', id: 'zulfiqorova-77' }), 201);
    await ask('Patient/zulfiqorova-77', end, { headers: { 'x-request-id': 'zulfiqorova' } });
    await ask('Patient?identifier=urn:x|30101860123456&_sort=name', end);
    await ask('Zulfiqorova/30101860123456', end);
    await ask('Patient/$zulfiqorova?zulfiqorova=1', end);
    await ask('Patient', end, { method: 'POST', body: '{"resourceType":"Zulfiqorova"' });
    await ask('Patient', end, { headers: { authorization: 'Bearer zulfiqorova.30101860123456' } });
    await fetch(`${platform.urls.sso}/sign-in/zulfiqorova?login_hint=30101860123456`);
    const entry = [{ request: { method: 'GET', url: 'Patient?family=Zulfiqorova' } }];
    await ask('', end, { method: 'POST', body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }) });
    const all = async (): Promise<number> => (await traceOf(end)).filter(({ kind }) => kind === 2).length;
    const until = Date.now() + 20_000;
    while (Date.now() < until && (await all()) < 7) await delay(200);
    assert.equal(await all(), 7);
    const sent = bodies.join('\n').toLowerCase();
    for (const secret of ['zulfiqorova', '30101860123456', token.slice(-40), client.client_secret, client.client_id])
      assert.ok(!sent.includes(secret.toLowerCase()), secret);
    const keys = new Set(spansOf(bodies).flatMap(({ attributes }) => attributes.map(({ key }) => key)));
    const allowed = [
      ...['http.request.method', 'http.route', 'http.response.status_code', 'dhp.request_id', 'dhp.spans_left_out'],
      ...['db.system.name', 'db.operation.name', 'dhp.statement', 'dhp.batch', 'error.type'],
    ];
    assert.deepEqual(
      [...keys].filter((key) => !allowed.includes(key)),
      [],
    );
  });

  it('of a large Bundle end at a number, and say how many spans were left out', async () => {
    const id = 'd'.repeat(31) + '1';
    const entry = Array.from({ length: 600 }, () => ({ request: { method: 'GET', url: 'Patient?_summary=count' } }));
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
    assert.equal((await ask('', id, { method: 'POST', body })).status, 200);
    const spans = await traceOf(id);
    assert.ok(spans.length <= 501, String(spans.length));
    assert.ok(Number(values(spans.find(({ kind }) => kind === 2)!)['dhp.spans_left_out']) > 0, String(spans.length));
  });
});

it('a collector that is away costs no request anything, and is told of in the log', async () => {
  const away = `http://127.0.0.1:${String(await freePort())}`;
  const environment = { DHP_TRACES: away, DHP_TRACES_SHARE: '100%' };
  const home = await openHome({ begins: 'migrated', serves: 'sso,fhir', environment });
  try {
    const platform = await home.start();
    const fhir = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, await home.createClient()));
    hasStatus(await fhir('POST', 'Patient', { resourceType: 'Patient' }), 201);
    const until = Date.now() + 30_000;
    while (Date.now() < until && !platform.said().includes('traces cannot be sent')) await delay(200);
    assert.match(platform.said(), /"name":"(?:sso|playground)","msg":"traces cannot be sent","lost":\d+/);
    assert.equal((await platform.end('SIGTERM')).code, 0);
  } finally {
    await home.close();
  }
});
