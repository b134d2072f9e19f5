/** Common setup of the tests of the audit trail's flows: a server, a client of each kind, and the events that a piece of work records. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openAccounts, type Account } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newClient, postForm, testBed, type Answer, type TestBed } from './support.ts';

export interface Row {
  event: string;
  reason: string | null;
  client_id: string | null;
  account_id: string | null;
  actor: string | null;
  address: string | null;
  correlation_id: string | null;
  content: string;
}

export const redirectUri = 'https://app.uz/cb';
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
export const password = 'a long and quiet password';

export interface SignedIn {
  browser: Browser;
  page: Page;
  verifier: string;
}

export interface AuditBed {
  bed: TestBed;
  url: string;
  accounts: ReturnType<typeof openAccounts>;
  /** Messages sent to people. */
  mail: string[];
  /** Values that no record may contain; tests add the values that they receive. */
  secrets: Set<string>;
  /** A client that acts for itself, and the id of one that acts for people. */
  service: { id: string; secret: string; form: Record<string, string> };
  application: string;
  clock: () => Date;
  /** Advances the server's clock. */
  later: (milliseconds: number) => void;
  person: () => Promise<Account>;
  /** Returns the events that a piece of work recorded, with their reasons. Its requests share a separate id. */
  recorded: (
    of: { clientId?: string | undefined; accountId?: string | undefined },
    work: (id: Record<string, string>) => Promise<unknown>,
  ) => Promise<string[]>;
  /** Resolves when records made asynchronously are written. */
  settled: () => Promise<void>;
  token: (form: Record<string, string | undefined>, headers: Record<string, string>) => Promise<Answer>;
  /** Up to the consent page. */
  signIn: (username: string, headers: Record<string, string>, more?: Record<string, string>) => Promise<SignedIn>;
  /** Allows the request, and returns the form that exchanges the code. */
  codeOf: (signedIn: SignedIn) => Promise<Record<string, string>>;
}

/** Call it at the top level of the file. */
export async function auditBed(): Promise<AuditBed> {
  const bed = await testBed();
  let now = new Date();
  const clock = (): Date => now;
  const mail: string[] = [];
  const { url } = await bed.start({
    clock,
    send: ({ text }) => Promise.resolve(void mail.push(text)),
    messagePollSeconds: 0.05,
  });
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
  const secrets = new Set<string>([password]);
  const later = (milliseconds: number): void => {
    now = new Date(now.getTime() + milliseconds);
  };
  const service = await newClient(bed.clients, { scopes: ['system/*.cruds', 'dhp.launch'] });
  secrets.add(service.secret);
  const { id: application } = await newClient(bed.clients, {
    grants: ['authorization_code', 'refresh_token', deviceGrant],
    scopes: ['openid', 'offline_access', 'launch', 'user/*.rs'],
    redirectUris: [redirectUri],
    public: true,
  });

  async function person(): Promise<Account> {
    return accounts.create({
      username: `p${randomUUID()}`,
      name: 'Aziza Karimova',
      password,
      email: 'a@example.uz',
    });
  }

  async function recorded(
    of: { clientId?: string | undefined; accountId?: string | undefined },
    work: (id: Record<string, string>) => Promise<unknown>,
  ): Promise<string[]> {
    const [last] = await bed.sql<{ id: string }[]>`select coalesce(max(id), 0) as id from sso.audit_event`;
    const id = `flow-${randomUUID()}`;
    await work({ 'x-request-id': id });
    await settled();
    const rows = await bed.sql<Row[]>`
      select event, reason, client_id, account_id, actor, host(address) as address, correlation_id, to_jsonb(e)::text as content
      from sso.audit_event e where id > ${last!.id} and event not like 'message.%' order by id`;
    for (const row of rows) {
      assert.equal(row.correlation_id, id, row.content);
      assert.equal(row.address, '127.0.0.1', row.content);
      if ('clientId' in of) assert.equal(row.client_id, of.clientId ?? null, row.content);
      if ('accountId' in of) assert.equal(row.account_id, of.accountId ?? null, row.content);
      for (const secret of secrets) assert.ok(!row.content.includes(secret), `${row.event} holds a secret`);
    }
    return rows.map(({ event, reason }) => [event, reason].filter((one) => one !== null).join(' '));
  }

  async function settled(): Promise<void> {
    let before = -1;
    for (;;) {
      const [row] = await bed.sql<{ n: number }[]>`select count(*)::int as n from sso.audit_event`;
      if (row!.n === before) return;
      before = row!.n;
      await delay(120);
    }
  }

  async function token(form: Record<string, string | undefined>, headers: Record<string, string>): Promise<Answer> {
    const answer = await postForm(`${url}/oauth/token`, form, headers);
    for (const name of ['access_token', 'refresh_token', 'id_token'])
      if (typeof answer.body[name] === 'string') secrets.add(answer.body[name]);
    return answer;
  }

  async function signIn(
    username: string,
    headers: Record<string, string>,
    more: Record<string, string> = {},
  ): Promise<SignedIn> {
    const browser = new Browser(url, 'en', headers);
    const { verifier, query } = pkce();
    secrets.add(verifier);
    const asked = {
      response_type: 'code',
      client_id: application,
      redirect_uri: redirectUri,
      scope: 'openid offline_access user/*.rs',
    };
    const first = await browser.get(authorizeAddress({ ...asked, ...query, ...more }));
    return { browser, verifier, page: await browser.submit(first, { username, password }, 'login') };
  }

  async function codeOf({ browser, page, verifier }: SignedIn): Promise<Record<string, string>> {
    const allowed = await browser.submit(page, {}, 'allow');
    const code = new URL(allowed.address).searchParams.get('code')!;
    secrets.add(code);
    return {
      grant_type: 'authorization_code',
      client_id: application,
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
    };
  }

  return {
    ...{ bed, url, accounts, mail, secrets, service, application, clock, later },
    ...{ person, recorded, settled, token, signIn, codeOf },
  };
}
