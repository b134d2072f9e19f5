/** A client gets the same answer, and leaves the same record, whether the engine decides or the code in front of it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { connect, type Sql } from '@dhp/postgres';
import { exportJWK, generateKeyPair } from './jose.ts';
import { issuer, newClient, playground, postForm, testBed } from './support.ts';

const rounds = 600;
const bed = await testBed();
const pool = connect(bed.databaseUrl, { max: 4, reads: 2 });
/** Number of statements that record tokens without the engine; their parameters contain the number of tokens. */
let recorded = 0;
// Without limits: a wrong secret would count for the next request.
const { url, close } = await bed.start({ sql: counting(pool) });
after(async () => {
  await close();
  await pool.end();
});

function counting(sql: Sql): Sql {
  return new Proxy(sql, {
    apply: (target, self, args: unknown[]) => {
      const [template, ids] = args;
      const isTokens = Array.isArray(template) && template.join('').includes("'token.issued', w.client_id");
      if (isTokens) recorded += (ids as unknown[]).length;
      return Reflect.apply(target as unknown as (...all: unknown[]) => unknown, self, args);
    },
  });
}

interface Credentials {
  readonly id: string;
  readonly secret: string;
}
const clients: Record<string, Credentials> = {};

before(async () => {
  const { clients: registry } = bed;
  const scopes = ['system/Patient.rs', 'system/Observation.cruds', 'dhp.audit', 'admin/clients.read'];
  clients['usual'] = await newClient(registry);
  clients['several'] = await newClient(registry, { scopes });
  clients['production'] = await newClient(registry, { environment: 'production' });
  clients['organization'] = await newClient(registry, { organization: 'city-hospital' });
  clients['administration'] = await newClient(registry, { scopes: ['admin/clients.read'] });
  clients['bound'] = await newClient(registry, { dpopBound: true });
  clients['disabled'] = await newClient(registry);
  await registry.disable(clients['disabled'].id, { reason: 'test' });
  clients['people'] = await newClient(registry, {
    ...{ grants: ['authorization_code'], scopes: ['openid', 'user/*.rs'], redirectUris: ['https://app.example/cb'] },
  });
  clients['public'] = await newClient(registry, {
    ...{ public: true, grants: ['authorization_code'], scopes: ['openid', 'user/*.rs'] },
    redirectUris: ['https://app.example/cb'],
  });
  const { publicKey } = await generateKeyPair('ES384');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES384', use: 'sig' }] };
  clients['signer'] = await newClient(registry, { jwks });
  clients['unknown'] = { id: randomUUID(), secret: 'dhps_nothing' };
  clients['odd'] = { id: 'a b', secret: 'x y' };
  const old = await newClient(registry);
  const { secret } = await registry.rotateSecret(old.id, { keepOld: true });
  clients['old secret'] = { id: old.id, secret: old.secret };
  clients['new secret'] = { id: old.id, secret };
  clients['waiting'] = await newClient(registry, { environment: 'production' });
  await bed.sql`update sso.client set approved_at = null, approved_by = null where client_id = ${clients['waiting'].id}`;
  // For a client without an earlier request nothing is cached yet.
  for (const { id, secret: own } of Object.values(clients)) await send({ form: plain({ id, secret: own }) });
});

const plain = ({ id, secret }: Credentials): [string, string][] => [
  ['grant_type', 'client_credentials'],
  ['client_id', id],
  ['client_secret', secret],
];

interface Sent {
  readonly form: readonly (readonly [string, string])[];
  readonly raw?: string;
  readonly headers?: Record<string, string>;
}

interface Got {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Record<string, unknown>;
}

/** @param isForEngine the same request with a meaningless header field that makes the engine handle it */
function send(
  { form, raw, headers }: Sent,
  id: string = randomUUID(),
  { isForEngine = false, at = url } = {},
): Promise<Got> {
  const body = raw ?? new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])).toString();
  const type = `application/x-www-form-urlencoded${isForEngine ? '; charset="utf-8"' : ''}`;
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const sent = request(`${at}/oauth/token`, {
    method: 'POST',
    headers: { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body), 'x-request-id': id },
  });
  sent.on('error', reject).on('response', (response) => {
    let text = '';
    response
      .setEncoding('utf8')
      .on('data', (part: string) => (text += part))
      .on('end', () => {
        const { 'content-length': length, 'x-request-id': named, ...told } = response.headers;
        assert.equal(named, id);
        assert.equal(Number(length), Buffer.byteLength(text));
        const fields = Object.entries(told).filter(([name]) => !['date', 'ratelimit'].includes(name));
        const parsed = JSON.parse(text) as Record<string, unknown>;
        const lines = fields.map(([name, value]) => `${name}: ${String(value)}`).sort();
        resolve({ status: response.statusCode!, headers: lines, body: parsed });
      });
  });
  sent.end(body);
  return promise;
}

