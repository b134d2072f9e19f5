/** Nobody learns whether an account exists, or its state: the same answers, the same statements, and no waiting for mail. */
import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { after, before, describe, it } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { openAccounts } from '@dhp/accounts';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const pool = connect(bed.databaseUrl, { max: 4 });
after(() => pool.end({ timeout: 5 }));
const statements: string[] = [];
let issued = 0;
let isRecording = false;
const mail: string[] = [];
const { url } = await bed.start({
  sql: recording(pool),
  trustProxy: true,
  ...{ noticePollSeconds: 3600, keyPollSeconds: 3600, chainSeconds: 3600, messagePollSeconds: 3600 },
  send: ({ text }) => Promise.resolve(void mail.push(text)),
});
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const password = 'correct horse battery';
const client = await newClient(bed.clients, {
  ...{ grants: ['authorization_code'], scopes: ['openid'], public: true },
  redirectUris: ['https://clinic.example.uz/cb'],
});
const ask = authorizeAddress({
  ...{ client_id: client.id, response_type: 'code', redirect_uri: 'https://clinic.example.uz/cb', scope: 'openid' },
  ...pkce().query,
});
/** Password hashes being computed on other threads. */
const hashing = new Set<number>();
const hook = createHook({
  init: (id, type) => {
    if (type === 'ARGON2REQUEST') hashing.add(id);
  },
  after: (id) => void hashing.delete(id),
  destroy: (id) => void hashing.delete(id),
}).enable();
after(() => hook.disable());
let addresses = 0;
const somewhere = (): Browser =>
  new Browser(url, 'en', { 'x-forwarded-for': `198.51.100.${String((addresses += 1))}` });

/** The same pool; the text of every statement and part of one is noted until the answer has been sent. */
function recording(sql: Sql): Sql {
  return new Proxy(sql, {
    apply: (target, self, args: unknown[]) => {
      const [template] = args;
      issued += 1;
      if (isRecording && Array.isArray(template)) {
        statements.push((template as string[]).join('$').replaceAll(/\s+/g, ' ').trim());
      }
      return Reflect.apply(target as unknown as (...all: unknown[]) => unknown, self, args);
    },
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (isRecording && name === 'begin') statements.push('begin');
      return value;
    },
  });
}
const answered = (): void => void (isRecording = false);
before(() => subscribe('http.server.response.finish', answered));
after(() => unsubscribe('http.server.response.finish', answered));

