/** A OneID with configurable answers, over real HTTP, and people who sign in with it without a real browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after } from 'node:test';
import { oneId, type Upstream } from '@dhp/accounts/identity-systems';
import { authorizeAddress, pkce, type Browser, type Page } from './browser.ts';
import { issuer } from './support.ts';

export interface OneIdBed {
  upstream: Upstream;
  /** For `allowedHosts`. */
  host: string;
  /** Claims about the person whose code is redeemed. */
  claims: { pin: string; auth_method: string };
}

/** Call it at the top level of the file. */
export async function oneIdBed(): Promise<OneIdBed> {
  const claims = { pin: '30101900000011', auth_method: 'LOGINPASSMETHOD' };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += String(piece)));
    request.on('end', () => {
      const isCode = new URLSearchParams(body).get('grant_type') === 'one_authorization_code';
      const person = { ret_cd: '0', first_name: 'Aziza', sur_name: 'Karimova', ...claims };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(isCode ? { access_token: 't' } : person));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const host = `localhost:${String((server.address() as AddressInfo).port)}`;
  const upstream = oneId({ url: `http://${host}/oneid`, clientId: 'dhp', clientSecret: 's', scope: 'dhp' });
  return { upstream, host, claims };
}

/** Starts a sign-in at a client, goes to OneID and returns. @returns the page after the return */
export async function throughOneId(
  browser: Browser,
  client: { id: string; redirectUri: string; scope?: string },
): Promise<Page> {
  const login = await browser.get(
    authorizeAddress({
      ...{ response_type: 'code', client_id: client.id, redirect_uri: client.redirectUri, prompt: 'login' },
      ...{ scope: client.scope ?? 'openid', ...pkce().query },
    }),
  );
  return comeBack(browser, await browser.get(new URL('?upstream=oneid', login.address).href));
}

/** From OneID, to which the browser was redirected. */
export function comeBack(browser: Browser, away: Page): Promise<Page> {
  const state = new URL(away.address).searchParams.get('state') ?? '';
  return browser.get(`${issuer}/upstream/oneid?${new URLSearchParams({ code: 'c', state }).toString()}`);
}
