/**
 * The process of an SSO under record: starts the SSO of the source tree that it is given, with people and clients that are always the
 * same. It imports nothing of its own tree; of the other one `@dhp/postgres/testing` and, by the doors at which
 * they are there, `createSso`, `migrations`, `openAccounts`, `openClients`, `openFactors`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface SsoHostRequest {
  /** The root of the source tree. */
  readonly root: string;
}

export interface RecordedClient {
  readonly id: string;
  readonly secret: string;
}

export interface SsoHostReply {
  readonly url: string;
  readonly clients: Readonly<Record<string, RecordedClient>>;
}

interface Closing {
  close(): Promise<void>;
}

interface SsoModule {
  migrations: object;
  createSso: (options: object) => Promise<Closing & { app: { listen(at: object): Promise<string> } }>;
  openAccounts: (sql: unknown, by: object) => { create(account: object): Promise<{ accountId: string }> };
  openAdministrators: (sql: unknown, by: object) => { make(username: string, why: object): Promise<unknown> };
  openClients: (
    sql: unknown,
    by: object,
  ) => { create(details: object): Promise<{ client: { clientId: string }; secret?: string }> };
}

interface FactorsModule {
  openFactors: (o: object) => {
    beginTotp(accountId: string, place: string): Promise<Buffer | undefined>;
    confirmTotp(accountId: string, code: string, at: object): Promise<unknown>;
  };
}

interface TotpModule {
  totpCode: (secret: Buffer, step: number) => string;
  totpStep: (at: Date) => number;
}

interface PostgresModule {
  connect: (url: string, options: object) => { end(options: object): Promise<void> };
}

type Statement = (text: TemplateStringsArray) => Promise<unknown>;

interface TestingModule {
  testDatabase: (options: object) => Promise<{ sql: Statement; url: string; drop(): Promise<void> }>;
}

const encryptionKey = Buffer.alloc(32, 7);
const issuer = 'https://sso.example.uz';
const redirectUris = ['https://clinic.example.uz/cb'];
const code = { grants: ['authorization_code', 'refresh_token'], redirectUris, environment: 'playground' };
const asked = ['openid', 'profile', 'fhirUser', 'offline_access', 'launch/patient', 'user/*.rs', 'patient/*.rs'];

/** By name; what is not said is as the administration fills it in. */
const clients: Readonly<Record<string, object>> = {
  system: { name: 'Clinic', grants: ['client_credentials'], scopes: ['system/*.cruds'], environment: 'playground' },
  admin: {
    ...{ name: 'Operators', grants: ['client_credentials'], environment: 'playground' },
    scopes: [
      ...['admin/audit.read', 'admin/clients.approve', 'system/Patient.r'],
      ...['clients', 'users', 'sessions', 'keys', 'policies'].flatMap((part) => [
        `admin/${part}.read`,
        `admin/${part}.write`,
      ]),
    ],
  },
  app: { ...code, name: 'Clinic app', scopes: asked, public: true },
  web: { ...code, name: 'Clinic web', scopes: asked, postLogoutRedirectUris: ['https://clinic.example.uz/bye'] },
  short: { ...code, name: 'Short', scopes: ['openid', 'fhirUser', 'user/*.rs'], minimalAuthorize: true },
  device: {
    ...{ name: 'Screen', scopes: ['openid', 'user/*.rs'], environment: 'playground', public: true },
    grants: ['urn:ietf:params:oauth:grant-type:device_code'],
  },
};

const identity = (type: string, fhir_id: string): object => ({ environment: 'playground', type, fhir_id });
const people: readonly object[] = [
  {
    ...{ username: 'aziza', password: 'correct horse battery', name: 'Aziza Karimova' },
    identities: [identity('Practitioner', 'pr-1')],
  },
  {
    ...{ username: 'olim', password: 'staple and then some', name: 'Olim Usmonov' },
    identities: [identity('Patient', 'p-1')],
  },
  { username: 'nobody', password: 'a lantern on the hill', name: 'Nodira Aliyeva', identities: [] },
];

