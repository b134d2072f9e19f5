/**
 * The conformance plans of the OpenID Foundation for providers, as tests: for each module of a plan its requests and the expected answers.
 * Modules have their names in the suite, so that a run of the suite itself can be compared.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import type { SsoOptions } from '@dhp/sso';
import { authorizeAddress, Browser, type Page } from '../browser.ts';
import { createRemoteJWKSet, decodeJwt, jwtVerify, type JWTPayload } from '../jose.ts';
import { answer, basic, issuer, newClient, postForm, testBed, type Answer, type TestBed } from '../support.ts';

export const person = { username: 'aziza', password: 'correct horse battery' };
export const redirectUri = 'https://rp.example.uz/callback';

type Query = Record<string, string | undefined>;

/** A client as the suite has it, with a secret. */
export interface Party {
  id: string;
  secret: string;
}

export interface Plan {
  bed: TestBed;
  url: string;
  metadata: Record<string, unknown>;
  client: Party;
  /** Another client, with another secret. */
  second: Party;
  /** Response mode of the plan; undefined for the default. */
  mode: 'form_post' | undefined;
  /** Moves the server's clock by so many milliseconds from the real one. */
  shift: (milliseconds: number) => void;
  /** The page, or the answer at the client, to which an authorization request leads without anybody doing anything. */
  begin: (query: Query, o?: { browser?: Browser; client?: Party; post?: boolean }) => Promise<Page>;
  /** The same, with a person who signs in and gives consent. @returns the parameters that the client gets */
  respond: (query: Query, o?: { browser?: Browser; client?: Party; post?: boolean }) => Promise<URLSearchParams>;
  token: (form: Query, client?: Party) => Promise<Answer>;
  exchange: (response: URLSearchParams, more?: Query, client?: Party) => Promise<Answer>;
  /** From the request to tokens, whose id_token is checked. */
  flow: (query?: Query, o?: { browser?: Browser; client?: Party; post?: boolean }) => Promise<Flow>;
  userInfo: (token: string, init?: RequestInit) => Promise<Answer>;
}

export interface Flow {
  tokens: Record<string, string>;
  claims: JWTPayload;
  response: URLSearchParams;
}

/** A module: its test, or why it does not apply here. */
export type Module = ((plan: Plan) => Promise<void>) | { notApplicable: string };

/** One test for each module; modules that do not apply are skipped with the reason. */
export function runModules(plan: Plan, modules: Readonly<Record<string, Module>>): void {
  for (const [name, module] of Object.entries(modules)) {
    if (typeof module === 'function') it(name, () => module(plan));
    else it(name, { skip: module.notApplicable }, () => undefined);
  }
}

/** Call it at the top level of the file. */
export async function openPlan(mode?: 'form_post', options: Partial<SsoOptions> = {}): Promise<Plan> {
  const bed = await testBed();
  let shifted = 0;
  const { url } = await bed.start({ ...options, clock: () => new Date(Date.now() + shifted) });
  await openAccounts(bed.sql, { actor: 'cli:tester' }).create({
    ...person,
    name: 'Aziza Karimova',
    identities: [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' }],
  });
  const registration = {
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'fhirUser', 'offline_access', 'user/*.rs'],
    redirectUris: [redirectUri],
  };
  const client = await newClient(bed.clients, registration);
  const second = await newClient(bed.clients, registration);
  const metadata = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Plan['metadata'];
  const keys = createRemoteJWKSet(new URL(`${url}/oauth/jwks`));

  const requestOf = (query: Query, party: Party): Query => ({
    ...{ response_type: 'code', client_id: party.id, redirect_uri: redirectUri, scope: 'openid', state: 'st ate' },
    ...{ nonce: 'n-1', response_mode: mode, ...query },
  });
  const begin: Plan['begin'] = (query, o = {}) => {
    const { browser = new Browser(url), client: party = client, post = false } = o;
    const address = authorizeAddress(requestOf(query, party));
    if (!post) return browser.get(address);
    const form = Object.fromEntries(new URLSearchParams(address.slice(address.indexOf('?'))));
    return browser.post('/oauth/authorize', form);
  };
  const respond: Plan['respond'] = async (query, o = {}) => {
    const browser = o.browser ?? new Browser(url);
    let page = await begin(query, { ...o, browser });
    if (page.text.includes('name="password"')) page = await browser.submit(page, person, 'login');
    if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
    return parametersOf(page, mode);
  };
  const token: Plan['token'] = (form, party = client) =>
    postForm(`${url}/oauth/token`, form, basic(party.id, party.secret));
  const exchange: Plan['exchange'] = (response, more = {}, party = client) => {
    assert.equal(response.get('error'), null, String(response));
    const code = response.get('code')!;
    return token({ grant_type: 'authorization_code', redirect_uri: redirectUri, code, ...more }, party);
  };
  const flow: Plan['flow'] = async (query = {}, o = {}) => {
    const response = await respond(query, o);
    assert.equal(response.get('state'), 'st ate');
    assert.equal(response.get('iss'), issuer);
    const party = o.client ?? client;
    const { status, body, text, headers } = await exchange(response, {}, party);
    assert.equal(status, 200, text);
    assert.match(headers.get('cache-control') ?? '', /no-store/);
    const tokens = body as Record<string, string>;
    const { payload, protectedHeader } = await jwtVerify(tokens['id_token']!, keys, { issuer, audience: party.id });
    assert.equal(protectedHeader.alg, 'RS256');
    assert.ok(protectedHeader.kid);
    assert.equal(payload['nonce'], 'nonce' in query ? query['nonce'] : 'n-1');
    assert.ok(payload.sub !== undefined && payload.sub.length <= 255);
    return { tokens, claims: payload, response };
  };
  return {
    ...{ bed, url, metadata, client, second, mode, begin, respond, token, exchange, flow },
    shift: (milliseconds) => void (shifted = milliseconds),
    userInfo: async (accessToken, init) =>
      answer(await fetch(`${url}/oauth/userinfo`, init ?? { headers: { authorization: `Bearer ${accessToken}` } })),
  };
}

/** Returns the parameters that the client receives: in its address, or by a form that the page sends to it. */
export function parametersOf(page: Page, mode: Plan['mode']): URLSearchParams {
  if (mode === undefined || page.status === 0) {
    assert.ok(page.address.startsWith(redirectUri), `${page.address}: ${page.text.slice(0, 300)}`);
    assert.equal(mode, undefined, 'the answer was to be a form');
    return new URL(page.address).searchParams;
  }
  assert.match(page.text, new RegExp(`<form[^>]* action="${redirectUri}"`));
  const fields = [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  const unescape = (text: string): string =>
    text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  return new URLSearchParams(fields.map(([, name = '', value = '']) => [name, unescape(value)]));
}

export { Browser, decodeJwt, issuer };
