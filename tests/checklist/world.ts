/** The platform that the checklist runs against: one SSO, a playground and production, clients and people, all over real HTTP. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { resourceTypes } from '@dhp/fhir-model';
import { createFhirServer } from '@dhp/fhir';
import { migrations as storeMigrations, openStore } from '@dhp/fhir-store';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { createSso, migrations, type SsoOptions } from '@dhp/sso';
import { openClients, type Clients } from '@dhp/clients';
import { openAccounts, type Accounts } from '@dhp/accounts';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { Browser, pkce, signIn } from '../../apps/sso/test/browser.ts';
import { answer, issuer, playground, postForm, production, type Answer } from '../../apps/sso/test/support.ts';
import { makeClients, type Fixtures } from './clients.ts';
import { newKey, type KeyPair } from './keys.ts';
import { openStranger, type Stranger } from './stranger.ts';
import { makePeople, people, type PersonName } from './people.ts';

export { issuer, playground, production };

export type Query = Record<string, string | undefined>;

/** The answer of the authorization endpoint, redirects not followed. */
export interface Redirect extends Answer {
  location: URL | undefined;
}

export interface SignedIn {
  /** Where the browser was sent. */
  back: URL;
  verifier: string;
}

export interface Clock {
  now(): Date;
  /** Moves the servers' time ahead; every row begins at the real one. */
  ahead(seconds: number): void;
  /** Moves it ahead to where the next period of so many seconds begins, so that what follows stays within one. */
  toNext(seconds: number): void;
  reset(): void;
}

/** As a platform has them that sets nothing. The rows themselves ask more, with more wrong secrets, than anybody may. */
export const usualLimits = { perClient: 3_000, perAddress: 12_000 };