/** Everything observable, without the parts that differ between any two requests. */
function told({ status, headers, text }: { status: number; headers: Headers; text: string }, name: string): string {
  const fields = [...headers].filter(([field]) => !['date', 'x-request-id', 'content-length', 'etag'].includes(field));
  const cookies = headers
    .getSetCookie()
    .map((line) => line.replace(/=[^;]*/, '=…').replace(/expires=[^;]*/, 'expires=…'));
  const body = text
    .replaceAll(/(name="(?:csrf|xsrf)" value=")[^"]*/g, '$1…')
    .replaceAll(/(challenge&#34;:&#34;)[\w-]+/g, '$1…')
    .replaceAll(/\/sign-in\/[\w-]+/g, '/sign-in/…')
    .replaceAll(`value="${name}"`, 'value="…"');
  return JSON.stringify([status, fields.filter(([field]) => field !== 'set-cookie').sort(), cookies, body]);
}

/** Names in every state; nobody has the name `unknown`. */
const states = ['unknown', 'plain', 'mailed', 'disabled', 'invited', 'factor'] as const;
/** Names that are delayed after wrong passwords: one that nobody has, and one of a person. */
const waiting = ['ghost', 'locked'] as const;

before(async () => {
  const named = { name: 'Somebody', password };
  for (const username of ['plain', 'disabled', 'factor', 'locked', 'fifth']) {
    await accounts.create({ ...named, username, ...(username === 'plain' ? {} : { email: `${username}@example.uz` }) });
  }
  await accounts.create({ ...named, username: 'mailed', email: 'mailed@example.uz' });
  await accounts.invite({ username: 'invited', name: 'Somebody', email: 'invited@example.uz' });
  await accounts.disable('disabled');
  const factors = openFactors({
    sql: bed.sql,
    encryptionKey: bed.encryptionKey,
    issuer: 'https://a.uz',
    clock: () => new Date(),
  });
  const { accountId } = (await accounts.find('factor'))!;
  const secret = (await factors.beginTotp(accountId, 'here'))!;
  assert.ok(await factors.confirmTotp(accountId, totpCode(secret, totpStep(new Date())), { place: 'here' }));
  for (const name of waiting) {
    for (let n = 0; n < 6; n += 1) await accounts.authenticate(name, 'wrong', `203.0.113.${String(n)}`);
  }
});

/**
 * Waits until the background work of earlier requests is done: no statement is issued any more, none is running except in a wait for a
 * lock, and no password is being hashed, which would be followed by another statement.
 */
async function settled(): Promise<void> {
  for (let before = -1, isBusy = true; before !== issued || isBusy || hashing.size > 0;) {
    before = issued;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const busy = await bed.sql`
      select from pg_stat_activity
      where datname = current_database() and state = 'active' and pid <> pg_backend_pid()
        and wait_event_type is distinct from 'Lock'`;
    isBusy = busy.length > 0;
  }
}

/** Returns the answer to one request, and the statements up to it. */
async function observe(request: () => Promise<Page>, name: string): Promise<{ answer: string; asked: string[] }> {
  await settled();
  statements.length = 0;
  isRecording = true;
  const answer = told(await request(), name);
  return { answer, asked: [...statements] };
}

async function alike(
  one: (name: string) => Promise<{ answer: string; asked: string[] }>,
  names: readonly string[],
): Promise<void> {
  const all: Record<string, { answer: string; asked: string[] }> = {};
  for (const name of names) all[name] = await one(name);
  const expected = all[names[0]!]!;
  assert.ok(expected.asked.length > 0, 'statements are noted');
  for (const [name, { answer, asked }] of Object.entries(all)) {
    assert.equal(answer, expected.answer, name);
    assert.deepEqual(asked, expected.asked, name);
  }
}

async function guess(name: string, secret: string): Promise<{ answer: string; asked: string[] }> {
  const browser = somewhere();
  const page = await browser.get(ask);
  return observe(() => browser.submit(page, { username: name, password: secret }, 'login'), name);
}

describe('a name', () => {
  it('with a wrong password is answered alike in every state', () =>
    alike((name) => guess(name, 'not the password'), states));

  it('that may not sign in is answered like one that does not exist, also with the right password', () =>
    alike((name) => guess(name, password), ['unknown', 'disabled', 'invited']));

  it('that waits is answered like one that does not exist and waits, also with the right password', async () => {
    await alike((name) => guess(name, password), waiting);
    const [no, yes] = [await guess('unknown', password), await guess('locked', password)];
    assert.equal(yes.answer, no.answer);
  });

  it('whose wait begins is answered like one that does not exist and begins to wait', async () => {
    const fifth = async (name: string): Promise<{ answer: string; asked: string[] }> => {
      for (let n = 0; n < 4; n += 1) await accounts.authenticate(name, 'wrong', `203.0.114.${String(n)}`);
      return guess(name, 'wrong');
    };
    const [none, one] = [await fifth('nobody'), await fifth('fifth')];
    assert.equal(one.answer, none.answer);
    assert.deepEqual(one.asked, none.asked);
    const rows = await bed.sql`
      select from sso.audit_event join sso.account using (account_id) where username = 'fifth' and event = 'account.locked'`;
    assert.equal(rows.length, 1);
    const told = /parol.*urinildi/;
    for (const limit = Date.now() + 30_000; !told.test(mail.join('\n')) && Date.now() < limit;) await settled();
    assert.match(mail.join('\n'), told, 'the person is told afterwards');
  });

  it('for which a link is asked is answered alike in every state', () =>
    alike(
      (name) => observe(() => somewhere().post('/password/forgotten', { username: name }), name),
      [...states, ...waiting],
    ));
});

describe('an answer does not wait for mail', () => {
  const within = async <T>(milliseconds: number, work: Promise<T>): Promise<T> => {
    const late = new Promise<never>((_, reject) => setTimeout(reject, milliseconds, new Error('it waits')).unref());
    return Promise.race([work, late]);
  };

  it('neither the one that makes the name wait nor the one to who asks for a link', async () => {
    await accounts.create({ username: 'slow', name: 'Somebody', password, email: 'slow@example.uz' });
    const { accountId } = (await accounts.find('slow'))!;
    for (let n = 0; n < 4; n += 1) await accounts.authenticate('slow', 'wrong', `203.0.115.${String(n)}`);
    await bed.sql.begin(async (held) => {
      await held`lock table sso.message, sso.password_link in exclusive mode`;
      await held`insert into sso.throttle (subject, level, last_attempt_at) values (${`lock-notice:${accountId}`}, 1, now())`;
      const page = await within(60_000, guess('slow', 'wrong'));
      assert.match(page.answer, /^\[401/);
      const link = await within(60_000, somewhere().post('/password/forgotten', { username: 'slow' }));
      assert.equal(link.status, 200);
    });
  });
});

describe('a user code', () => {
  it('that never was, has expired or was refused is answered alike', async () => {
    const { id } = await newClient(bed.clients, {
      ...{ grants: ['urn:ietf:params:oauth:grant-type:device_code'], scopes: ['openid'], public: true },
    });
    const codeOf = async (): Promise<string> => {
      const { body } = await postForm(`${url}/oauth/device_authorization`, { client_id: id, scope: 'openid' });
      return String(body['user_code']);
    };
    const enter = async (code: string, more: Record<string, string> = {}): Promise<Page> => {
      const browser = somewhere();
      const page = await browser.get('/oauth/device');
      const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(page.text) ?? [];
      return browser.post('/oauth/device', { xsrf, user_code: code, ...more });
    };
    const expired = await codeOf();
    await bed.sql`update sso.artifact set expires_at = now() - interval '1 hour' where model = 'DeviceCode'`;
    const refused = await codeOf();
    await enter(refused, { abort: 'yes' });
    const answers: Record<string, string> = {};
    for (const [name, code] of Object.entries({ never: 'BCDF-GHJK', expired, refused })) {
      answers[name] = told(await enter(code), code);
    }
    assert.match(answers['never']!, /There is no such code/);
    assert.deepEqual(answers, Object.fromEntries(Object.keys(answers).map((name) => [name, answers['never']])));
  });
});
