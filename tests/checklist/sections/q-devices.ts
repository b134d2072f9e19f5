import assert from 'node:assert/strict';
import { Browser, type Page } from '../../../apps/sso/test/browser.ts';
import { isError, isOk } from '../expect.ts';
import { people } from '../people.ts';
import { row, type Section } from '../row.ts';
import { issuer, usualLimits, type World } from '../world.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';

const grant = 'urn:ietf:params:oauth:grant-type:device_code';

async function begin(w: World): Promise<Record<string, string>> {
  const got = await w.post('/oauth/device_authorization', {
    client_id: w.of.TV.id,
    scope: 'openid offline_access user/*.rs',
  });
  assert.equal(got.status, 200, got.text);
  return got.body as Record<string, string>;
}

const poll = (w: World, deviceCode: string | undefined): Promise<Answer> =>
  w.token({ grant_type: grant, client_id: w.of.TV.id, device_code: deviceCode });

/** Sends the form of a page of the device, with its hidden fields. */
async function send(browser: Browser, page: Page, fields: Record<string, string>): Promise<Page> {
  const hidden = [...page.text.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  return browser.post('/oauth/device', { ...(Object.fromEntries(hidden) as Record<string, string>), ...fields });
}

/** Four letters of which none is a vowel. */
function userCodeOf(n: number): string {
  const letters = 'BCDFGHJKLM';
  return `ZZ${letters[Math.floor(n / 10)]!}${letters[n % 10]!}`;
}

async function letIn(w: World, userCode: string): Promise<Page> {
  const browser = w.browser();
  const form = await browser.get('/oauth/device');
  const question = await send(browser, form, { user_code: userCode });
  assert.match(question.text, /TV/);
  let page = await send(browser, question, { confirm: 'yes' });
  if (page.text.includes('name="password"')) page = await browser.submit(page, people.doctor1, 'login');
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
  return page;
}

export const devices: Section = {
  letter: 'Q (continued)',
  title: 'RFC 8628, devices',
  rows: [
    row('DEV-01', 'M', 'codes, where to go, how long, how often', async (w) => {
      const body = await begin(w);
      assert.ok(body['device_code']!.length > 30);
      assert.match(body['user_code']!, /^[A-Z]{4}-[A-Z]{4}$/);
      assert.equal(body['verification_uri'], `${issuer}/oauth/device`);
      assert.ok(body['verification_uri_complete']!.startsWith(`${issuer}/oauth/device?user_code=`));
      assert.deepEqual([body['expires_in'], body['interval']], [600, 5]);
      const page = await w
        .browser()
        .get(new URL(body['verification_uri_complete']!).pathname + new URL(body['verification_uri_complete']!).search);
      assert.match(page.text, new RegExp(`value="${body['user_code']!}"`));
      for (const [language, word] of [
        ['uz', 'Qurilmani ulash'],
        ['ru', 'Подключение устройства'],
        ['en', 'Connect a device'],
      ] as const) {
        assert.match((await w.browser(language).get('/oauth/device')).text, new RegExp(word));
      }
    }),
    row('DEV-02', 'M', 'a question before the person has answered: 400 authorization_pending', async (w) => {
      isError(await poll(w, (await begin(w))['device_code']), 400, 'authorization_pending');
    }),
    row('DEV-03', 'S', 'a question too soon after the last: 400 slow_down', async (w) => {
      const { device_code: code } = await begin(w);
      isError(await poll(w, code), 400, 'authorization_pending');
      isError(await poll(w, code), 400, 'slow_down');
      w.clock.ahead(6);
      isError(await poll(w, code), 400, 'authorization_pending');
    }),
    row(
      'DEV-04',
      'M',
      'tokens once when let in; access_denied; expired_token; a second use is invalid_grant',
      async (w) => {
        const allowed = await begin(w);
        assert.match((await letIn(w, allowed['user_code']!)).text, /The device is connected/);
        const tokens = isOk(await poll(w, allowed['device_code']));
        assert.ok(tokens['id_token'] && tokens['refresh_token']);
        isError(await poll(w, allowed['device_code']), 400, 'invalid_grant');
        const denied = await begin(w);
        const browser = w.browser();
        const question = await send(browser, await browser.get('/oauth/device'), { user_code: denied['user_code']! });
        assert.match((await send(browser, question, { abort: 'yes' })).text, /not connected/);
        isError(await poll(w, denied['device_code']), 400, 'access_denied');
        const late = await begin(w);
        w.clock.ahead(601);
        isError(await poll(w, late['device_code']), 400, ['expired_token', 'invalid_grant']);
        const wrong = w.browser();
        const page = await send(wrong, await wrong.get('/oauth/device'), { user_code: 'AAAA-AAAA' });
        assert.match(page.text, /no such code/);
      },
    ),
    row('DEV-05', 'P', '30 wrong user codes: 429 with Retry-After, for this address and no other', async (w) => {
      const sso = await w.anotherSso({ limits: usualLimits, trustProxy: true });
      const { user_code: right } = await begin(w);
      const from = (address: string): Browser => new Browser(sso, 'en', { 'x-forwarded-for': address });
      const guesser = from('203.0.113.7');
      const pages: Page[] = [];
      for (let n = 0; n < 30; n += 1) {
        const form = await guesser.get('/oauth/device');
        pages.push(await send(guesser, form, { user_code: `AAAA-${userCodeOf(n)}` }));
      }
      assert.deepEqual(
        pages.map(({ status }) => status),
        [...Array<number>(10).fill(200), ...Array<number>(20).fill(429)],
      );
      assert.ok(Number(pages.at(-1)!.headers.get('retry-after')) >= 1);
      assert.match(pages.at(-1)!.text, /Too many wrong codes/);
      const blocked = await send(guesser, await guesser.get('/oauth/device'), { user_code: right! });
      assert.equal(blocked.status, 429, 'the right one too');
      const other = from('203.0.113.8');
      const question = await send(other, await other.get('/oauth/device'), { user_code: right! });
      assert.match(question.text, /TV/);
    }),
  ],
};
