/** An answer during a sign-in leads on at once: to the client or to the next question, once, and only in this browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorizeAddress, Browser, pkce, signIn, type Page } from './browser.ts';
import { codeBed, doctor, patient, redirectUri } from './code-bed.ts';
import { issuer } from './support.ts';

const { bed, url, spa, request, exchange } = await codeBed();
const scope = 'openid user/*.rs';

function ask(more: Record<string, string> = {}, challenge = pkce().query): string {
  return authorizeAddress({ ...request, scope, ...challenge, ...more });
}

/** One request, without following redirects. */
interface Sent {
  status: number;
  location: string;
  cookies: string[];
  text: string;
}

type Cookies = ReadonlyMap<string, { value: string }>;

async function send(page: Page, cookies: Cookies, fields?: Record<string, string>): Promise<Sent> {
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
  const response = await fetch(url + page.address.slice(issuer.length), {
    ...(fields && { method: 'POST', body: new URLSearchParams({ csrf, ...fields }) }),
    headers: { cookie: [...cookies].map(([name, { value }]) => `${name}=${value}`).join('; ') },
    redirect: 'manual',
  });
  const location = response.headers.get('location') ?? '';
  return {
    status: response.status,
    location,
    cookies: response.headers.getSetCookie(),
    text: await response.text(),
  };
}

const login = { ...doctor, step: 'login' };
const isToClient = ({ location }: Sent): boolean => location.startsWith(`${redirectUri}?`);
const codeIn = ({ location }: Sent): string => new URL(location).searchParams.get('code') ?? '';

/** A page that asks for the password, and the browser's cookies there. */
async function begin(more: Record<string, string> = {}, challenge = pkce().query): Promise<[Page, Cookies]> {
  const browser = new Browser(url);
  const page = await browser.get(ask(more, challenge));
  return [page, new Map(browser.cookies)];
}

async function countOf(model: string): Promise<number> {
  const [row] = await bed.sql<{ count: number }[]>`
    select count(*)::int as count from sso.artifact where model = ${model}`;
  return row!.count;
}

async function recorded(event: string): Promise<number> {
  const [row] = await bed.sql<{ count: number }[]>`
    select count(*)::int as count from sso.audit_event where event = ${event}`;
  return row!.count;
}

/** Counts the codes, sign-ins and consents that an act adds. */
async function added(act: () => Promise<void>): Promise<{ codes: number; signIns: number; consents: number }> {
  const counted = async (): Promise<number[]> => [
    await countOf('AuthorizationCode'),
    await recorded('sign-in.succeeded'),
    await recorded('consent.given'),
  ];
  const before = await counted();
  await act();
  const [codes, signIns, consents] = (await counted()).map((count, index) => count - before[index]!);
  return { codes: codes!, signIns: signIns!, consents: consents! };
}

