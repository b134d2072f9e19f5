/** Developers at the API that the portal uses: each signs in with a separate browser, and the portal's client exchanges the code. */
import assert from 'node:assert/strict';
import { openAccounts } from '@dhp/accounts';
import { applicationsScope } from '@dhp/clients/fields';
import { portalClientId } from '@dhp/sign-in/portal-client';
import type { SsoOptions } from '@dhp/sso';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { answer, issuer, newClient, postForm, testBed, type Answer, type TestBed } from './support.ts';

export const redirectUri = 'https://portal.example.uz/signed-in';

/** A person signed in at the portal. */
export interface Developer {
  readonly browser: Browser;
  readonly token: string;
  /** A request below `/developer`; a body makes it a POST. */
  readonly ask: (path: string, body?: unknown) => Promise<Answer>;
}

export interface DevelopersBed {
  readonly bed: TestBed;
  readonly url: string;
  readonly portal: Awaited<ReturnType<typeof newClient>>;
  /** Signs in the person with this user name, who is created if necessary. */
  readonly developer: (username: string) => Promise<Developer>;
  /** The same as a developer with a token. */
  readonly withToken: (token: string) => Developer['ask'];
  /** Answer of the token endpoint to the code of a sign-in. */
  readonly signInFor: (username: string, query: Record<string, string>, browser?: Browser) => Promise<Answer>;
}

/** Call it at the top level of the file. */
export async function developersBed(options: Partial<SsoOptions> = {}): Promise<DevelopersBed> {
  const bed = await testBed();
  const { url } = await bed.start(options);
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
  const portal = await newClient(bed.clients, {
    ...{ clientId: portalClientId, grants: ['authorization_code'], scopes: [applicationsScope] },
    redirectUris: [redirectUri],
  });
  const password = 'correct horse battery';

  async function signInFor(
    username: string,
    query: Record<string, string>,
    browser = new Browser(url),
  ): Promise<Answer> {
    if ((await accounts.find(username)) === undefined) await accounts.create({ username, password, name: username });
    const { verifier, query: challenge } = pkce();
    const asked = { client_id: portal.id, response_type: 'code', redirect_uri: redirectUri, ...challenge };
    const back = await signIn(browser, authorizeAddress({ ...asked, ...query }), { username, password });
    const code = back.searchParams.get('code') ?? '';
    const { client_id: id, client_secret: secret } = portal.form;
    return postForm(`${url}/oauth/token`, {
      ...{ grant_type: 'authorization_code', client_id: id, client_secret: secret, redirect_uri: redirectUri },
      ...{ code, code_verifier: verifier, resource: query['resource'] },
    });
  }

  const withToken =
    (token: string): Developer['ask'] =>
    async (path, body) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const sent = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
      return answer(await fetch(`${url}/developer${path}`, sent));
    };

  async function developer(username: string): Promise<Developer> {
    const browser = new Browser(url);
    const { status, body } = await signInFor(username, { scope: applicationsScope, resource: issuer }, browser);
    assert.equal(status, 200, JSON.stringify(body));
    const token = String(body['access_token']);
    return { browser, token, ask: withToken(token) };
  }

  return { bed, url, portal, developer, withToken, signInFor };
}

/** An organisation of the developer. */
export async function makeOrganization({ ask }: Developer, name = 'Clinic'): Promise<string> {
  const { status, body } = await ask('/organizations', { name });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['id']);
}
