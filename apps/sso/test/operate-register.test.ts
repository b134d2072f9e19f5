/** The operators' pages for registering people and clients, the messages to these people, and the picture of a client. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fieldsOf } from '@dhp/sso-pages/testing';
import { pageLanguages } from '../../../tests/sample.ts';
import type { Browser } from './browser.ts';
import { desktop, isFit, phone, withoutBrowser } from './chromium.ts';
import { operateBed, reason } from './operate-bed.ts';
import { basic, postForm } from './support.ts';

interface Mail {
  to: string;
  subject: string;
  text: string;
}

const mail: Mail[] = [];
const { bed, chromium, accounts, clock, idOf, register, withoutScripts, operator, leavesBehind, act } =
  await operateBed({
    messagePollSeconds: 0.05,
    send: (message) => {
      mail.push(message);
      return Promise.resolve();
    },
  });
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
let browser: Browser;
let actor: string;

before(async () => {
  await register('olim', 'Olim Usmonov', 'Practitioner');
  await accounts.create({
    username: 'aziza',
    name: 'Aziza Karimova',
    password: 'correct horse battery',
    email: 'aziza@example.uz',
  });
  actor = `account:${idOf('operator')}`;
  ({ browser } = await withoutScripts('operator'));
  await mails(0);
});

/** Returns the messages that people received, without those caused by a sign-in. */
async function mails(count: number): Promise<Mail[]> {
  for (let n = 0; mail.length < count && n < 1200; n += 1) await delay(25);
  await delay(150); // One too many would have arrived by now.
  assert.equal(mail.length, count, JSON.stringify(mail));
  return mail.splice(0);
}

const secretIn = (text: string): string | undefined => /class="secret"><code>([^<]+)</.exec(text)?.[1];
const recorded = leavesBehind;
const trail = async (): Promise<string> => JSON.stringify(await bed.sql`select * from sso.audit_event`);

