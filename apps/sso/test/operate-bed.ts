/** Common setup of the tests of the operators' pages: a server, an operator with two factors, people, and the traces of each act. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { openAccounts, openAdministrators, type Account, type Accounts } from '@dhp/accounts';
import type { SsoOptions } from '@dhp/sso';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { Browser, type Page as Answered } from './browser.ts';
import { chromiumBed, type ChromiumBed, type Viewing } from './chromium.ts';
import { testBed, type TestBed } from './support.ts';

export const password = 'correct horse battery';
export const reason = 'asked for by telephone, checked';
export const languages = ['uz', 'ru', 'en'] as const;

export interface Recorded {
  event: string;
  actor: string | null;
  reason: string | null;
}

export interface OperateBed {
  bed: TestBed;
  chromium: ChromiumBed;
  accounts: Accounts;
  clock: () => Date;
  /** Advances the server's clock. */
  wait: (milliseconds: number) => void;
  people: Record<string, Account>;
  /** Returns the id of a registered person; for other names an unused id. */
  idOf: (username: string) => string;
  register: (username: string, name: string, type?: 'Patient' | 'Practitioner') => Promise<Account>;
  /** Enables an authenticator application, whose codes are required from then on. */
  giveCodes: (username: string) => Promise<void>;
  /** A person with a browser without scripts, signed in through a page. */
  withoutScripts: (username: string, path?: string) => Promise<{ browser: Browser; status: number; text: string }>;
  /** The operator, or another person with codes, in a real browser. */
  operator: (
    viewing?: Viewing,
    path?: string,
    username?: string,
  ) => Promise<{ page: Page; close: () => Promise<void> }>;
  /** Signs in again in a real browser, on request of a page. */
  signInAnew: (page: Page, username?: string) => Promise<void>;
  /**
   * Returns the events that an act records before it is answered, without those of its sign-ins and of messages, which are sent
   * asynchronously.
   */
  leavesBehind: (act: () => Promise<unknown>) => Promise<Recorded[]>;
  /** Asks for an act at its page, as a person would, and sends the form with a reason. */
  act: (browser: Browser, path: string, fields?: Record<string, string>) => Promise<Answered>;
}

/** Call it at the top level of the file. The operator is there when its tests begin. */
export async function operateBed(options: Partial<SsoOptions> = {}): Promise<OperateBed> {
  const bed = await testBed();
  let now = new Date();
  const clock = (): Date => now;
  const chromium = await chromiumBed(bed, { clock, chainSeconds: 3600, ...options });
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
  const secrets: Record<string, Buffer> = {};
  const people: Record<string, Account> = {};
  const nobody = '00000000-0000-4000-8000-000000000000';

  const wait = (milliseconds: number): void => {
    now = new Date(now.getTime() + milliseconds);
  };
  const factors = openFactors({ sql: bed.sql, encryptionKey: bed.encryptionKey, issuer: chromium.issuer, clock });

  async function register(
    username: string,
    name: string,
    type: 'Patient' | 'Practitioner' = 'Patient',
  ): Promise<Account> {
    const identities = [{ environment: 'playground', type, fhir_id: `p-${username}` } as const];
    people[username] = await accounts.create({ username, name, password, identities });
    return people[username];
  }

  async function giveCodes(username: string): Promise<void> {
    const { accountId } = people[username]!;
    const secret = await factors.beginTotp(accountId, 'here');
    assert.ok(secret !== undefined);
    assert.ok(await factors.confirmTotp(accountId, totpCode(secret, totpStep(now)), { place: 'here' }));
    secrets[username] = secret;
  }

  /** A code of an unused step. */
  function freshCode(username: string): string {
    wait(30_000);
    return totpCode(secrets[username]!, totpStep(now));
  }

  async function signInAnew(page: Page, username = 'operator'): Promise<void> {
    await page.fill('#username', username);
    await page.fill('#password', password);
    await page.click('button[value=login]');
    await page.fill('#code', freshCode(username));
    await page.click('button[value=code]');
  }

  // Not a hook: hooks of a file whose top level awaited something run concurrently.
  await register('operator', 'Dilshod Rahimov', 'Practitioner');
  await openAdministrators(bed.sql, { actor: 'cli:tester', clock }).make('operator', { reason: 'first of them' });
  await giveCodes('operator');

  return {
    ...{ bed, chromium, accounts, clock, wait, people, register, giveCodes, signInAnew },
    idOf: (username) => people[username]?.accountId ?? nobody,
    async withoutScripts(username, path = '/operate') {
      const browser = new Browser(chromium.issuer, 'en', {}, chromium.issuer);
      let page = await browser.submit(await browser.get(path), { username, password }, 'login');
      if (page.text.includes('name="code"')) page = await browser.submit(page, { code: freshCode(username) }, 'code');
      return { browser, status: page.status, text: page.text };
    },
    async operator(viewing = {}, path = '/operate', username = 'operator') {
      const { page, context } = await chromium.visit(viewing);
      await page.goto(chromium.issuer + path);
      await signInAnew(page, username);
      await page.waitForURL(`**${path}`);
      return { page, close: () => context.close() };
    },
    async leavesBehind(work) {
      const [last] = await bed.sql<{ id: string }[]>`select coalesce(max(id), 0) as id from sso.audit_event`;
      await work();
      const rows = await bed.sql<Recorded[]>`
        select event, actor, reason from sso.audit_event
        where id > ${last!.id} and event not like 'sign-in.%' and event not like 'message.%' order by id`;
      return [...rows];
    },
    async act(browser, path, fields = {}) {
      const question = await browser.get(`/operate${path}`);
      assert.equal(question.status, 200, `${path}: ${question.text}`);
      assert.match(question.text, /name="reason"/, path);
      return browser.submit(question, { reason, ...fields }, '');
    },
  };
}
