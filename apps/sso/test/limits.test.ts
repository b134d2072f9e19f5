/** How much anybody may ask: of a client, of an address, with wrong secrets; on one node and on several. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSso } from '@dhp/sso';
import { Browser, type Page } from './browser.ts';
import { answer, basic, issuer, newClient, playground, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
let now = new Date();
const clock = (): Date => now;
const limits = { perClient: 20, perAddress: 100 };
const one = await bed.start({ clock, trustProxy: true, limits });
const other = await bed.start({ clock, trustProxy: true, limits });

let lastAddress = 0;
/** A separate address, so that the tests do not use up each other's quotas. */
const someone = (): Record<string, string> => ({ 'x-forwarded-for': `198.51.100.${String((lastAddress += 1))}` });

const token = (form: Record<string, string>, headers: Record<string, string>, url = one.url): Promise<Answer> =>
  postForm(`${url}/oauth/token`, form, headers);
const statuses = (answers: Answer[]): number[] => [...new Set(answers.map(({ status }) => status))];
const inTurn = async (count: number, ask: () => Promise<Answer>): Promise<Answer[]> => {
  const answers: Answer[] = [];
  for (let n = 0; n < count; n += 1) answers.push(await ask());
  return answers;
};
/**
 * Sends requests until one is refused. A quota refills over time, so a slow machine is granted some more.
 * @param perMinute the tested quota; no other request may count for it meanwhile
 * @param isUsedUp whether it was empty at the beginning
 */
async function untilRefused(ask: () => Promise<Answer>, perMinute: number, isUsedUp = false): Promise<Answer[]> {
  const begun = performance.now();
  const answers: Answer[] = [];
  do answers.push(await ask());
  while (answers.at(-1)!.status !== 429 && answers.length < 500);
  assert.equal(answers.at(-1)!.status, 429);
  isGranted(answers.length - 1, { perMinute, isUsedUp, seconds: (performance.now() - begun) / 1000 });
  return answers;
}

/** Whether the whole quota was granted, and no more than it refilled meanwhile. */
function isGranted(granted: number, o: { perMinute: number; isUsedUp: boolean; seconds: number }): void {
  const least = o.isUsedUp ? 0 : o.perMinute;
  // One more may have been refilled before the first of them.
  const most = least + 1 + Math.ceil((o.seconds * o.perMinute) / 60);
  assert.ok(granted >= least && granted <= most, `${String(granted)} in ${o.seconds.toFixed(1)} s`);
}

const limited = (reason: string): Promise<{ client_id: string | null }[]> =>
  bed.sql`select client_id from sso.audit_event where event = 'request.limited' and reason = ${reason}`;

function isLimited({ status, headers, body }: Answer): void {
  assert.equal(status, 429);
  assert.equal(body['error'], 'temporarily_unavailable');
  assert.match(String(body['error_description']), /^[\x20-\x7e]+$/);
  assert.ok(Number(headers.get('retry-after')) >= 1);
  assert.equal(headers.get('cache-control'), 'no-store');
}