export interface World {
  readonly sso: string;
  readonly clients: Clients;
  readonly accounts: Accounts;
  readonly of: Fixtures;
  /** The keys of the client JW1. */
  readonly keys: { readonly e: KeyPair; readonly r: KeyPair };
  /** A server that the SSO may call although it is at an internal address; each row begins with what it was not asked. */
  readonly stranger: Stranger;
  /** One that it may not call. */
  anotherStranger(): Promise<Stranger>;
  readonly clock: Clock;
  /** Lines that the servers have written to their logs. */
  readonly log: readonly string[];
  /** Mail that the SSO has sent in this row. */
  readonly mail: { to: string; subject: string; text: string }[];
  /** The database of the SSO. */
  readonly sql: Sql;
  readonly encryptionKey: Buffer;
  /** A path of the SSO. */
  get(path: string, init?: RequestInit): Promise<Answer>;
  post(
    path: string,
    form: Record<string, string | string[] | undefined>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  token(form: Record<string, string | string[] | undefined>, headers?: Record<string, string>): Promise<Answer>;
  tokenAt(url: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  /** Another node of the SSO, with other options. @returns where it listens */
  anotherSso(changes: Partial<SsoOptions>): Promise<string>;
  authorize(query: Query | URLSearchParams, headers?: Record<string, string>): Promise<Redirect>;
  /** A request to a FHIR server, by its public base URL. */
  fhir(base: string, path: string, headers?: Record<string, string>, init?: RequestInit): Promise<Answer>;
  /** Signs a person in at a client and lets it have what it asks for. */
  signIn(query: Query, person?: PersonName, browser?: Browser): Promise<SignedIn>;
  /** The code of a sign-in for tokens. */
  exchange(
    signedIn: SignedIn,
    form: Record<string, string | undefined>,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Signs in at the browser application and has the tokens; fails when there are none. */
  tokens(query?: Query, person?: PersonName, browser?: Browser): Promise<Record<string, string>>;
  /** @param headers sent with every request, as they are then */
  browser(language?: string, headers?: Record<string, string>): Browser;
  /** After each row: the real time, nothing sent or asked, and no wrong passwords that the next row would wait for. */
  reset(): Promise<void>;
  /** Waits until the SSO has looked for new signing keys. */
  refreshKeys(): Promise<void>;
  close(): Promise<void>;
}

const keyPollSeconds = 0.2;

export async function openWorld(): Promise<World> {
  const databases = await Promise.all([
    testDatabase({ name: 'checklist_sso', migrations: [migrations] }),
    testDatabase({ name: 'checklist_fhir', migrations: [storeMigrations] }),
    testDatabase({ name: 'checklist_fhir', migrations: [storeMigrations] }),
  ]);
  const [ssoDatabase, ...fhirDatabases] = databases;
  let offset = 0;
  const time = (): Date => new Date(Date.now() + offset);
  const log: string[] = [];
  const mail: World['mail'] = [];
  const encryptionKey = randomBytes(32);
  const stranger = await openStranger();
  const strangers = [stranger];
  const sql = connect(ssoDatabase.url, { max: 4 });
  const counted = countingKeyReads(sql);
  // Where the FHIR servers listen is known only after the SSO does.
  const fhirUrls: NonNullable<SsoOptions['fhirUrls']> = {};
  const ssoOptions: SsoOptions = {
    sql,
    issuer,
    environments: { playground, production },
    encryptionKey,
    defaultLanguage: 'uz',
    resourceTypes,
    clock: time,
    sweepSeconds: 86_400, // while the clock is ahead, what is good after its reset would be removed
    keyPollSeconds,
    noticePollSeconds: 0.1,
    allowedHosts: [stranger.host],
    fhirUrls,
    send: (message) => Promise.resolve(void mail.push(message)),
    logger: { level: 'info', stream: { write: (line: string) => void log.push(line) } },
  };
  const sso = await createSso({ ...ssoOptions, sql: counted.sql });
  const nodes = [sso];
  const keys = { e: await newKey('ES384', 'e'), r: await newKey('RS384', 'r') };
  const url = await sso.app.listen({ host: '127.0.0.1', port: 0 });
  const clients = openClients(sql, { actor: 'cli:checklist', resourceTypes });
  const accounts = openAccounts(sql, { actor: 'cli:checklist' });
  const fhirOptions = { clock: time, feedKey: revocationFeedKey(encryptionKey) };
  const servers = await Promise.all([
    startFhir('playground', playground, fhirDatabases[0].url, url, fhirOptions),
    startFhir('production', production, fhirDatabases[1].url, url, fhirOptions),
  ]);
  Object.assign(fhirUrls, { playground: servers[0].url, production: servers[1].url });
  const fixtures = await makeClients(clients, { keys: [keys.e.publicJwk, keys.r.publicJwk], stranger: stranger.url });
  await makePeople(accounts);

  const world: World = {
    sso: url,
    clients,
    accounts,
    of: fixtures,
    keys,
    stranger,
    async anotherStranger() {
      const another = await openStranger();
      strangers.push(another);
      return another;
    },
    log,
    mail,
    sql,
    encryptionKey,
    clock: {
      now: time,
      ahead: (seconds) => void (offset += seconds * 1000),
      toNext: (seconds) => void (offset += seconds * 1000 - (time().getTime() % (seconds * 1000))),
      reset: () => void (offset = 0),
    },
    get: async (path, init = {}) => answer(await fetch(url + path, { redirect: 'manual', ...init })),
    post: (path, form, headers) => postForm(url + path, form, headers),
    token: (form, headers) => postForm(`${url}/oauth/token`, form, headers),
    tokenAt: (at, form, headers) => postForm(`${at}/oauth/token`, form, headers),
    async anotherSso(changes) {
      const node = await createSso({ ...ssoOptions, ...changes });
      nodes.push(node);
      return node.app.listen({ host: '127.0.0.1', port: 0 });
    },
    async authorize(query, headers = {}) {
      const given =
        query instanceof URLSearchParams ? query : new URLSearchParams(Object.entries(query).filter(isGiven));
      const got = await world.get(`/oauth/authorize?${given.toString()}`, { headers });
      const location = got.headers.get('location');
      return { ...got, location: location === null ? undefined : new URL(location, issuer) };
    },
    async fhir(base, path, headers = {}, init = {}) {
      const at = servers.find((server) => server.base === base)!;
      return answer(await fetch(at.url + path, { ...init, headers }));
    },
    async signIn(query, person = 'doctor1', browser = world.browser()) {
      const { verifier, query: challenge } = pkce();
      const given = Object.entries({ response_type: 'code', ...challenge, ...query }).filter(isGiven);
      const path = `/oauth/authorize?${new URLSearchParams(given).toString()}`;
      return { back: await signIn(browser, path, people[person]), verifier };
    },
    exchange({ back, verifier }, form, headers) {
      const code = back.searchParams.get('code') ?? '';
      return world.token({ grant_type: 'authorization_code', code, code_verifier: verifier, ...form }, headers);
    },
    async tokens(query = {}, person = 'doctor1', browser = world.browser()) {
      const { id, redirectUri } = fixtures.SPA;
      const asked = { client_id: id, redirect_uri: redirectUri, scope: 'openid offline_access user/*.rs', ...query };
      const signedIn = await world.signIn(asked, person, browser);
      const got = await world.exchange(signedIn, { client_id: id, redirect_uri: redirectUri });
      if (got.status !== 200) throw new Error(`no tokens: ${signedIn.back.href} ${got.text}`);
      return got.body as Record<string, string>;
    },
    browser: (language = 'en', headers = {}) => new Browser(url, language, headers),
    async reset() {
      world.clock.reset();
      mail.length = 0;
      stranger.asked.length = 0;
      stranger.reply = () => ({});
      await sql`delete from sso.throttle`;
    },
    async refreshKeys() {
      // The second read from now on begins when the one before is through.
      const enough = counted.reads() + 2;
      for (let n = 0; n < 1_500 && counted.reads() < enough; n += 1) await delay(20);
      if (counted.reads() < enough) throw new Error('the signing keys are not read');
    },
    async close() {
      for (const one of strangers) one.close();
      for (const server of servers) await server.close();
      for (const node of nodes) await node.close();
      await sql.end({ timeout: 5 });
      for (const database of databases) await database.drop();
    },
  };
  return world;
}

/** Returns the same pool, and how often the signing keys were read by it. */
function countingKeyReads(sql: Sql): { sql: Sql; reads: () => number } {
  let reads = 0;
  const counting = new Proxy(sql, {
    apply(target, self, args: unknown[]) {
      const [template] = args;
      if (Array.isArray(template) && template.join('').includes('from sso.signing_key')) reads += 1;
      return Reflect.apply(target as unknown as (...all: unknown[]) => unknown, self, args);
    },
  });
  return { sql: counting, reads: () => reads };
}

function isGiven(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

interface FhirServer {
  base: string;
  url: string;
  close(): Promise<void>;
}

async function startFhir(
  environment: 'playground' | 'production',
  base: string,
  databaseUrl: string,
  sso: string,
  { clock, feedKey }: { clock: () => Date; feedKey: Buffer },
): Promise<FhirServer> {
  const store = await openStore({ url: databaseUrl, timeZone: 'Asia/Tashkent', ownBases: [base] });
  const { app, close } = await createFhirServer({
    environment,
    baseUrl: base,
    issuer,
    jwksUri: `${sso}/oauth/jwks`,
    revocations: { uri: `${sso}/oauth/revocations`, key: feedKey },
    ssoEndpoints: {
      authorize: `${issuer}/oauth/authorize`,
      token: `${issuer}/oauth/token`,
      jwks: `${issuer}/oauth/jwks`,
      introspect: `${issuer}/oauth/introspect`,
      revoke: `${issuer}/oauth/revoke`,
    },
    store,
    timeZone: 'Asia/Tashkent',
    defaultLanguage: 'en',
    bodyLimit: 1024 * 1024,
    requireIfMatch: true,
    healthWorkers: 'as-scoped',
    corsOrigins: '*',
    clock,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    base,
    url: url + new URL(base).pathname.replace(/\/$/, ''),
    async close() {
      await close();
      await store.close();
    },
  };
}
