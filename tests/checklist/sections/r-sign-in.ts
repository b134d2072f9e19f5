import assert from 'node:assert/strict';
import { oneId } from '@dhp/accounts/identity-systems';
import { until } from '@dhp/postgres/testing';
import { Browser } from '../../../apps/sso/test/browser.ts';
import { codesDiffer, wrongCode } from '../../../apps/sso/test/one-time-codes.ts';
import { newAuthenticator } from '../authenticator.ts';
import { people } from '../people.ts';
import { row, type Section } from '../row.ts';
import { asksForPassword, askedOn, begin, codeAfter, codeOf, enter, recordedOf, secretOn } from '../visits.ts';
import type { World } from '../world.ts';

const languages = { uz: 'Tizimga kirish', ru: 'Вход в систему', en: 'Sign in' } as const;
const twoFactors = 'urn:dhp:acr:two-factors';

async function speaks(w: World): Promise<void> {
  for (const [language, title] of Object.entries(languages)) {
    const says = new RegExp(`<html lang="${language}">[^]*<h1>${title}</h1>`);
    assert.match((await begin(w, w.browser(language))).text, says);
    const browser = w.browser('fr');
    assert.match((await begin(w, browser, { ui_locales: `fr ${language}` })).text, says);
    const other = language === 'en' ? 'uz' : 'en';
    const page = await begin(w, browser);
    const [, link = ''] = new RegExp(`<a href="([^"]*)" lang="${other}"`).exec(page.text) ?? [];
    const switched = await browser.get(new URL(link, page.address).href);
    assert.match(switched.text, new RegExp(`<html lang="${other}">`));
    const { username, password } = people.doctor1;
    assert.ok(await codeAfter(browser, await enter(browser, switched, username, password)), 'it is still the flow');
  }
}

interface OpenPage {
  browser: Browser;
  page: Awaited<ReturnType<typeof begin>>;
}

/** A wrong password and an unknown name: one answer, in one time. */
async function tellsNothing(w: World): Promise<void> {
  const seen = new Set<string>();
  const ratios: number[] = [];
  // One visit for all rounds: a page holds a passkey challenge, which belongs to the visit.
  const browser = w.browser();
  const page = await begin(w, browser);
  // Other work of the machine disturbs single rounds; a difference caused by the code appears in each round.
  do ratios.push(await ratioOfTimes(w, { browser, page }, seen));
  while ((ratios.at(-1)! < 0.8 || ratios.at(-1)! > 1.25) && ratios.length < 15);
  assert.deepEqual([...seen].slice(1), [], 'one text and status');
  assert.match([...seen][0]!, /^401 /);
  const last = ratios.at(-1)!;
  assert.ok(last >= 0.8 && last <= 1.25, `the medians differ by ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`);
}

/** @returns the median time of a wrong password divided by that of an unknown name; 20 of each, in turn */
async function ratioOfTimes(w: World, { browser, page }: OpenPage, seen: Set<string>): Promise<number> {
  const names = { known: people.locked1.username, unknown: 'nobody-at-all' };
  const times: Record<keyof typeof names, number[]> = { known: [], unknown: [] };
  for (let n = 0; n < 20; n += 1) {
    await w.reset();
    for (const kind of ['known', 'unknown'] as const) {
      const begun = performance.now();
      const answer = await enter(browser, page, names[kind], `wrong password ${String(n)}`);
      times[kind].push(performance.now() - begun);
      // The key of a form is masked again in each answer.
      const text = answer.text.replaceAll(/name="csrf" value="[^"]*"/g, '').replaceAll(names[kind], '');
      seen.add(`${String(answer.status)} ${text}`);
    }
  }
  const median = (of: number[]): number => of.toSorted((a, b) => a - b)[of.length / 2]!;
  return median(times.known) / median(times.unknown);
}

