/** Common setup of the tests of the authorization code grant: a server, a doctor and a patient, a client of each kind. */
import assert from 'node:assert/strict';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { newClient, postForm, testBed, type Answer, type TestBed } from './support.ts';

export const redirectUri = 'https://clinic.example.uz/cb';
export const doctor = { username: 'aziza', password: 'correct horse battery' };
export const patient = { username: 'olim', password: 'staple and then some' };
const scopes = [
  ...['openid', 'profile', 'fhirUser', 'offline_access', 'online_access'],
  ...['launch/patient', 'user/*.rs', 'patient/*.rs'],
];
const grants = ['authorization_code', 'refresh_token'];

type Query = Record<string, string | undefined>;
type TestClient = Awaited<ReturnType<typeof newClient>>;

export interface CodeBed {
  bed: TestBed;
  url: string;
  /** The token endpoint. */
  token: string;
  accounts: ReturnType<typeof openAccounts>;
  /** A public client, a confidential one, and one that may send the short request. */
  spa: TestClient;
  web: TestClient;
  minimal: TestClient;
  /** Parameters of every authorization request of the public client. */
  request: Record<'client_id' | 'response_type' | 'redirect_uri', string>;
  /** Signs in at the public client. */
  code: (query?: Query, person?: typeof doctor, browser?: Browser) => Promise<{ back: URL; verifier: string }>;
  exchange: (form: Query) => Promise<Answer>;
  /** From a sign-in to tokens. */
  tokens: (query?: Query, person?: typeof doctor) => Promise<Record<string, string>>;
}

/** Call it at the top level of the file. @param options of the server @param of as of `testBed` */
export async function codeBed(
  options?: Parameters<TestBed['start']>[0],
  of?: Parameters<typeof testBed>[0],
): Promise<CodeBed> {
  const bed = await testBed(of);
  const { url } = await bed.start(options);
  const token = `${url}/oauth/token`;
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
  const at = 'playground' as const;
  await accounts.create({
    ...doctor,
    name: 'Aziza Karimova',
    identities: [{ environment: at, type: 'Practitioner', fhir_id: 'pr-1' }],
  });
  await accounts.create({
    ...patient,
    name: 'Olim Usmonov',
    identities: [{ environment: at, type: 'Patient', fhir_id: 'p-1' }],
  });

  const spa = await newClient(bed.clients, {
    grants,
    scopes,
    redirectUris: [redirectUri],
    public: true,
    name: 'Clinic app',
  });
  const web = await newClient(bed.clients, { grants, scopes, redirectUris: [redirectUri], name: 'Web' });
  const minimal = await newClient(bed.clients, {
    grants: ['authorization_code'],
    scopes: ['openid', 'fhirUser', 'user/*.rs'],
    redirectUris: [redirectUri],
    minimalAuthorize: true,
    name: 'Minimal',
  });

  const request = { client_id: spa.id, response_type: 'code', redirect_uri: redirectUri };

  async function code(
    query: Record<string, string | undefined> = {},
    person = doctor,
    browser = new Browser(url),
  ): Promise<{ back: URL; verifier: string }> {
    const { verifier, query: challenge } = pkce();
    const back = await signIn(
      browser,
      authorizeAddress({ ...request, scope: 'openid user/*.rs', ...challenge, ...query }),
      person,
    );
    return { back, verifier };
  }

  async function exchange(form: Record<string, string | undefined>): Promise<Answer> {
    return postForm(token, { grant_type: 'authorization_code', redirect_uri: redirectUri, client_id: spa.id, ...form });
  }

  async function tokens(
    query: Record<string, string | undefined> = {},
    person = doctor,
  ): Promise<Record<string, string>> {
    const { back, verifier } = await code(query, person);
    const { status, body } = await exchange({ code: back.searchParams.get('code') ?? '', code_verifier: verifier });
    assert.equal(status, 200, JSON.stringify(body));
    return body as Record<string, string>;
  }

  return { bed, url, token, accounts, spa, web, minimal, request, code, exchange, tokens };
}
