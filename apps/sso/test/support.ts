/** Common setup of the SSO's tests: a fresh database, a listening server, clients, token requests. */
import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { createSso, migrations, type SsoOptions } from '@dhp/sso';
import { openClients, type Clients } from '@dhp/clients';
import type { Patients } from '@dhp/accounts/records';
import { ask, type Answered } from '../../../tests/ask.ts';
import { accessStub } from './access-stub.ts';
import { issuer, playground, production } from './addresses.ts';

export { issuer, playground, production };

export interface TestServer {
  /** The actual address; its issuer intentionally differs. */
  url: string;
  close: () => Promise<void>;
}

/** Records as if everybody's existed and were visible to every caller: for tests of other subjects. */
export const recordsInUse: Patients = {
  search: async () => ({ patients: [], more: false }),
  read: async (_environment, _asker, id) => ({ id, name: id }),
  resource: async () => ({}),
  representedBy: async () => undefined,
  stateOf: async () => 'in-use',
};

/** Connections there are refused at once. */
const nobodyThere = 'http://127.0.0.1:9';

export interface TestBed {
  sql: Sql;
  databaseUrl: string;
  /** With the owner's login: the server's own may not change the schema. */
  ownerUrl: string;
  clients: Clients;
  encryptionKey: Buffer;
  /** One server; the same database may have several. */
  start(options?: Partial<SsoOptions> & { port?: number }): Promise<TestServer>;
}

/**
 * A database with its own pool; everything ends after the file's tests. Call it at the top level of the file.
 * @param of.overtaken whether PostgreSQL aborts some writes of the servers, as with `npm test -- --overtaken`
 */
export async function testBed(of: { readonly overtaken?: boolean } = {}): Promise<TestBed> {
  const database = await testDatabase({ name: 'sso', migrations: [migrations], ...of });
  const encryptionKey = randomBytes(32);
  const closers: (() => Promise<void>)[] = [];
  after(async () => {
    for (const close of closers.reverse()) await close();
    await database.drop();
  });
  return {
    sql: database.sql,
    databaseUrl: database.url,
    ownerUrl: database.ownerUrl,
    clients: openClients(database.sql, { actor: 'cli:tester' }),
    encryptionKey,
    async start({ port = 0, ...options } = {}) {
      const sql = options.sql ?? connect(database.url, { max: 4, reads: 2 });
      const sso = await createSso({
        sql,
        issuer,
        environments: { playground, production },
        fhirUrls: { playground: nobodyThere, production: nobodyThere },
        // Some servers of one database have a fast clock: after a minute they would remove rows that are valid for the others.
        sweepSeconds: 86_400,
        organizationNamesTimeout: 30_000, // on a busy machine a second is short
        patients: recordsInUse,
        accessAdministration: accessStub(),
        encryptionKey,
        defaultLanguage: 'uz',
        ...options,
      });
      const url = await sso.app.listen({ host: '127.0.0.1', port });
      const closeAll = async (): Promise<void> => {
        await sso.close();
        if (options.sql === undefined) await sql.end({ timeout: 5 });
      };
      closers.push(closeAll);
      return { url, close: closeAll };
    },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, unknown>;
}

/** POST of a form; `undefined` values are omitted, a list is sent as a repeated parameter. */
export async function postForm(
  url: string,
  form: Record<string, string | string[] | undefined>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const one of value === undefined ? [] : [value].flat()) body.append(name, one);
  }
  return answerOf(await ask(url, { method: 'POST', body, headers }));
}

export async function answer(response: Response): Promise<Answer> {
  return answerOf({ status: response.status, headers: response.headers, text: await response.text() });
}

function answerOf({ status, headers, text }: Answered): Answer {
  const json = /json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, body: json ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

/** The Authorization header of RFC 6749 2.3.1: both halves form-urlencoded first. */
export function basic(id: string, secret: string): Record<string, string> {
  const encode = (value: string): string => new URLSearchParams({ value }).toString().slice('value='.length);
  return { authorization: `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}` };
}

/** A client of the platform document: client_credentials, playground, all scopes. */
export async function newClient(
  clients: Clients,
  o: Partial<Parameters<Clients['create']>[0]> = {},
): Promise<{ id: string; secret: string; form: Record<string, string> }> {
  const { client, secret = '' } = await clients.create({
    name: 'Clinic',
    grants: ['client_credentials'],
    scopes: ['system/*.cruds'],
    environment: 'playground',
    ...o,
  });
  const form = { grant_type: 'client_credentials', client_id: client.clientId, client_secret: secret };
  return { id: client.clientId, secret, form };
}