let state = 7;
/** A number below `most`, the same in each run. */
function below(most: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * most);
}
const oneOf = <Value>(values: readonly Value[]): Value => values[below(values.length)]!;

const asked = [
  ...['system/*.cruds', 'system/Patient.rs', 'system/Patient.r system/Observation.rs', 'system/Patient.r?_id=a'],
  ...[
    'system/Patient.rs system/Patient.rs',
    'system/Nothing.rs',
    'patient/*.rs',
    'user/Patient.rs openid',
    'dhp.audit',
  ],
  ...['admin/clients.read', 'admin/clients.read system/Patient.rs', 'launch', ' ', 'a  b', 'a"b', 'ä', 'x\ty', ''],
];

/** Requests that are valid except for one or two faults. */
function anyRequest(): Sent {
  const { id, secret } = oneOf(
    Object.values(below(3) === 0 ? clients : { usual: clients['usual']!, several: clients['several']! }),
  );
  const given = { id, secret: below(8) === 0 ? `${secret}x` : secret };
  const byHeader = below(3) === 0;
  const form: [string, string][] = byHeader ? [['grant_type', 'client_credentials']] : plain(given);
  const headers: Record<string, string> = {};
  if (byHeader) headers['authorization'] = oneOf(headersOf(given));
  if (byHeader && below(3) === 0) form.push(['client_id', below(3) === 0 ? 'other' : id]);
  if (below(2) === 0) form.push(['scope', oneOf(asked)]);
  if (below(12) === 0) form.push(['resource', oneOf([playground, issuer, 'https://evil.example/', 'fhir', ''])]);
  if (below(12) === 0)
    form.push(
      oneOf([
        ['nonsense', 'x'],
        ['scope', 'system/Patient.r'],
        ['client_secret', ''],
        ['code', 'x'],
      ]),
    );
  if (below(20) === 0)
    form[0] = ['grant_type', oneOf(['', 'password', 'refresh_token', 'client_credentials ', '__proto__'])];
  if (below(30) === 0) form.splice(below(form.length), 1);
  if (below(10) === 0) headers['origin'] = oneOf(['https://app.example', 'null', 'https://evil.example']);
  if (below(10) === 0) headers['accept'] = oneOf(['text/html', '*/*', 'application/json']);
  if (below(20) === 0) headers['dpop'] = 'x';
  if (below(30) === 0) headers['oauth-client-attestation'] = 'x';
  if (below(20) > 0) return { form, headers };
  const text = new URLSearchParams(form).toString();
  return {
    form,
    headers,
    raw: oneOf([`${text}&scope=%ff`, `${text}&a=%`, `${text}&scope=é`, `&${text}&`, text.replace('=', '%3D')]),
  };
}

function headersOf({ id, secret }: Credentials): string[] {
  const of = (text: string): string => Buffer.from(text).toString('base64');
  return [
    ...[`Basic ${of(`${id}:${secret}`)}`, `basic ${of(`${id}:${secret}`)}`, `Basic ${of(`${id}:${secret}`)}`],
    ...[`Basic ${of(`${id.replaceAll('-', '%2D')}:${secret.replaceAll('_', '%5F')}`)}`, `Basic ${of(`${id}:`)}`],
    ...[`Basic ${of(id)}`, `Basic  ${of(`${id}:${secret}`)}`, `Basic ${of(`${id}:${secret}`)}=`, 'Basic', 'Bearer x'],
    ...[
      `Basic ${of(`${id}:${secret}`).replace(/=+$/, '')}`,
      `Basic ${of(`:${secret}`)}`,
      `Basic ${of(`${id}:${secret}é`)}`,
    ],
  ];
}

/** The part of an answer that is the same for each token. */
function comparable({ status, headers, body }: Got): object {
  if (typeof body['access_token'] !== 'string') return { status, headers, body };
  const { jti, iat, exp, iat_ms, ...claims } = decodeJwt(body['access_token']);
  assert.match(String(jti), /^[\w-]{43}$/);
  assert.ok(Math.floor(Number(iat_ms) / 1000) === iat);
  const names = [...Object.keys(decodeJwt(body['access_token'])), ...Object.keys(body)];
  const head = decodeProtectedHeader(body['access_token']);
  const { access_token: _, ...told } = body;
  return {
    status,
    headers: headers.filter((line) => !line.startsWith('content-length')),
    told,
    claims,
    names,
    head,
    seconds: exp! - iat,
  };
}

async function recordOf(id: string): Promise<object[]> {
  return bed.sql`
    select event, reason, client_id, actor, address, scope, account_id, jti is not null as has_jti
    from sso.audit_event where correlation_id = ${id}`;
}