/** The records of patients, as though every person's were there. */
const patients = {
  search: () =>
    Promise.resolve({ patients: [{ id: 'p-1', name: 'Olim Usmonov', birthDate: '1990-04-01' }], more: false }),
  read: (_environment: string, _asker: unknown, id: string) => Promise.resolve({ id, name: 'Olim Usmonov' }),
  resource: () => Promise.resolve({}),
  representedBy: () => Promise.resolve(undefined),
  stateOf: () => Promise.resolve('in-use'),
};

process.once('message', (request: SsoHostRequest) => void serve(request));
// The recorder has ended: nobody asks any more.
process.once('disconnect', () => process.exit());

async function serve({ root }: SsoHostRequest): Promise<void> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(root, file)).href);
  const sso = await loadSso(root);
  const { createSso, migrations, openAccounts, openClients } = sso;
  const { connect } = (await load('packages/postgres/src/index.ts')) as PostgresModule;
  const { testDatabase } = (await load('packages/postgres/src/testing.ts')) as TestingModule;
  const database = await testDatabase({ name: 'record_sso', migrations: [migrations] });
  const by = { actor: 'cli:recorder' };
  const accounts = openAccounts(database.sql, by);
  for (const person of people) await accounts.create(person);
  const made: Record<string, RecordedClient> = {};
  const registry = openClients(database.sql, by);
  for (const [name, details] of Object.entries(clients)) {
    const { client, secret = '' } = await registry.create(details);
    made[name] = { id: client.clientId, secret };
  }
  made['operator'] = { id: 'operator', secret: await makeOperator(root, database.sql, sso) };
  const sql = connect(database.url, { max: 4, reads: 2 });
  const start = (): ReturnType<SsoModule['createSso']> =>
    createSso({
      ...{ sql, issuer, patients, encryptionKey, defaultLanguage: 'uz' },
      environments: { playground: 'https://playground.example.uz/fhir', production: 'https://fhir.example.uz' },
      // Where a connection is refused at once.
      fhirUrls: { playground: 'http://127.0.0.1:9', production: 'http://127.0.0.1:9' },
    });
  // The first start makes the keys, in an order that is another one each time.
  await start().then((first) => first.close());
  await database.sql`update sso.signing_key set signs_from = signs_from - interval '1 hour' where alg = 'ES256'`;
  const served = await start();
  const url = await served.app.listen({ host: '127.0.0.1', port: 0 });
  const close = async (): Promise<void> => {
    await served.close();
    await sql.end({ timeout: 5 });
    await database.drop();
  };
  process.once('message', () => void close().then(() => process.exit()));
  process.send!({ url, clients: made } satisfies SsoHostReply);
}

/** Where the SSO has its doors: beside the server those of the packages that older trees do not have. */
const doors = ['apps/sso/src/index.ts', 'packages/accounts/src/index.ts', 'packages/clients/src/index.ts'];
/** Folders of second factors, the newest first. */
const factorFolders = ['packages/accounts/src/factors', 'apps/sso/src/accounts'];

async function loadSso(root: string): Promise<SsoModule> {
  const there = doors.map((door) => join(root, door)).filter((file) => existsSync(file));
  const modules = there.map((file): Promise<object> => import(pathToFileURL(file).href));
  return Object.assign({}, ...(await Promise.all(modules))) as SsoModule;
}

/** @returns the secret of the operator's codes, in hexadecimal digits */
async function makeOperator(root: string, sql: unknown, sso: SsoModule): Promise<string> {
  const folder = factorFolders.map((name) => join(root, name)).find((name) => existsSync(name))!;
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);
  const { openFactors } = (await load('factors.ts')) as FactorsModule;
  const { totpCode, totpStep } = (await load('totp.ts')) as TotpModule;
  const by = { actor: 'cli:recorder' };
  const username = 'operator';
  const { accountId } = await sso
    .openAccounts(sql, by)
    .create({ username, password: 'a very long password', name: 'Dilshod Rahimov', identities: [] });
  await sso.openAdministrators(sql, by).make(username, { reason: 'recorded' });
  const factors = openFactors({ sql, encryptionKey, issuer, clock: () => new Date() });
  const secret = await factors.beginTotp(accountId, 'here');
  if (secret === undefined) throw new Error('the operator has codes already');
  await factors.confirmTotp(accountId, totpCode(secret, totpStep(new Date())), { place: 'here' });
  return secret.toString('hex');
}
