import type { AddressInfo } from 'node:net';
import { migrations, openStore, type FhirStore, type StoreOptions } from '@dhp/fhir-store';
import { testDatabase } from '@dhp/postgres/testing';
import { createFhirServer, type FhirOptions, type FhirServer } from '../src/index.ts';
import { ask, type Answered } from '../../../tests/ask.ts';
import { startSso, type TestSso } from './sso.ts';

/** The public base URL of the server under test. It listens at another address, as behind a proxy. */
export const baseUrl = 'https://playground.test/fhir';

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON. */
  json: Record<string, unknown>;
  /** The stable error code, and the sentence for the caller, of an OperationOutcome. */
  code: string;
  sentence: string;
  diagnostics: string;
}

export interface RequestOptions {
  /** `null` sends none; if absent, a token for everything. */
  token?: string | null;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface TestServer {
  /** The address at which it listens, with the path of the base URL. */
  readonly url: string;
  readonly port: number;
  readonly sso: TestSso;
  readonly store: FhirStore;
  /** URL of the database with the owner's login: the server's own may not change the schema. */
  readonly ownerUrl: string;
  /** The server itself, for tests with other listeners. */
  readonly fhir: Pick<FhirServer, 'app' | 'handler'>;
  request(method: string, path: string, options?: RequestOptions): Promise<Reply>;
  /** Sends a resource as application/fhir+json. */
  write(method: 'POST' | 'PUT', path: string, resource: unknown, headers?: Record<string, string>): Promise<Reply>;
  close(): Promise<void>;
}

/**
 * Starts a FHIR server with real HTTP, a store in a real PostgreSQL and its own SSO.
 * @param databaseUrl returns the database URL for the store, from that of the database
 */
export async function startServer(
  changes: Partial<FhirOptions> = {},
  databaseUrl: (url: string) => string | Promise<string> = (url) => url,
  storeOptions: Partial<StoreOptions> = {},
): Promise<TestServer> {
  const database = await testDatabase({ name: 'fhir', migrations: [migrations] });
  const store = await openStore({
    url: await databaseUrl(database.url),
    timeZone: 'Asia/Tashkent',
    ownBases: [changes.baseUrl ?? baseUrl],
    ...storeOptions,
  });
  const audience = changes.baseUrl ?? baseUrl;
  const sso = await startSso(() => audience, changes.clock);
  const { app, handler, close } = await createFhirServer({
    environment: 'playground',
    baseUrl,
    issuer: sso.issuer,
    jwksUri: sso.jwksUri,
    revocations: { uri: sso.revocationsUri, key: sso.revocationsKey },
    ssoEndpoints: {
      authorize: `${sso.issuer}/oauth/authorize`,
      token: `${sso.issuer}/oauth/token`,
      jwks: sso.jwksUri,
    },
    store,
    timeZone: 'Asia/Tashkent',
    defaultLanguage: 'uz',
    bodyLimit: 1024 * 1024,
    requireIfMatch: true,
    // On a busy machine many concurrent requests take longer than a client waits.
    concurrency: 0,
    ...changes,
    // Tests that are not about the time limit may be slow on a busy machine.
    costs: { milliseconds: 3_600_000, ...changes.costs },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}${new URL(audience).pathname.replace(/\/$/, '')}`;
  let own = { token: await sso.token(), made: performance.now() };
  // A token is valid for an hour, and some proofs take longer.
  const ownToken = async (): Promise<string> => {
    if (performance.now() - own.made > 1_800_000) own = { token: await sso.token(), made: performance.now() };
    return own.token;
  };

  async function request(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    const { token = await ownToken(), headers = {}, body } = options;
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
    return replyOf(
      await ask(url + path, { method, headers: { 'accept-language': 'en', ...authorization, ...headers }, body }),
    );
  }

  return {
    url,
    port,
    sso,
    store,
    ownerUrl: database.ownerUrl,
    fhir: { app, handler },
    request,
    write: (method, path, resource, headers = {}) =>
      request(method, path, {
        headers: { 'content-type': 'application/fhir+json', ...headers },
        body: JSON.stringify(resource),
      }),
    async close() {
      await close();
      await store.close();
      await sso.close();
      await database.drop();
    },
  };
}

function replyOf({ status, headers, text }: Answered): Reply {
  const isLines = headers.get('content-type')?.includes('ndjson') === true;
  const json = (text.startsWith('{') && !isLines ? JSON.parse(text) : {}) as Record<string, unknown>;
  const issue = (json['issue'] as Issue[] | undefined)?.[0];
  return {
    status,
    headers,
    text,
    json,
    code: issue?.details?.coding?.[0].code ?? '',
    sentence: issue?.details?.text ?? '',
    diagnostics: issue?.diagnostics ?? '',
  };
}

/** Issues of this server have details; stored ones need not. */
interface Issue {
  details?: { coding?: [{ code: string }]; text: string };
  diagnostics?: string;
}

/** A small Patient; `more` is merged in. */
export function patient(more: object = {}): Record<string, unknown> {
  return { resourceType: 'Patient', active: true, name: [{ family: 'Karimov', given: ['Aziz'] }], ...more };
}
