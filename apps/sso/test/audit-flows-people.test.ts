/** Exactly one record for each decision: signing in and out, and acts on the own account. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '@dhp/accounts';
import { fromBase32, totpCode, totpStep } from '@dhp/accounts/testing';
import { auditBed, password, redirectUri } from './audit-bed.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { wrongCode } from './one-time-codes.ts';
import { postForm } from './support.ts';

const { bed, url, mail, secrets, application, clock, person, recorded, settled, token, signIn, codeOf } =
  await auditBed();

describe('signing in leaves one record', () => {
  it('of each wrong password, and one of the wait that comes of them', async () => {
    const { username, accountId } = await person();
    const enter = (secret: string) => async (id: Record<string, string>) => {
      const browser = new Browser(url, 'en', id);
      const asked = {
        response_type: 'code',
        client_id: application,
        redirect_uri: redirectUri,
        scope: 'openid',
        ...pkce().query,
      };
      await browser.submit(await browser.get(authorizeAddress(asked)), { username, password: secret }, 'login');
    };
    const whose = { accountId };
    secrets.add('wrong secret 12');
    for (let n = 0; n < 4; n += 1) {
      assert.deepEqual(await recorded({ ...whose, clientId: application }, enter('wrong secret 12')), [
        'sign-in.refused wrong-password',
      ]);
    }
    assert.deepEqual(await recorded(whose, enter('wrong secret 12')), [
      'sign-in.refused wrong-password',
      'account.locked 30 s',
    ]);
    assert.deepEqual(await recorded(whose, enter(password)), ['sign-in.refused account-locked']);
  });

  it('of a name that nobody has, without the name: it may be a password', async () => {
    const events = await recorded({ clientId: application, accountId: undefined }, async (id) => {
      secrets.add('nobody-of-this-name');
      await signIn('nobody-of-this-name', id);
    });
    assert.deepEqual(events, ['sign-in.refused unknown-account']);
  });

  it('of signing out', async () => {
    const { username, accountId } = await person();
    const { browser } = await signIn(username, {});
    await settled();
    const [before] = await bed.sql<{ id: string }[]>`select max(id) as id from sso.audit_event`;
    const question = await browser.get('/oauth/logout');
    const [, xsrf = ''] = /name="xsrf" value="([^"]*)"/.exec(question.text) ?? [];
    await browser.post('/oauth/logout/confirm', { xsrf, logout: 'yes' });
    await settled();
    const rows = await bed.sql`select event, account_id from sso.audit_event where id > ${before!.id}`;
    assert.deepEqual([...rows], [{ event: 'sign-out', account_id: accountId }]);
  });
});

describe('a person at the own account leaves one record', () => {
  let browser: Browser;
  let who: Account;
  let headers: Record<string, string> = {};
  before(async () => {
    who = await person();
    // One browser; the id of its requests is that of the act.
    headers = {};
    browser = new Browser(url, 'en', headers);
    await browser.submit(await browser.get('/account'), { username: who.username, password }, 'login');
  });

  const at = async (path: string, fields: Record<string, string>, step: string, event: string[]): Promise<Page> => {
    let page: Page | undefined;
    const left = await recorded({ accountId: who.accountId }, async (id) => {
      Object.assign(headers, id);
      const shown = await browser.get(path);
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(shown.text) ?? [];
      page = await browser.post('/account', { csrf, ...fields, step });
    });
    assert.deepEqual(left, event, `${step}: ${page!.text.slice(0, 300)}`);
    return page!;
  };

  it('of codes that are set up and taken away, and none of a wrong one', async () => {
    Object.assign(headers, { 'x-request-id': 'setup' });
    const shown = await browser.get('/account/codes');
    const [, text = ''] = /<code[^>]*>([A-Z2-7 ]{32,})</.exec(shown.text) ?? [];
    const secret = fromBase32(text.replaceAll(' ', ''));
    secrets.add(text.replaceAll(' ', ''));
    const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(shown.text) ?? [];
    const enrol = (code: string) => async (id: Record<string, string>) => {
      Object.assign(headers, id);
      const { text: answer } = await browser.post('/account', { csrf, code, step: 'enrol' });
      for (const [, made] of answer.matchAll(/<li><code>([a-z0-9-]{8,})</g)) secrets.add(made!);
    };
    assert.deepEqual(await recorded({ accountId: who.accountId }, enrol(wrongCode(secret, clock()))), []);
    assert.deepEqual(await recorded({ accountId: who.accountId }, enrol(totpCode(secret, totpStep(clock())))), [
      'factor.added totp',
    ]);
    await at('/account/security', {}, 'new-recovery-codes', ['factor.added recovery-codes']);
    await at('/account/security', {}, 'remove-codes', ['factor.removed totp']);
    await at('/account/security', {}, 'remove-codes', []);
  });

  it('of a new password, of a wrong one, and none of one that will not do', async () => {
    secrets.add('another quiet password');
    await at('/account/security', { current: 'wrong secret 12', new: 'another quiet password' }, 'change-password', [
      'sign-in.refused wrong-password',
    ]);
    await at('/account/security', { current: password, new: 'short' }, 'change-password', []);
  });

  it('of an application that it no longer lets in, once', async () => {
    const form = await codeOf(await signIn(who.username, {}));
    await token(form, {});
    await at('/account/applications', { client: application }, 'revoke-application', ['consent.revoked']);
    await at('/account/applications', { client: application }, 'revoke-application', []);
    await at('/account/applications', { client: 'x'.repeat(5000) }, 'revoke-application', []);
  });

  it('of a link for a password that was asked for, and of its use', async () => {
    mail.length = 0;
    const asked = await recorded({ accountId: who.accountId }, (id) =>
      postForm(`${url}/password/forgotten`, { username: who.username }, id),
    );
    assert.deepEqual(asked, ['password-link.asked']);
    for (let n = 0; mail.length === 0 && n < 1000; n += 1) await delay(30);
    const [, link = ''] = /token=([\w-]{43})/.exec(mail.join('\n')) ?? [];
    secrets.add(link);
    const used = await recorded({ accountId: who.accountId }, (id) =>
      postForm(`${url}/password/new`, { token: link, new: 'another quiet password' }, id),
    );
    assert.deepEqual(used, ['account.password-set by a link']);
    const again = await recorded({}, (id) =>
      postForm(`${url}/password/new`, { token: link, new: 'another quiet password' }, id),
    );
    assert.deepEqual(again, []);
  });

  it('of signing out everywhere', async () => {
    await browser.submit(
      await browser.get('/account'),
      { username: who.username, password: 'another quiet password' },
      'login',
    );
    await at('/account/sessions', {}, 'sign-out-everywhere', ['account.signed-out']);
  });
});