async function waits(w: World): Promise<void> {
  const { username, password } = people.locked1;
  const browser = w.browser();
  const page = await begin(w, browser);
  const { events } = await recordedOf(w, async () => {
    for (let n = 0; n < 10; n += 1) await enter(browser, page, username, `wrong ${String(n)}`);
    assert.equal((await enter(browser, page, username, password)).status, 401, 'the right one, too late');
  });
  const refusals = events.filter(({ event }) => event === 'sign-in.refused').map(({ reason }) => reason);
  assert.deepEqual(refusals, [...Array<string>(5).fill('wrong-password'), ...Array<string>(6).fill('account-locked')]);
  assert.equal(events.filter(({ event }) => event === 'account.locked').length, 1);
  await until('a mail comes', () => w.mail.length > 0);
  assert.deepEqual(
    w.mail.map(({ to }) => to),
    [`${username}@example.uz`],
    'one notice',
  );
  const other = w.browser();
  const { doctor1 } = people;
  assert.ok(await codeAfter(other, await enter(other, await begin(w, other), doctor1.username, doctor1.password)));
  w.clock.ahead(16 * 60);
  const later = w.browser();
  assert.ok(await codeAfter(later, await enter(later, await begin(w, later), username, password)), 'the wait is over');
}

async function wantsCode(w: World): Promise<void> {
  const { username, password } = people.mfa1;
  const secret = await setUpCodes(w);
  const now = (): Date => w.clock.now();
  const attempt = async (code: string): Promise<boolean> => {
    const browser = w.browser();
    const page = await enter(browser, await begin(w, browser), username, password);
    assert.match(page.text, /name="code"/);
    assert.equal(await codeAfter(browser, page), undefined, 'the password alone is not enough');
    return (await codeAfter(browser, await browser.submit(page, { code }, 'code'))) !== undefined;
  };
  toNextCodes(w, secret);
  const early = codeOf(secret, now(), 1);
  assert.equal(await attempt(early), true, 'one step ahead');
  assert.equal(await attempt(early), false, 'the same again');
  toNextCodes(w, secret);
  assert.equal(await attempt(codeOf(secret, now(), -2)), false, 'two steps behind');
  assert.equal(await attempt(codeOf(secret, now(), -1)), true, 'one step behind');
  w.clock.ahead(3600);
  for (let n = 0; n < 5; n += 1) assert.equal(await attempt(wrongCode(secret, now())), false);
  assert.equal(await attempt(codeOf(secret, now())), false, 'the right one, too late');
  w.clock.ahead(120);
  assert.equal(await attempt(codeOf(secret, now())), true);
}

/** Two minutes later, or as soon after them as the codes of the steps around differ; at the begin of a step, so that what follows stays within it. */
function toNextCodes({ clock }: World, secret: Buffer): void {
  clock.ahead(120);
  do clock.toNext(30);
  while (!codesDiffer(secret, clock.now()));
}

/** On the way in, since the client asks for two factors. @returns the key of the codes */
async function setUpCodes(w: World): Promise<Buffer> {
  const { username, password } = people.mfa1;
  const browser = w.browser();
  const page = await enter(browser, await begin(w, browser, { acr_values: twoFactors }), username, password);
  const secret = secretOn(page);
  const shown = await browser.submit(page, { code: codeOf(secret, w.clock.now()) }, 'enrol');
  assert.ok(await codeAfter(browser, await browser.submit(shown, {}, 'recovery-kept')));
  return secret;
}

async function takesPasskeys(w: World): Promise<void> {
  const { username, password } = people.pk1;
  const telephone = newAuthenticator();
  const first = w.browser();
  const page = await enter(first, await begin(w, first, { acr_values: twoFactors }), username, password);
  const made = await first.submit(page, { credential: telephone.make(askedOn(page)) }, 'make-passkey');
  assert.ok(await codeAfter(first, made));

  const attempt = async (credentialFor: (asked: ReturnType<typeof askedOn>) => string): Promise<boolean> => {
    const browser = w.browser();
    const start = await begin(w, browser);
    const answer = await browser.submit(start, { credential: credentialFor(askedOn(start)) }, 'passkey');
    return (await codeAfter(browser, answer)) !== undefined;
  };
  let sent = '';
  assert.equal(await attempt((asked) => (sent = telephone.use(asked))), true, 'no password');
  assert.equal(await attempt(() => sent), false, 'replayed');
  assert.equal(await attempt((asked) => telephone.use({ ...asked, origin: 'https://evil.example' })), false, 'origin');
  assert.equal(await attempt((asked) => telephone.use({ ...asked, rpId: 'evil.example' })), false, 'rpId');
  assert.equal(await attempt((asked) => newAuthenticator().use(asked)), false, 'of nobody here');
  assert.equal(await attempt((asked) => telephone.use(asked)), true);
}