describe('a request of a client for a token', () => {
  it(`is answered and recorded the same by the engine and before it: ${String(rounds)} of many kinds`, async (t) => {
    const statuses = new Map<string, number>();
    recorded = 0;
    for (let round = 0; round < rounds; round += 1) {
      const sent = anyRequest();
      const [first, second] = [`a-${String(round)}`, `b-${String(round)}`];
      const before = recorded;
      const [one, other] = [await send(sent, first), await send(sent, second, { isForEngine: true })];
      const why = JSON.stringify(sent);
      assert.deepEqual(comparable(one), comparable(other), why);
      assert.deepEqual(await recordOf(first), await recordOf(second), why);
      const how = `${String(one.status)}${recorded > before ? ' before the engine' : ''}`;
      assert.ok(recorded - before <= 1, why);
      statuses.set(how, (statuses.get(how) ?? 0) + 1);
    }
    t.diagnostic([...statuses].map(([status, count]) => `${String(count)} × ${status}`).join(', '));
    for (const how of ['200', '200 before the engine', '400', '401']) assert.ok((statuses.get(how) ?? 0) > 20, how);
    assert.deepEqual(
      [...statuses.keys()].filter((how) => how.endsWith('engine')),
      ['200 before the engine'],
    );
  });

  it('is decided by the registration as it is when the token is recorded', async () => {
    const changes: [string, (id: string) => Promise<unknown>, number][] = [
      ['disabled', (id) => bed.clients.disable(id), 401],
      ['another secret', (id) => bed.clients.rotateSecret(id, { keepOld: false }), 401],
      ['other scopes', (id) => bed.clients.change(id, { scopes: ['system/Patient.rs'] }), 200],
      ['bound to a key', (id) => bed.clients.change(id, { dpopBound: true }), 400],
    ];
    for (const [why, change, status] of changes) {
      const { id, secret } = await newClient(bed.clients);
      for (let n = 0; n < 2; n += 1) assert.equal((await send({ form: plain({ id, secret }) })).status, 200, why);
      await change(id);
      const answer = await send({ form: plain({ id, secret }) });
      assert.equal(answer.status, status, why);
      if (status === 200) assert.equal(answer.body['scope'], 'system/Patient.rs');
    }
  });

  it('that comes after its client was disabled gets none, however many are under way', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, secret } = await newClient(bed.clients);
      assert.equal((await send({ form: plain({ id, secret }) })).status, 200);
      let isOver = false;
      const late: number[] = [];
      const ask = async (): Promise<void> => {
        for (let n = 0; n < 30; n += 1) {
          const wasOver = isOver;
          const { status } = await send({ form: plain({ id, secret }) });
          if (wasOver) late.push(status);
        }
      };
      const asking = Promise.all(Array.from({ length: 8 }, ask));
      await bed.clients.disable(id);
      isOver = true;
      await asking;
      assert.ok(late.length > 0);
      assert.deepEqual(
        [...new Set(late)].filter((status) => status === 200),
        [],
      );
    }
  });

  it('counts once for its client, and is refused and recorded as the engine does', async () => {
    const { url: small } = await bed.start({ limits: { perClient: 3, perAddress: 1_000 } });
    const { id, form } = await newClient(bed.clients);
    const left: (string | null)[] = [];
    for (let n = 0; n < 5; n += 1) {
      const { status, headers } = await postForm(`${small}/oauth/token`, form);
      assert.equal(status, n < 3 ? 200 : 429);
      left.push(headers.get('ratelimit'));
    }
    assert.deepEqual(
      left.map((text) => /"client";r=(\d+)/.exec(text ?? '')?.[1]),
      ['2', '1', '0', '0', '0'],
    );
    const rows =
      await bed.sql`select event, reason from sso.audit_event where client_id = ${id} and event = 'request.limited'`;
    assert.deepEqual([...rows], [{ event: 'request.limited', reason: 'client' }]);
  });

  it('is refused before the framework as through it where its address has asked too often', async () => {
    const { url: small } = await bed.start({ limits: { perClient: 1_000, perAddress: 2 } });
    const { id, secret } = await newClient(bed.clients);
    const sent = { form: plain({ id, secret }), headers: { origin: 'https://app.example' } };
    const answers: Got[] = [];
    for (let n = 0; n < 6; n += 1)
      answers.push(await send(sent, `c-${String(n)}`, { at: small, isForEngine: n % 2 === 1 }));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429, 429, 429, 429],
    );
    const untimed = answers.map(({ status, headers, body }) => ({
      ...{ status, body },
      headers: headers.map((line) => line.replace(/^retry-after: \d+$/, 'retry-after: N')),
    }));
    assert.deepEqual(untimed[2], untimed[3]);
    const rows = await bed.sql<object[]>`
      select event, reason, host(address) as address from sso.audit_event where correlation_id = 'c-2'`;
    assert.deepEqual([...rows], [{ event: 'request.limited', reason: 'address', address: '127.0.0.1' }]);
  });
});