describe('requests of a client', () => {
  it('are told what is left of the quota, and refused when nothing is', async () => {
    const { form, id } = await newClient(bed.clients);
    const from = someone();
    const first = await token(form, from);
    assert.equal(first.headers.get('ratelimit-policy'), '"address";q=100;w=60, "client";q=20;w=60');
    assert.match(first.headers.get('ratelimit') ?? '', /^"address";r=99;t=1, "client";r=19;t=3$/);
    assert.equal(first.headers.get('retry-after'), null);
    const answers = await untilRefused(() => token(form, from), 19);
    assert.deepEqual(statuses(answers), [200, 429]);
    isLimited(answers.at(-1)!);
    const { form: second } = await newClient(bed.clients);
    assert.equal((await token(second, from)).status, 200, 'another client');
    assert.equal((await token(form, someone())).status, 200, 'the same client elsewhere');
    assert.deepEqual(
      (await limited('client')).filter(({ client_id: client }) => client === id).length,
      1,
      'one record for the burst',
    );
  });

  it('may all come at once, and no more of them than that', async () => {
    const { form } = await newClient(bed.clients);
    const from = someone();
    const begun = performance.now();
    const answers = await Promise.all(Array.from({ length: 60 }, () => token(form, from)));
    const good = answers.filter(({ status }) => status === 200).length;
    isGranted(good, { perMinute: 20, isUsedUp: false, seconds: (performance.now() - begun) / 1000 });
  });

  for (const path of ['/oauth/par', '/oauth/device_authorization', '/oauth/introspect', '/oauth/revoke']) {
    it(`count at ${path}`, async () => {
      const { id, secret } = await newClient(bed.clients);
      const from = someone();
      const ask = (): Promise<Answer> => postForm(one.url + path, { token: 'x' }, { ...from, ...basic(id, secret) });
      isLimited((await untilRefused(ask, 20)).at(-1)!);
      const atToken = (): Promise<Answer> =>
        token({ grant_type: 'client_credentials' }, { ...from, ...basic(id, secret) });
      isLimited((await untilRefused(atToken, 20, true)).at(-1)!);
    });
  }

  it('count at the authorization endpoint, with a page for the person and never by way of the client', async () => {
    const redirectUri = 'https://app.example.uz/cb';
    const { id } = await newClient(bed.clients, {
      grants: ['authorization_code'],
      scopes: ['openid'],
      redirectUris: [redirectUri],
      public: true,
    });
    const from = { ...someone(), accept: 'text/html', 'accept-language': 'ru' };
    const query = new URLSearchParams({ client_id: id, redirect_uri: redirectUri, response_type: 'code' });
    const ask = async (): Promise<Answer> =>
      answer(await fetch(`${one.url}/oauth/authorize?${query.toString()}`, { headers: from, redirect: 'manual' }));
    const last = (await untilRefused(ask, 20)).at(-1)!;
    assert.equal(last.status, 429);
    assert.equal(last.headers.get('location'), null);
    assert.ok(Number(last.headers.get('retry-after')) >= 1);
    assert.match(last.text, /lang="ru"/);
    assert.match(last.text, /Too many requests/);
  });
});

describe('requests of an address', () => {
  it('count whatever they ask for, but for what caches and probes ask for', async () => {
    const from = someone();
    const ask = async (path: string): Promise<Answer> => answer(await fetch(one.url + path, { headers: from }));
    const answers = await untilRefused(() => ask('/nothing'), 100);
    assert.deepEqual(statuses(answers), [404, 429]);
    isLimited(answers.at(-1)!);
    for (const path of ['/oauth/jwks', '/.well-known/openid-configuration', '/healthz']) {
      assert.equal((await ask(path)).status, 200, path);
    }
    const ofPage = async (): Promise<Answer> =>
      answer(await fetch(`${one.url}/sign-in/x`, { headers: { ...from, accept: 'text/html' } }));
    const page = (await untilRefused(ofPage, 100, true)).at(-1)!;
    assert.match(page.headers.get('content-type') ?? '', /html/);
    assert.equal((await limited('address')).length, 1);
  });

  it('are those of the caller behind a trusted proxy, and of the proxy when it is not trusted', async () => {
    const plain = await bed.start({ clock, limits: { perClient: 0, perAddress: 5 } });
    const ask = async (): Promise<Answer> => answer(await fetch(`${plain.url}/nothing`, { headers: someone() }));
    assert.deepEqual(statuses(await untilRefused(ask, 5)), [404, 429]);
  });

  it('may be trusted by the number of proxies: what the caller wrote itself does not count', async () => {
    const trustProxy = (_address: string, hop: number): boolean => hop < 1;
    const node = await bed.start({ clock, trustProxy, limits: { perClient: 0, perAddress: 5 } });
    let forged = 0;
    const ask = async (): Promise<Answer> => {
      const headers = { 'x-forwarded-for': `203.0.113.${String((forged += 1))}, 198.51.100.250` };
      return answer(await fetch(`${node.url}/nothing`, { headers }));
    };
    assert.deepEqual(statuses(await untilRefused(ask, 5)), [404, 429]);
  });
});