describe('a person is registered', () => {
  const nargiza = {
    username: 'Nargiza',
    name: 'Наргиза Юсупова',
    records: 'playground Practitioner/pr-1\nproduction Practitioner/pr-9',
  };

  it('and invited by a message in the language that was chosen, when there is an address', async () => {
    let text = '';
    const left = await recorded(async () => {
      const fields = { ...nargiza, email: 'nargiza@example.uz', way: 'invite', language: 'ru' };
      ({ text } = await act(browser, '/add-person', fields));
    });
    assert.deepEqual(left, [
      { event: 'account.created', actor, reason },
      { event: 'account.invited', actor, reason },
    ]);
    assert.match(text, /The invitation is on its way/);
    const account = await accounts.find('nargiza');
    assert.deepEqual(account?.identities, [
      { environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' },
      { environment: 'production', type: 'Practitioner', fhir_id: 'pr-9' },
    ]);
    const [message] = await mails(1);
    assert.equal(message!.to, 'nargiza@example.uz');
    assert.match(message!.text, /Здравствуйте, Наргиза Юсупова[^]*nargiza[^]*семь дней/);
    const [link = ''] = /https?:\S+/.exec(message!.text) ?? [];
    assert.equal((await browser.get(link)).status, 200, 'the link opens the page of a new password');
    assert.ok(!text.includes(link) && !(await trail()).includes(link.split('token=')[1]!), 'nobody else has it');
  });

  it('and invited by a link that is shown once, when there is none', async () => {
    const { text } = await act(browser, '/add-person', {
      username: 'sitora',
      name: 'Sitora',
      way: 'invite',
      language: 'uz',
    });
    const link = secretIn(text) ?? '';
    assert.ok(link.startsWith(`${chromium.issuer}/password/new?token=`), text);
    const { text: set } = await browser.submit(
      await browser.get(link),
      { token: link.split('token=')[1]!, new: 'a password of my own 7' },
      'set',
    );
    assert.match(set, /The password is saved/);
    assert.ok('account' in (await accounts.authenticate('sitora', 'a password of my own 7', '203.0.113.7')));
    await mails(0);
  });

  it('with a password that is made here', async () => {
    let text = '';
    const left = await recorded(async () => {
      ({ text } = await act(browser, '/add-person', { username: 'zuhra', name: 'Zuhra', way: 'password' }));
    });
    assert.deepEqual(left, [{ event: 'account.created', actor, reason }]);
    assert.ok('account' in (await accounts.authenticate('zuhra', secretIn(text) ?? '', '203.0.113.7')));
    assert.ok(!(await trail()).includes(secretIn(text)!));
  });

  it('not with what is wrong: that is said beside what was typed', async () => {
    for (const [wrong, said] of [
      [{ username: 'olim' }, /This user name is taken/],
      [{ username: 'x' }, /The user name must have 2 to 100/],
      [{ email: 'nowhere' }, /not an e-mail address/],
      [{ records: 'playground Clinic' }, /This does not name a record: playground Clinic/],
      [{ records: 'playground Medication/1' }, /role="alert"/],
      [{ reason: 'x' }, /3 to 300 characters/],
    ] as const) {
      const left = await leavesBehind(async () => {
        const fields = { username: 'feruza', name: 'Feruza', way: 'invite', language: 'uz', ...wrong };
        const page = await act(browser, '/add-person', fields);
        assert.equal(page.status, 400);
        assert.match(page.text, said);
        assert.match(page.text, /value="Feruza"/);
      });
      assert.deepEqual(left, []);
    }
    assert.equal(await accounts.find('feruza'), undefined);
  });
});

describe('a person is told', () => {
  const path = async (username: string): Promise<string> => `/users/${(await accounts.find(username))!.accountId}`;

  it('that an administrator gave a new password, made a link, took the second factor away', async () => {
    const { text } = await act(browser, `${await path('aziza')}/reset-password`);
    const made = secretIn(text)!;
    const linked = await act(browser, `${await path('aziza')}/reset-link`);
    const link = secretIn(linked.text)!;
    const account = (await accounts.find('aziza'))!;
    await bed.sql`insert into sso.totp (account_id, secret, created_at, confirmed_at) values (${account.accountId}, 'x', ${clock()}, ${clock()})`;
    await act(browser, `${await path('aziza')}/reset-factors`);
    const got = await mails(3);
    assert.deepEqual(
      got.map(({ to }) => to),
      Array(3).fill('aziza@example.uz'),
    );
    const all = got.map(({ subject, text: body }) => subject + body).join('\n');
    assert.match(all, /yangi parol berildi/);
    assert.match(all, /havolasi yaratildi/);
    assert.match(all, /tasdiqlash usullaringiz olib tashlandi/);
    assert.match(all, /Kim tomonidan: platforma administratori/);
    assert.ok(!all.includes(made) && !all.includes(link.split('token=')[1]!), 'what opens the account is in none');
    assert.ok(!all.includes('127.0.0.1'), 'nor where the administrator sits');
  });

  it('in the own language', async () => {
    await bed.sql`update sso.account set language = 'en' where username = 'aziza'`;
    await act(browser, `${await path('aziza')}/reset-password`);
    const [message] = await mails(1);
    assert.match(
      message!.text,
      /An administrator gave your account a new password[^]*If you did not, tell the administrator/,
    );
  });

  it('nothing where there is no address, and nothing of what was not done', async () => {
    await act(browser, `${await path('olim')}/reset-password`);
    await act(browser, `${await path('aziza')}/reset-password`, { reason: '' });
    await mails(0);
  });
});

describe('a client is registered', () => {
  const service = {
    client_name: 'Shahar laboratoriyasi',
    environment: 'playground',
    kind: 'secret',
    grant_types: 'client_credentials',
    scope: 'system/Patient.rs\nsystem/Observation.rs',
  };
  const idIn = (text: string): string => /client_id<\/dt><dd><code>([^<]+)</.exec(text)?.[1] ?? '';

  it('with a secret that is shown once and works', async () => {
    let text = '';
    const left = await leavesBehind(async () => {
      ({ text } = await act(browser, '/add-client', service));
    });
    assert.deepEqual(left, [{ event: 'client.created', actor, reason }]);
    const token = await postForm(
      `${chromium.issuer}/oauth/token`,
      { grant_type: 'client_credentials' },
      basic(idIn(text), secretIn(text)!),
    );
    assert.equal(token.status, 200);
    assert.ok(!(await browser.get(`/operate/clients/${idIn(text)}`)).text.includes(secretIn(text)!));
    assert.ok(!(await trail()).includes(secretIn(text)!));
  });

  it('of production waits for approval', async () => {
    const { text } = await act(browser, '/add-client', { ...service, environment: 'production' });
    const token = await postForm(
      `${chromium.issuer}/oauth/token`,
      { grant_type: 'client_credentials' },
      basic(idIn(text), secretIn(text)!),
    );
    assert.equal(token.status, 400);
    assert.match((await browser.get(`/operate/clients/${idIn(text)}`)).text, /waiting for approval/);
  });

  it('without a secret, for what runs with people, and for what signs with its own keys', async () => {
    const app = {
      ...service,
      client_name: 'Kabinet',
      kind: 'public',
      grant_types: 'authorization_code',
      scope: 'openid',
      redirect_uris: 'https://k.example.uz/cb',
    };
    const page = await act(browser, '/add-client', { ...app, sign_in_methods: 'passkey' });
    assert.match(page.text, /The client is registered/);
    const client = await bed.clients.find(/clients\/([\w-]+)/.exec(page.address)![1]!);
    assert.deepEqual(
      [client?.public, client?.grants, client?.signInMethods],
      [true, ['authorization_code'], ['passkey']],
    );
    assert.match(page.text, /Ways to sign in<\/dt><dd><span class="line">Passkeys</);
    const keyed = await act(browser, '/add-client', {
      ...service,
      kind: 'keys',
      jwks_uri: 'https://k.example.uz/jwks',
    });
    const other = await bed.clients.find(/clients\/([\w-]+)/.exec(keyed.address)![1]!);
    assert.deepEqual([other?.hasKeys, other?.jwksUri, other?.liveSecrets], [true, 'https://k.example.uz/jwks', 0]);
  });

  it('with PKCE demanded or not, which is shown and can be changed', async () => {
    const web = {
      ...{ ...service, client_name: 'Veb', grant_types: 'authorization_code', scope: 'openid' },
      redirect_uris: 'https://v.example.uz/cb',
    };
    const made = await act(browser, '/add-client', { ...web, require_pkce: 'yes' });
    const id = idIn(made.text);
    assert.equal((await bed.clients.find(id))?.requirePkce, true);
    const page = `/operate/clients/${id}`;
    assert.match((await browser.get(page)).text, /PKCE<\/dt><dd>required</);
    assert.match((await browser.get(`${page}/change`)).text, /name="require_pkce" value="yes" checked/);
    await act(browser, `/clients/${id}/change`, {
      client_name: 'Veb',
      grant_types: 'authorization_code',
      scope: 'openid',
      redirect_uris: web.redirect_uris,
    });
    assert.equal((await bed.clients.find(id))?.requirePkce, false);
    assert.match((await browser.get(page)).text, /PKCE<\/dt><dd>as the server requires</);
  });

  it('not with what is wrong, nor with what administers', async () => {
    for (const wrong of [
      { scope: 'nonsense' },
      { client_name: '' },
      { grant_types: 'password' },
      { kind: 'public' },
      { kind: 'keys', jwks_uri: '' },
      { grant_types: 'authorization_code', scope: 'openid' },
      { logo: 'data:image/png;base64,AAAA' },
      { reason: '' },
    ]) {
      const before = await bed.sql`select count(*) from sso.client`;
      const left = await leavesBehind(async () => {
        const page = await act(browser, '/add-client', { ...service, client_name: 'Typed', ...wrong });
        assert.equal(page.status, 400, JSON.stringify(wrong));
      });
      assert.deepEqual(left, [], JSON.stringify(wrong));
      assert.deepEqual(await bed.sql`select count(*) from sso.client`, before);
    }
    const left = await leavesBehind(async () => {
      const administering = { ...service, client_name: 'Typed', scope: 'admin/users.write' };
      assert.equal((await act(browser, '/add-client', administering)).status, 403);
    });
    assert.deepEqual(
      left.map(({ event }) => event),
      ['administration.refused'],
    );
  });
});

describe('the picture of a client and its ways to sign in', () => {
  const change = {
    ...{ client_name: 'Kabinet', grant_types: 'authorization_code', scope: 'openid' },
    redirect_uris: 'https://k.example.uz/cb',
  };
  const logo = `data:image/png;base64,${picture.toString('base64')}`;
  let path = '';
  before(async () => {
    const { client } = await bed.clients.create({
      ...{ name: 'Kabinet', clientId: 'cabinet', environment: 'playground', public: true, scopes: ['openid'] },
      ...{ grants: ['authorization_code'], redirectUris: ['https://k.example.uz/cb'] },
    });
    path = `/clients/${client.clientId}`;
  });

  it('are shown, changed and taken away', async () => {
    assert.match((await browser.get(`/operate${path}`)).text, /every available way/);
    const { text } = await act(browser, `${path}/change`, { ...change, logo, sign_in_methods: 'password' });
    const [, address = ''] = /<img class="tile" src="(\/client-logos\/[0-9a-f]{64})"/.exec(text) ?? [];
    const served = await fetch(chromium.issuer + address);
    assert.deepEqual(Buffer.from(await served.arrayBuffer()), picture);
    assert.match(text, /Ways to sign in<\/dt><dd><span class="line">Password</);
    // No choice: the picture is kept. No way selected: all are accepted.
    const kept = await act(browser, `${path}/change`, { ...change, logo: '' });
    assert.match(kept.text, /<img class="tile"/);
    assert.match(kept.text, /every available way/);
    const gone = await act(browser, `${path}/change`, { ...change, no_logo: 'yes' });
    assert.ok(!gone.text.includes('<img class="tile"'));
    const wrong = await act(browser, `${path}/change`, { ...change, logo: 'data:image/png;base64,PHN2Zz4=' });
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /PNG, JPEG or WebP of at most 40 KiB/);
  });
});

