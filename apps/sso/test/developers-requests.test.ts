/** Requests of an application, visible to the members of its organisation only; requests to the SSO itself, without secrets. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AdministrationError } from '@dhp/sso-kit';
import type { AccessAdministration } from '@dhp/accounts/records';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { postForm, playground } from './support.ts';
import { Browser } from './browser.ts';

type Asked = Parameters<AccessAdministration['ask']>[0];
const asked: Asked[] = [];
let isAway = false;
const page = { requests: [], next: null, buckets: [], stretch: 60_000, dropped: 0 };
const accessAdministration: AccessAdministration = {
  ask(one) {
    asked.push(one);
    return isAway
      ? Promise.reject(new AdministrationError('environment-away', 'The playground does not answer now'))
      : Promise.resolve(receiverAnswers[one.act] ?? page);
  },
};

const receiverId = '00000000-0000-4000-8000-000000000007';
const receiverAnswers: Record<string, Record<string, unknown>> = {
  receivers: { receivers: [], notifications: [], most: 3 },
  'make-receiver': { id: receiverId },
  'change-receiver': { done: true },
  'remove-receiver': { done: true },
};

const { bed, url, developer } = await developersBed({ requestLog: {}, accessAdministration });
const [aziza, bobur] = [await developer('aziza'), await developer('bobur')];
const clinic = await makeOrganization(aziza);
await makeOrganization(bobur, 'Other clinic');

interface Made {
  client_id: string;
  client_secret: string;
}

async function register(who: Developer, kind = 'backend', more: object = {}): Promise<Made> {
  const task = kind === 'backend' ? 'laboratory' : 'sign-in';
  const { status, body } = await who.ask(`/organizations/${clinic}/applications`, {
    client_name: 'Lab',
    kind,
    task,
    ...more,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body as unknown as Made;
}

const application = await register(aziza);
const at = (query = '', id = application.client_id): string => `/applications/${id}/requests${query}`;

interface Row {
  method: string;
  path: string;
  query?: string;
  status: number;
  milliseconds: number;
  requestId: string;
  issues: { code: string; text: string }[];
}

async function rowsOf(id: string, count: number): Promise<Row[]> {
  for (let n = 0; n < 600; n += 1) {
    const { status, body } = await aziza.ask(at('?server=sso&limit=100', id));
    assert.equal(status, 200, JSON.stringify(body));
    const { requests } = body as unknown as { requests: Row[] };
    if (requests.length >= count) return requests.toReversed();
    await delay(50);
  }
  throw new Error(`there are not ${String(count)} requests of ${id}`);
}

describe('the requests of an application', () => {
  it('are asked of the FHIR server of its environment, for it alone, in the name of who asks', async () => {
    asked.length = 0;
    const { status, body } = await aziza.ask(at('?status=4&path=Patient&client=other&from=0'));
    assert.equal(status, 200);
    assert.deepEqual(body, { server: 'fhir', is_kept: true, ...page });
    const [{ environment, act, subject, asked: question }] = asked as [Asked];
    assert.deepEqual([environment, act], ['playground', 'requests']);
    const { person } = {
      person: await bed.sql<{ account_id: string }[]>`select account_id from sso.account where username = 'aziza'`,
    };
    assert.equal(subject, person[0]!.account_id);
    assert.equal(question['client'], application.client_id);
    assert.equal(question['path'], 'Patient');
  });

  it('are not there for another organisation, a stranger, a member who left, or who has no token', async () => {
    asked.length = 0;
    for (const query of ['', '?server=sso', '?server=fhir&limit=1']) {
      const { status, body } = await bobur.ask(at(query));
      const absent = await bobur.ask(at(query, 'no-such-client'));
      assert.deepEqual([status, body], [404, absent.body]);
      assert.equal((await fetch(`${url}/developer${at(query)}`)).status, 401);
    }
    const invitation = await aziza.ask(`/organizations/${clinic}/invitations`, { role: 'developer' });
    assert.equal((await bobur.ask('/join', { token: invitation.body['token'] })).status, 200);
    assert.equal((await bobur.ask(at())).status, 200);
    assert.equal((await bobur.ask(at('?server=sso'))).status, 200);
    const members = await aziza.ask(`/organizations/${clinic}`);
    const list = members.body['members'] as { id: string; is_self: boolean }[];
    const { id } = list.find((one) => !one.is_self)!;
    assert.equal((await aziza.ask(`/organizations/${clinic}/members/${id}/remove`, {})).status, 204);
    asked.length = 0;
    assert.equal((await bobur.ask(at())).status, 404);
    assert.equal((await bobur.ask(at('?server=sso'))).status, 404);
    assert.deepEqual(asked, [], 'no FHIR server is asked');
  });

  it('are not those of a client that is no application, whoever names it', async () => {
    for (const id of ['dhp-portal', 'dhp-sso', "a' or '1'='1", '%00']) {
      const { status } = await aziza.ask(at('?server=sso', encodeURIComponent(id)));
      assert.equal(status, 404, id);
    }
  });

  it('are refused where the question cannot be understood, before any server is asked', async () => {
    asked.length = 0;
    for (const query of ['?status=9', '?from=x', '?server=other', '?before=x', `?path=${'x'.repeat(201)}`])
      for (const server of ['fhir', 'sso'])
        assert.equal(
          (await aziza.ask(at(`${query}${query.includes('server') ? '' : `&server=${server}`}`))).status,
          400,
          query,
        );
    assert.deepEqual(asked, []);
  });

  it('say so where the FHIR server is away', async () => {
    isAway = true;
    const { status, body } = await aziza.ask(at());
    isAway = false;
    assert.deepEqual([status, body['kind']], [409, 'environment-away']);
  });

  it('stay readable for the members once it is revoked, and for nobody else', async () => {
    const other = await register(aziza);
    assert.equal((await aziza.ask(`/applications/${other.client_id}/revoke`, {})).status, 200);
    assert.equal((await aziza.ask(at('', other.client_id))).status, 200);
    assert.equal((await bobur.ask(at('', other.client_id))).status, 404);
  });
});

describe('requests to the token endpoint', () => {
  const tokens = (form: Record<string, string>): ReturnType<typeof postForm> => postForm(`${url}/oauth/token`, form);

  it('are there with status, time, request id and the error, and without any secret or token', async () => {
    const { client_id: id, client_secret: secret } = await register(aziza);
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const good = await tokens(form);
    assert.equal(good.status, 200);
    await tokens({ ...form, scope: 'system/Nothing.r' });
    await tokens({ ...form, client_secret: 'hush-wrong-secret' });
    await tokens({ ...form, grant_type: 'authorization_code', code: 'hush-code', redirect_uri: 'https://a.uz' });
    const rows = await rowsOf(id, 4);
    const shape = rows.map(({ method, path, status, issues }) => [method, path, status, issues[0]?.code ?? null]);
    assert.deepEqual(shape, [
      ['POST', '/oauth/token', 200, null],
      ['POST', '/oauth/token', 400, 'invalid_scope'],
      ['POST', '/oauth/token', 401, 'invalid_client'],
      ['POST', '/oauth/token', 400, 'unauthorized_client'],
    ]);
    assert.ok(rows.every(({ milliseconds, requestId }) => milliseconds > 0 && /^[\w-]{36}$/.test(requestId)));
    const stored = JSON.stringify([...(await bed.sql`select * from sso.request_log where client = ${id}`)]);
    for (const hidden of [secret, 'hush', String(good.body['access_token'])])
      assert.ok(!stored.includes(hidden), hidden);
  });

  it('are those of the client that they name, where there is one', async () => {
    const { client_id: id, client_secret: secret } = await register(aziza);
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: 'wrong' };
    await Promise.all(Array.from({ length: 20 }, () => tokens(form)));
    await tokens({ ...form, client_secret: secret });
    const rows = await rowsOf(id, 21);
    assert.equal(rows.length, 21);
    await tokens({ ...form, client_id: 'nobody-has-registered-it' });
    assert.equal((await bed.sql`select from sso.request_log where client = 'nobody-has-registered-it'`).length, 0);
  });
});

describe('requests to the authorization endpoint', () => {
  it('are there without state, code, nonce or challenge', async () => {
    const redirect = 'https://app.example.uz/back';
    const { client_id: id } = await register(aziza, 'single-page', { redirect_uris: [redirect] });
    const browser = new Browser(url);
    const query = {
      ...{ client_id: id, response_type: 'code', redirect_uri: redirect, scope: 'openid', resource: playground },
      ...{
        state: 'hush-state',
        nonce: 'hush-nonce',
        code_challenge: 'hush-challenge-of-forty-three-characters-abc',
        code_challenge_method: 'S256',
      },
      login_hint: 'hush-hint',
    };
    await browser.get(`/oauth/authorize?${new URLSearchParams(query).toString()}`);
    await browser.get(`/oauth/authorize?${new URLSearchParams({ ...query, response_type: 'token' }).toString()}`);
    const rows = await rowsOf(id, 2);
    assert.ok(rows.every(({ path, method }) => path === '/oauth/authorize' && method === 'GET'));
    assert.ok(rows.every(({ query: shown }) => shown!.includes('scope=openid') && shown!.includes('state=…')));
    assert.ok(rows.some(({ issues }) => issues.length === 1));
    const stored = JSON.stringify([...(await bed.sql`select * from sso.request_log where client = ${id}`)]);
    assert.ok(!stored.includes('hush'), stored);
  });

  it('has no counts of rows that a crash of the database has taken', async () => {
    const tables = await bed.sql<{ persistence: string }[]>`
      select distinct c.relpersistence::text as persistence from pg_class c
      where c.relkind = 'r' and (c.relnamespace = 'sso_log'::regnamespace or c.oid = 'sso.request_log_day'::regclass)`;
    assert.deepEqual([...tables], [{ persistence: 'u' }]);
  });
});

describe('test receivers', () => {
  it('are asked of the playground in the name of the person', async () => {
    asked.length = 0;
    const path = '/test-receivers';
    assert.deepEqual((await aziza.ask(path)).body, receiverAnswers['receivers']);
    assert.deepEqual((await aziza.ask(path, {})).body, { id: receiverId });
    assert.equal((await bobur.ask(`${path}/${receiverId}`)).status, 200);
    assert.equal((await bobur.ask(`${path}/${receiverId}/answer`, { answer: 'slow' })).status, 204);
    assert.equal((await bobur.ask(`${path}/${receiverId}/answer`, { answer: 'lies' })).status, 400);
    assert.equal((await bobur.ask(`${path}/${receiverId}/remove`, {})).status, 204);
    const people = await bed.sql<{ username: string; account_id: string }[]>`
      select username, account_id from sso.account where username in ('aziza', 'bobur')`;
    const nameOf = (subject: string): string | undefined =>
      people.find(({ account_id: id }) => id === subject)?.username;
    assert.deepEqual(
      asked.map(({ environment, subject, act, asked: values }) => [environment, nameOf(subject), act, values]),
      [
        ['playground', 'aziza', 'receivers', {}],
        ['playground', 'aziza', 'make-receiver', {}],
        ['playground', 'bobur', 'receivers', { id: receiverId }],
        ['playground', 'bobur', 'change-receiver', { id: receiverId, answer: 'slow' }],
        ['playground', 'bobur', 'remove-receiver', { id: receiverId }],
      ],
    );
  });

  it('are refused where there are too many, where one is of somebody else, and where the playground is away', async () => {
    receiverAnswers['make-receiver'] = { id: null };
    receiverAnswers['change-receiver'] = { done: false };
    const made = await aziza.ask('/test-receivers', {});
    assert.deepEqual([made.status, made.body['kind']], [409, 'too-many-receivers']);
    assert.equal((await aziza.ask(`/test-receivers/${receiverId}/answer`, { answer: 'fails' })).status, 404);
    isAway = true;
    const away = await aziza.ask('/test-receivers');
    isAway = false;
    assert.deepEqual([away.status, away.body['kind']], [409, 'environment-away']);
  });
});