async function isBoundToBrowser(w: World): Promise<void> {
  const { username, password } = people.doctor1;
  const browser = w.browser();
  const page = await begin(w, browser, { prompt: 'consent' });
  const other = w.browser();
  assert.equal((await other.get(page.address)).status, 400);
  assert.equal((await enter(other, page, username, password)).status, 400, 'with the token of the form too');
  const consent = await enter(browser, page, username, password);
  assert.equal((await other.get(consent.address)).status, 400);
  assert.ok(await codeAfter(browser, consent), 'the first browser goes on');
}

async function wantsForm(w: World): Promise<void> {
  const browser = w.browser();
  const page = await begin(w, browser);
  const credentials = { username: people.mfa2.username, password: people.mfa2.password, step: 'login' };
  for (const csrf of [undefined, '', 'x', 'A'.repeat(43)]) {
    const sent = await browser.post(page.address, { ...credentials, ...(csrf !== undefined && { csrf }) });
    assert.equal(sent.status, 400, `csrf ${String(csrf)}`);
  }
  assert.equal((await w.post(new URL(page.address).pathname, credentials)).status, 400, 'no cookie');
  const consent = await enter(browser, page, credentials.username, credentials.password);
  assert.match(consent.text, /value="allow"/);
  assert.equal((await browser.post(consent.address, { step: 'allow' })).status, 400);
  assert.equal((await w.post(new URL(consent.address).pathname, { step: 'allow' })).status, 400);
  assert.ok(await codeAfter(browser, consent));
}

const honest = { ret_cd: '0', pin: '30101900000011', first_name: 'Aziza', sur_name: 'Karimova', valid: 'true' };

async function doubtsOneId(w: World): Promise<void> {
  const upstream = oneId({ url: `${w.stranger.url}/oneid`, clientId: 'dhp', clientSecret: 's', scope: 'dhp' });
  const sso = await w.anotherSso({ upstreams: [upstream], directory: () => Promise.resolve([]) });
  let said: Record<string, unknown> = honest;
  w.stranger.reply = () => {
    const isToken = w.stranger.asked.at(-1)?.body.includes('one_authorization_code') === true;
    return { body: JSON.stringify(isToken ? { access_token: 't' } : said) };
  };
  const leave = async (browser: Browser): Promise<string> => {
    const page = await begin(w, browser);
    const away = new URL((await browser.get(`${page.address}?upstream=oneid`)).address);
    return away.searchParams.get('state')!;
  };
  const isSignedIn = (browser: Browser): boolean => browser.cookies.has('__Host-session');
  const wrong: [object, string][] = [
    [{ ...honest, ret_cd: '1' }, 'oneid: ret-cd'],
    [{ ...honest, pin: undefined }, 'oneid: no-pinfl'],
    [{ ...honest, valid: 'false' }, 'oneid: not-valid'],
  ];
  for (const [answer, reason] of wrong) {
    said = answer as Record<string, unknown>;
    const browser = new Browser(sso);
    const state = await leave(browser);
    const { events } = await recordedOf(w, async () => {
      const page = await browser.get(`/upstream/oneid?code=c&state=${state}`);
      assert.equal(page.status, 401);
    });
    assert.deepEqual(
      events.map((one) => [one.event, one.reason]),
      [['sign-in.refused', reason]],
    );
    assert.equal(isSignedIn(browser), false);
  }
  said = honest;
  const browser = new Browser(sso);
  const state = await leave(browser);
  for (const query of ['code=c', 'code=c&state=', `code=c&state=${'x'.repeat(43)}`]) {
    assert.equal((await browser.get(`/upstream/oneid?${query}`)).status, 400, query);
  }
  assert.equal((await new Browser(sso).get(`/upstream/oneid?code=c&state=${state}`)).status, 400, 'another browser');
  assert.equal(isSignedIn(browser), false);
  assert.ok(await codeAfter(browser, await browser.get(`/upstream/oneid?code=c&state=${state}`)), 'the honest answer');
  assert.equal((await browser.get(`/upstream/oneid?code=c&state=${state}`)).status, 400, 'replayed');
}