describe('wrong secrets', () => {
  const wrong = (id: string): Record<string, string> => ({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: 'wrong',
  });

  it('of a client are refused for a while, at every endpoint and on every node; a right one is taken', async () => {
    const { form, id, secret } = await newClient(bed.clients);
    const from = someone();
    assert.deepEqual(statuses(await inTurn(5, () => token(wrong(id), from))), [401]);
    const refused = await token(wrong(id), from);
    isLimited(refused);
    assert.ok(Number(refused.headers.get('retry-after')) <= 30);
    isLimited(await postForm(`${one.url}/oauth/introspect`, { token: 'x' }, { ...from, ...basic(id, 'wrong') }));
    const right = await postForm(`${one.url}/oauth/introspect`, { token: 'x' }, { ...from, ...basic(id, secret) });
    assert.deepEqual([right.status, (await token(form, from)).status], [200, 200], 'the client itself');
    // The other node learns of it with the next failure, which is at most one guess more.
    const there = await inTurn(3, () => token(wrong(id), from, other.url));
    assert.deepEqual(
      there.map(({ status }) => status),
      [401, 429, 429],
    );
    const { form: second } = await newClient(bed.clients);
    assert.equal((await token(second, from)).status, 200, 'another client');
    assert.equal((await token(form, someone())).status, 200, 'the client itself, elsewhere');
    assert.equal((await limited('wrong-secrets')).filter(({ client_id: client }) => client === id).length, 2);
    now = new Date(now.getTime() + 31_000);
    assert.equal((await token(wrong(id), from)).status, 401, 'after the wait');
  });

  it('are answered alike for a client that does not exist', async () => {
    const { id } = await newClient(bed.clients);
    const outcome = async (client: string): Promise<unknown[]> => {
      const from = someone();
      const answers = await inTurn(7, () => token(wrong(client), from));
      return answers.map(({ status, text, headers }) => [status, text, headers.get('retry-after')]);
    };
    assert.deepEqual(await outcome('11111111-2222-4333-8444-555555555555'), await outcome(id));
    assert.deepEqual(await outcome('no id at all'), await outcome(id));
  });

  it('at introspection and revocation count with those at the token endpoint', async () => {
    const { id } = await newClient(bed.clients);
    const from = { ...someone(), ...basic(id, 'wrong') };
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/introspect', '/oauth/revoke', '/oauth/par']) {
      assert.equal((await postForm(one.url + path, { token: 'x' }, from)).status, 401, path);
    }
    for (const path of ['/oauth/introspect', '/oauth/revoke', '/oauth/par', '/oauth/token']) {
      isLimited(await postForm(one.url + path, { token: 'x', grant_type: 'client_credentials' }, from));
    }
  });
});

it('a quota of 0 is none', async () => {
  const node = await bed.start({ limits: { perClient: 0, perAddress: 0 } });
  const got = await answer(await fetch(`${node.url}/nothing`));
  assert.deepEqual([got.status, got.headers.get('ratelimit')], [404, null]);
});

it('a quota that is none stops the start', async () => {
  const options = { sql: bed.sql, issuer, environments: { playground }, encryptionKey: bed.encryptionKey };
  await assert.rejects(
    createSso({ ...options, defaultLanguage: 'en', limits: { perClient: -1, perAddress: 5 } }),
    /at least one request/,
  );
});

it('of user codes that are tried at once on two nodes no more are looked for than are free, and right ones do not count', async () => {
  const { id } = await newClient(bed.clients, {
    ...{ grants: ['urn:ietf:params:oauth:grant-type:device_code'], scopes: ['openid'], public: true },
  });
  const from = someone();
  const browserAt = (n: number): Browser => new Browser(n % 2 === 0 ? one.url : other.url, 'en', from);
  const xsrfIn = ({ text }: Page): string => /name="xsrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
  const right = async (n: number): Promise<void> => {
    const { body } = await postForm(
      `${one.url}/oauth/device_authorization`,
      { client_id: id, scope: 'openid' },
      someone(),
    );
    const browser = browserAt(n);
    const xsrf = xsrfIn(await browser.get('/oauth/device'));
    const page = await browser.post('/oauth/device', { xsrf, user_code: String(body['user_code']) });
    assert.match(page.text, /name="confirm"/);
  };
  for (let n = 0; n < 12; n += 1) await right(n);
  const seats: { browser: Browser; xsrf: string }[] = [];
  for (let n = 0; n < 24; n += 1) {
    const browser = browserAt(n);
    seats.push({ browser, xsrf: xsrfIn(await browser.get('/oauth/device')) });
  }
  const guess = ({ browser, xsrf }: { browser: Browser; xsrf: string }, n: number): Promise<Page> =>
    browser.post('/oauth/device', {
      xsrf,
      user_code: `BCDF-${'BCDFGHJKLMNPQRSTVWXZ'[n % 20]!}${n < 20 ? 'B' : 'C'}GH`,
    });
  const answers = await Promise.all(seats.map(guess));
  const told = answers.map(({ status }) => status);
  assert.equal(told.filter((status) => status === 200).length, 10, told.join());
  assert.equal(told.filter((status) => status === 429).length, 14, told.join());
});
