/** The sign-in of the account pages and of operators: the browser needs the session, and the code is worthless. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ownSignInAddress } from '@dhp/sign-in';
import { Browser } from './browser.ts';
import { codeBed, patient } from './code-bed.ts';
import { issuer, postForm } from './support.ts';

const { url, token } = await codeBed();

describe('the code of the own pages', () => {
  it('is exchanged by nobody, with a verifier or without one', async () => {
    for (const given of [{}, { code_verifier: 'v'.repeat(43) }, { code_verifier: '' }]) {
      const code = await ownCode();
      const form = {
        ...{ grant_type: 'authorization_code', client_id: 'dhp-account', redirect_uri: `${issuer}/account/signed-in` },
        ...{ code, ...given },
      };
      const { status, body } = await postForm(token, form);
      assert.deepEqual([status, body['error']], [400, 'invalid_grant'], JSON.stringify(body));
    }
  });

  it('is asked for with another challenge each time', () => {
    const options = { issuer, redirectPath: '/account/signed-in', back: '/account', isAnew: false } as const;
    const challenges = Array.from({ length: 5 }, () => {
      const address = new URL(ownSignInAddress({ ...options, language: undefined }), issuer);
      assert.equal(address.searchParams.get('code_challenge_method'), 'S256');
      return address.searchParams.get('code_challenge');
    });
    assert.equal(new Set(challenges).size, 5);
    assert.ok(challenges.every((one) => one !== null && one.length === 43));
  });
});

/** Signs in for the account, and stops when the browser is redirected to it with a code. */
async function ownCode(): Promise<string> {
  const browser = new Browser(url);
  const page = await browser.get('/account');
  const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(page.text) ?? [];
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page.text) ?? [];
  const cookies = new Map([...browser.cookies].map(([name, { value }]) => [name, value]));
  const body = new URLSearchParams({ csrf, ...patient, step: 'login' });
  let at = new URL(action.replaceAll('&#38;', '&'), page.address);
  let request: RequestInit = { method: 'POST', body };
  for (let hops = 0; hops < 5 && at.pathname !== '/account/signed-in'; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, accept: 'text/html' };
    const answered = await fetch(url + at.pathname + at.search, { ...request, headers, redirect: 'manual' });
    for (const line of answered.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    at = new URL(answered.headers.get('location') ?? '', at);
    request = { method: 'GET' };
  }
  assert.equal(at.pathname, '/account/signed-in', at.href);
  return at.searchParams.get('code') ?? '';
}