describe('a form with a file', () => {
  const form = (...parts: string[]): string => [...parts.map((part) => `--b\r\n${part}`), '--b--\r\n'].join('\r\n');
  const text = (name: string, value: string): string =>
    `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
  const read = (body: string | Buffer): [string, string][] | undefined => {
    const fields = fieldsOf(Buffer.from(body), 'b');
    return fields && [...fields];
  };

  it('is read as others are, its file as the bytes that were sent', () => {
    const file = Buffer.concat([
      Buffer.from(
        '--b\r\nContent-Disposition: form-data; name="logo"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n',
      ),
      Buffer.from([0, 13, 10, 13, 10, 255, 45, 45]),
      Buffer.from('\r\n--b--\r\n'),
    ]);
    assert.deepEqual(read(file), [['logo', 'data:image/png;base64,AA0KDQr/LS0=']]);
    assert.deepEqual(read(form(text('a', 'Oʻzbek & =\r\nx'), text('a', ''), text('b', 'x--b'))), [
      ['a', 'Oʻzbek & =\r\nx'],
      ['a', ''],
      ['b', 'x--b'],
    ]);
    const none =
      'Content-Disposition: form-data; name="logo"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n';
    assert.deepEqual(read(form(none)), [], 'no file was chosen');
  });

  it('is none when it is cut or has other ends', () => {
    const whole = form(text('a', 'x'));
    for (const body of [
      '',
      'a=x',
      whole.slice(0, -6),
      whole.slice(2),
      whole.replaceAll('--b', '--c'),
      form('no head'),
      form('X: y\r\n\r\nz'),
    ]) {
      assert.equal(read(body), undefined, JSON.stringify(body));
    }
  });

  it('does nothing without the key of the session', async () => {
    const left = await leavesBehind(async () => {
      const page = await browser.get('/operate/add-client');
      assert.match(page.text, /enctype="multipart\/form-data"/);
      const body = new FormData();
      body.set('client_name', 'Forged');
      const answer = await fetch(`${chromium.issuer}/operate/add-client`, { method: 'POST', body, redirect: 'manual' });
      assert.equal(answer.status, 303);
    });
    assert.deepEqual(left, []);
  });
});

describe('in a real browser', { skip: withoutBrowser }, () => {
  it('a picture is chosen as a file', async () => {
    const { page, close } = await operator({ language: 'en', size: desktop });
    await page.goto(`${chromium.issuer}/operate/clients/cabinet/change`);
    await page.setInputFiles('#logo', { name: 'mark.png', mimeType: 'image/png', buffer: picture });
    await page.fill('#reason', reason);
    await page.click('form button:not(.other)');
    // Shown first, loaded a moment later. The policy of the page forbids the eval of `waitForFunction`.
    await page.locator('img.tile').waitFor();
    const until = Date.now() + 30_000;
    while ((await page.evaluate("document.querySelector('img.tile').naturalWidth")) !== 1) {
      assert.ok(Date.now() < until, 'the picture is not loaded');
      await delay(20);
    }
    await close();
  });

  for (const language of pageLanguages) {
    it(`the forms are fit in ${language}`, async () => {
      const size = language === 'ru' ? phone : desktop;
      const { page, close } = await operator({ language, size, dark: language !== 'uz' });
      for (const name of ['add-person', 'add-client']) {
        await page.goto(`${chromium.issuer}/operate/${name}`);
        await isFit(page, `operate-${name}.${language}`);
        const [width, height] = size === phone ? desktop : phone;
        await page.setViewportSize({ width, height });
        await isFit(page);
        await page.setViewportSize({ width: size[0], height: size[1] });
      }
      await page.goto(`${chromium.issuer}/operate/clients/cabinet`);
      await isFit(page);
      await close();
    });
  }
});