async function keepsCookies(w: World): Promise<void> {
  const first = await w.authorize({ client_id: w.of.SPA.id, ...askFor(w) });
  const browser = w.browser();
  const page = await begin(w, browser);
  const before = browser.cookies.get('__Host-session')?.value;
  const consent = await enter(browser, page, people.doctor1.username, people.doctor1.password);
  await codeAfter(browser, consent);
  const after = browser.cookies.get('__Host-session')?.value;
  assert.ok(after !== undefined && after !== before, 'the id of before is good for nothing');
  const again = await begin(w, browser, { prompt: 'login' });
  assert.ok(asksForPassword(again));
  await codeAfter(browser, await enter(browser, again, people.doctor1.username, people.doctor1.password));
  assert.notEqual(browser.cookies.get('__Host-session')?.value, after);

  // An id that somebody else put there does not become that of the session.
  const planted = w.browser();
  const login = await begin(w, planted);
  planted.plant('__Host-session', 'planted-by-somebody-else');
  await codeAfter(planted, await enter(planted, login, people.doctor1.username, people.doctor1.password));
  assert.notEqual(planted.cookies.get('__Host-session')?.value, 'planted-by-somebody-else');

  const lines = [...first.headers.getSetCookie(), ...browser.lines];
  assert.ok(lines.some((line) => line.startsWith('__Host-session=')));
  for (const line of lines) {
    assert.match(line, /; secure/i, line);
    assert.match(line, /; httponly/i, line);
    assert.match(line, /; samesite=lax/i, line);
    assert.match(line, /^(__Host-[^;]*; path=\/;|__Secure-[^;]*; path=\/(sign-in|oauth)\/)/i, line);
  }
}

function askFor(w: World): Record<string, string> {
  const challenge = { code_challenge: 'A'.repeat(43), code_challenge_method: 'S256' };
  return { response_type: 'code', redirect_uri: w.of.SPA.redirectUri, scope: 'openid', ...challenge };
}

export const signingIn: Section = {
  letter: 'R',
  title: 'Signing in, and its abuse',
  rows: [
    row(
      'UX-01',
      'P',
      'the page speaks Uzbek, Russian and English, by the browser and by ui_locales; its switch keeps the flow',
      speaks,
    ),
    row('UX-02', 'P', 'a wrong password and an unknown name: one text, one status, one time', tellsNothing),
    row(
      'UX-03',
      'P',
      'ten wrong passwords: the right one is refused for a while; a notice and audit events; others sign in',
      waits,
    ),
    row(
      'UX-04',
      'P',
      'no code for the client before the second factor; a step early or late, none twice, five wrong ones wait',
      wantsCode,
    ),
    row(
      'UX-05',
      'P',
      'a passkey alone signs in; a wrong origin or host, a replay and a stranger do not',
      takesPasskeys,
    ),
    row('UX-06', 'P', 'the address of a sign-in is good in its browser alone, at every step', isBoundToBrowser),
    row('UX-07', 'P', 'forms without the cookie, without their token or with a wrong one: 400', wantsForm),
    row(
      'UX-08',
      'P',
      'cookies are Secure, HttpOnly, SameSite=Lax, __Host- or __Secure-; the session has another id after each sign-in, never a planted one',
      keepsCookies,
    ),
    row(
      'UX-13',
      'P',
      'OneID: a state that is missing, made up, replayed or of another browser, and an answer that proves nothing',
      doubtsOneId,
    ),
  ],
};