describe('an answer at a sign-in', () => {
  it('UX-04 a consent leads to the client, with a code that is good and one record', async () => {
    const { verifier, query } = pkce();
    const browser = new Browser(url);
    const consent = await browser.submit(await browser.get(ask({ state: 's' }, query)), doctor, 'login');
    assert.match(consent.text, /value="allow"/);
    let sent: Sent | undefined;
    const more = await added(async () => void (sent = await send(consent, browser.cookies, { step: 'allow' })));
    assert.equal(sent!.status, 303);
    assert.ok(isToClient(sent!), sent!.location);
    assert.equal(new URL(sent!.location).searchParams.get('state'), 's');
    assert.deepEqual(more, { codes: 1, signIns: 0, consents: 1 });
    const { status } = await exchange({ code: codeIn(sent!), code_verifier: verifier });
    assert.equal(status, 200);
  });

  it('a password leads to the client where consent was given before, and the person is signed in', async () => {
    const [page, cookies] = await begin();
    let sent: Sent | undefined;
    const more = await added(async () => void (sent = await send(page, cookies, login)));
    assert.ok(isToClient(sent!), sent!.location);
    assert.deepEqual(more, { codes: 1, signIns: 1, consents: 0 });
    const names = sent!.cookies.map((line) => line.split('=', 1)[0]);
    assert.ok(names.includes('__Host-session') && names.includes('__Host-device'), names.join(' '));
    const browser = new Browser(url);
    for (const line of sent!.cookies) {
      const [pair = ''] = line.split(';', 1);
      browser.plant(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const back = new URL((await browser.get(ask({ prompt: 'none' }))).address);
    assert.ok(back.searchParams.has('code'), back.href);
  });

  it('a password leads to the question what the application may, and a no to the client', async () => {
    const [page, cookies] = await begin({ prompt: 'consent' });
    const sent = await send(page, cookies, login);
    assert.match(sent.location, /^\/sign-in\/[\w-]+$/);
    const browser = new Browser(url);
    const consent = await browser.submit(await browser.get(ask({ prompt: 'consent' })), doctor, 'login');
    const refused = await send(consent, browser.cookies, { step: 'refuse' });
    assert.ok(isToClient(refused), refused.location);
    assert.equal(new URL(refused.location).searchParams.get('error'), 'access_denied');
  });

  it('goes by an address of its own where the client is answered by a form', async () => {
    const [page, cookies] = await begin({ response_mode: 'form_post' });
    const { location } = await send(page, cookies, login);
    assert.match(location, /\/oauth\/authorize\/[\w-]+$/);
    const answer = await send({ ...page, address: location }, cookies);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /<form method="post" action="https:\/\/clinic\.example\.uz\/cb">/);
    assert.match(answer.text, /name="code"/);
  });

  it('of another person than the one of the session is shown at an address of its own', async () => {
    const browser = new Browser(url);
    await signIn(browser, ask(), doctor);
    const page = await browser.get(ask({ prompt: 'login' }));
    const { location } = await send(page, browser.cookies, { ...patient, step: 'login' });
    assert.match(location, /\/oauth\/authorize\/[\w-]+$/);
    const answer = await send({ ...page, address: location }, browser.cookies);
    assert.equal(answer.status, 200);
    assert.match(answer.text, /action="\/oauth\/logout\/confirm"/);
  });
});

describe('an answer that is sent twice', () => {
  it('one after the other leads to the same code, for as long as that was not used', async () => {
    const { verifier, query } = pkce();
    const [page, cookies] = await begin({}, query);
    const sent: Sent[] = [];
    const more = await added(async () => {
      for (let n = 0; n < 2; n += 1) sent.push(await send(page, cookies, login));
    });
    assert.deepEqual(more, { codes: 1, signIns: 1, consents: 0 });
    assert.ok(isToClient(sent[0]!), sent[0]!.location);
    assert.equal(sent[1]!.location, sent[0]!.location);
    assert.deepEqual(sent[1]!.cookies, sent[0]!.cookies);
    assert.equal((await exchange({ code: codeIn(sent[0]!), code_verifier: verifier })).status, 200);
    assert.equal((await send(page, cookies, login)).status, 400, 'it is over');
  });

  it('at once leads to one code, with one record', async () => {
    for (let n = 0; n < 5; n += 1) {
      const [page, cookies] = await begin();
      let sent: Sent[] = [];
      const more = await added(
        async () => void (sent = await Promise.all([1, 2, 3].map(() => send(page, cookies, login)))),
      );
      assert.deepEqual(more, { codes: 1, signIns: 1, consents: 0 });
      assert.ok(isToClient(sent[0]!), sent[0]!.location);
      assert.deepEqual(new Set(sent.map(({ location }) => location)), new Set([sent[0]!.location]));
      assert.deepEqual(new Set(sent.map(({ cookies: lines }) => lines.join('\n'))).size, 1);
    }
  });

  it('leads to the same question, for as long as that was not answered', async () => {
    const browser = new Browser(url);
    const page = await browser.get(ask({ prompt: 'consent' }));
    const cookies = new Map(browser.cookies);
    const consent = await browser.submit(page, doctor, 'login');
    const again = await send(page, cookies, login);
    assert.equal(new URL(again.location, issuer).href, consent.address);
    assert.ok(isToClient(await send(consent, browser.cookies, { step: 'allow' })));
    assert.equal((await send(page, cookies, login)).status, 400);
  });
});

describe('what was answered', () => {
  it('UX-06 is told to no other browser, and to nobody without the form', async () => {
    const [page, cookies] = await begin();
    assert.ok(isToClient(await send(page, cookies, login)));
    const unsigned = new Map([...cookies].filter(([name]) => !name.endsWith('.sig')));
    for (const wrong of [new Map() as Cookies, unsigned]) {
      for (const fields of [login, undefined]) {
        const { status, location } = await send(page, wrong, fields);
        assert.deepEqual([status, location], [400, '']);
      }
    }
    const [other, others] = await begin();
    assert.equal((await send(page, others, login)).location, '', 'the cookies of another sign-in');
    assert.equal((await send({ ...page, text: other.text }, others, { ...login, password: '' })).location, '');
    assert.equal((await send({ ...page, text: '' }, cookies, login)).status, 400, 'without the key of the form');
    assert.equal((await send(page, cookies)).status, 303, 'the same browser');
  });

  it('is forgotten after a minute', async () => {
    const [page, cookies] = await begin();
    assert.ok(isToClient(await send(page, cookies, login)));
    await bed.sql`update sso.artifact set expires_at = now() where model = 'Answer'`;
    assert.equal((await send(page, cookies, login)).status, 400);
  });

  it('cannot be read in the database', async () => {
    const [page, cookies] = await begin();
    const sent = await send(page, cookies, login);
    const [row] = await bed.sql<{ content: Buffer; seconds: number }[]>`
      select content, extract(epoch from expires_at - now())::float as seconds from sso.artifact
      where model = 'Answer' order by expires_at desc limit 1`;
    assert.ok(row!.seconds > 0 && row!.seconds <= 60, String(row!.seconds));
    for (const secret of [codeIn(sent), spa.id, redirectUri]) assert.equal(row!.content.includes(secret), false);
  });
});
