/** Setup of the test of the table of duties: actors of every kind, and a subject for each act. */
import assert from 'node:assert/strict';
import { openAccounts, openAdministrators } from '@dhp/accounts';
import { openClients } from '@dhp/clients';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { openPolicies } from '@dhp/accounts/policies';
import { openKeys } from '@dhp/signing-keys';
import { acts } from '@dhp/administration/testing';
import { adminScopes } from '@dhp/clients/fields';
import { insertCustody } from '@dhp/clients/rows';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { operateBed, password, reason, type OperateBed } from './operate-bed.ts';
import { answer, newClient, postForm, type Answer } from './support.ts';

export type Parts = Record<string, string>;
export interface Attempted {
  parts?: Parts;
  values?: Record<string, unknown>;
}

export interface DutiesBed extends OperateBed {
  /** A client with every scope of the administration. */
  operatorClient: { id: string; form: Record<string, string> };
  /** Another client. */
  peer: { id: string };
  /** A new target on which anybody with the right can do the act. */
  target: (act: string) => Promise<Required<Attempted>>;
  /** A client of production that waits for approval. */
  waiting: (createdBy: string, approves?: boolean) => Promise<string>;
  /** Calls an act of the API, as the operator. */
  call: (act: string, o: Attempted) => Promise<Answer>;
  /**
   * Carries out an act on the operators' pages.
   * @param page of the table of duties
   */
  visit: (page: string, o: Attempted, username?: string) => Promise<{ status: number; text: string }>;
}

const type = 'application/json';

/** Call it at the top level of the file. */
export async function dutiesBed(): Promise<DutiesBed> {
  const of = await operateBed();
  const { bed, chromium, clock, register, wait } = of;
  const { issuer } = chromium;
  const operatorClient = await newClient(bed.clients, { scopes: [...adminScopes], name: 'Operator' });
  const peer = await newClient(bed.clients, { scopes: [...adminScopes], name: 'Peer' });
  const accounts = openAccounts(bed.sql, { actor: 'cli:tester', clock });
  const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
  let made = 0;
  const next = (): string => `p${String((made += 1))}`;

  async function waiting(createdBy: string, approves = false): Promise<string> {
    const clients = openClients(bed.sql, { actor: createdBy, approves, clock });
    const scopes = ['system/Patient.rs'];
    return (await newClient(clients, { name: 'Hospital', environment: 'production', scopes })).id;
  }

  async function person(act: string): Promise<string> {
    const username = next();
    const { accountId } = await register(username, 'Somebody');
    if (act.endsWith('/enable')) await accounts.disable(username);
    if (act.endsWith('/reset-factors')) await of.giveCodes(username);
    if (act.endsWith('/unlock')) {
      await accounts.authenticate(username, 'wrong', '10.0.0.1');
      const until = new Date(clock().getTime() + 3_600_000);
      await bed.sql`update sso.throttle set blocked_until = ${until}, last_attempt_at = ${until} where subject like 'name:%'`;
    }
    if (act.includes('/links/')) {
      await bed.sql`
        insert into sso.upstream_link (account_id, upstream, subject_hash, linked_at)
        values (${accountId}, 'oneid', sha256(${Buffer.from(username)}), ${clock()})`;
    }
    if (/\/(?:confirm|reject)$/.test(act)) {
      await bed.sql`
        insert into sso.unconfirmed_link (account_id, upstream, subject_hash, linked_at)
        values (${accountId}, 'oneid', sha256(${Buffer.from(username)}), ${clock()})`;
    }
    if (act === 'DELETE /users/{username}/roles')
      await policies.give({ username, environment: 'playground', role: 'nurse', organization: 'o-1' });
    return username;
  }

  async function session(): Promise<string> {
    const username = await person('');
    const redirectUri = 'https://app.uz/cb';
    const scopes = ['openid', 'user/*.rs'];
    const app = await newClient(bed.clients, {
      ...{ grants: ['authorization_code'], scopes, redirectUris: [redirectUri], public: true },
    });
    const asked = { client_id: app.id, response_type: 'code', redirect_uri: redirectUri, scope: scopes.join(' ') };
    const query = { ...asked, state: 's', ...pkce().query };
    await signIn(new Browser(issuer, 'en', {}, issuer), authorizeAddress(query), { username, password });
    const [row] = await bed.sql<{ session_uid: string }[]>`
      select session_uid from sso.session_detail order by began_at desc limit 1`;
    return row!.session_uid;
  }

  async function client(act: string): Promise<string> {
    if (act.endsWith('/approve')) return waiting('account:00000000-0000-4000-8000-000000000001');
    const { id } = await newClient(bed.clients, { scopes: ['system/Patient.rs'] });
    if (act.endsWith('/enable')) await bed.clients.disable(id);
    if (act.endsWith('/drop-old-secret')) await bed.clients.rotateSecret(id, { keepOld: true });
    return id;
  }

  async function retired(): Promise<string> {
    const keys = openKeys(bed.sql, { encryptionKey: bed.encryptionKey, actor: 'cli:tester', clock });
    await keys.rotate('RS256', { atOnce: false });
    wait(20 * 60_000);
    return (await keys.list()).find(({ state }) => state === 'verifying')!.kid;
  }

  const given: Record<string, () => Record<string, unknown>> = {
    'POST /clients': () => ({ client_name: 'Made', scope: 'system/Patient.rs' }),
    '/policies/add': () => ({ role: next(), scopes: ['user/Patient.rs'] }),
    'PATCH /clients/{client_id}': () => ({ client_name: 'Renamed', scope: 'system/Patient.rs' }),
    'POST /registration-tokens': () => ({ name: 'House', scope: 'system/Patient.rs' }),
    'POST /users': () => ({ username: next(), name: 'Made' }),
    'PATCH /users/{username}': () => ({ name: 'Renamed' }),
    'POST /users/{username}/roles': () => ({ role: 'nurse', organization: 'o-1' }),
    'DELETE /users/{username}/roles': () => ({ role: 'nurse', organization: 'o-1' }),
    'POST /users/{username}/confirm': () => ({ upstream: 'oneid' }),
    'POST /users/{username}/reject': () => ({ upstream: 'oneid' }),
    'POST /identity-cases/{case_id}/decide': () => ({ id: 'a' }),
    'POST /keys': () => ({ alg: 'ES256' }),
    'POST /access-policies/{environment}/check': () => ({ policies: '{}' }),
    'POST /access-policies/{environment}/try': () => ({ policies: '{}' }),
    'POST /access-policies/{environment}/explain': () => ({ resource: 'Observation/7', client_id: operatorClient.id }),
    'POST /access-policies/{environment}/activate': () => ({ policies: '{}', base: 2 }),
    'POST /access-policies/{environment}/rollback': () => ({ base: 2 }),
    'POST /broken-glass/{environment}/{id}/review': () => ({ verdict: 'justified' }),
    'POST /legal-holds/{environment}': () => ({ on: 'Patient/44' }),
    'PUT /policies/{environment}/{role}': () => ({ scopes: ['user/Patient.rs'] }),
  };

  async function target(act: string): Promise<Required<Attempted>> {
    const parts: Parts = {};
    if (act.includes('{username}')) parts['username'] = await person(act);
    if (act.includes('{client_id}')) parts['client_id'] = await client(act);
    if (/^(?:POST|DELETE) \/identity-sources$/.test(act)) {
      parts['client_id'] = (await newClient(bed.clients, { environment: 'playground' })).id;
      if (act.startsWith('DELETE')) {
        await bed.sql`
          insert into sso.identity_source values (${parts['client_id']}, 'playground', 'Patient', now(), 'cli:a', 'test')`;
      }
    }
    if (act.includes('{case_id}')) parts['username'] = await person(act);
    if (act.includes('{upstream}')) parts['upstream'] = 'oneid';
    if (act.includes('{session_id}')) parts['session_id'] = await session();
    if (act.includes('{kid}')) parts['kid'] = await retired();
    if (act.includes('{token_id}')) {
      const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester', clock });
      const o = { name: 'House', environment: 'playground' as const, scopes: ['system/Patient.rs'] };
      parts['token_id'] = (await tokens.create(o)).registrationToken.tokenId;
    }
    if (act.includes('{environment}')) parts['environment'] = 'playground';
    if (act.includes('{version}')) parts['version'] = '1';
    if (/\/(?:broken-glass|legal-holds|jobs|subscriptions)\//.test(act)) parts['id'] = '7';
    if (act.includes('/access-policies/{environment}/rollback')) parts['version'] = '1';
    if (act.includes('{role}')) {
      Object.assign(parts, { environment: 'playground', role: next() });
      await policies.set({ role: parts['role']!, environment: 'playground', scopes: ['user/Patient.r'] });
    }
    return { parts, values: given[act]?.() ?? {} };
  }

  async function caseOf(username: string): Promise<string> {
    const [row] = await bed.sql<{ case_id: string }[]>`
      insert into sso.identity_case (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
      select gen_random_uuid(), account_id, 'production', 'Patient', 'several', '{a,b}', sha256('p'), now()
      from sso.account where username = ${username}
      returning case_id`;
    return row!.case_id;
  }

  return {
    ...of,
    ...{ operatorClient, peer, target, waiting },
    async call(act, { parts: given = {}, values: sentValues = {} }) {
      const [method = '', path = ''] = act.split(' ');
      const parts = path.includes('{case_id}') ? { ...given, case_id: await caseOf(given['username']!) } : given;
      const isSource = path === '/identity-sources' && method !== 'GET';
      const source = { client_id: given['client_id'], environment: 'playground', resource_type: 'Patient' };
      const values = isSource ? { ...sentValues, ...source } : sentValues;
      assert.ok(acts.some((one) => one.method === method && one.path === path));
      const granted = await postForm(`${issuer}/oauth/token`, operatorClient.form);
      const url = `${issuer}/admin${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name]!))}`;
      const inQuery = method === 'GET' || method === 'DELETE';
      const members = method === 'GET' ? {} : { reason, ...values };
      const query = inQuery ? `?${new URLSearchParams(members).toString()}` : '';
      const headers = { authorization: `Bearer ${String(granted.body['access_token'])}` };
      const sent = inQuery
        ? { headers }
        : { headers: { ...headers, 'content-type': type }, body: JSON.stringify(members) };
      return answer(await fetch(url + query, { method, ...sent }));
    },
    async visit(page, { parts: given = {}, values = {} }, username = 'operator') {
      const parts = page.includes('{case_id}') ? { ...given, case_id: await caseOf(given['username']!) } : given;
      const first = username === 'operator' ? '/operate' : username === 'zuhra' ? '/operate/glass' : '/operate/staff';
      const { browser } = await of.withoutScripts(username, first);
      const sub = parts['username'] === undefined ? '' : (await accounts.find(parts['username']))!.accountId;
      const path = page
        .replace('{rotate|replace}', 'rotate')
        .replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(name === 'sub' ? sub : parts[name]!));
      const asText = Object.entries({ ...parts, ...values }).map(([name, value]): [string, string] => [
        name,
        Array.isArray(value) ? value.join(' ') : String(value),
      ]);
      const query = new URLSearchParams(
        [['environment', 'playground'], ['alg', 'ES256'], ...asText].reverse(),
      ).toString();
      // Some pages have their target in the query, some in the form.
      const isAct = /[a-z]$/.test(page) || page.includes('rotate');
      if (
        !isAct ||
        /^\/(?:users|clients|sessions|keys|policies|audit|identity|access|glass|holds|explain|jobs|subscriptions)$/.test(
          page,
        )
      )
        return browser.get(`/operate${path}`);
      const usual = { environment: 'playground', grant_types: 'client_credentials', kind: 'secret', alg: 'ES256' };
      const form = { ...usual, ...Object.fromEntries(asText) };
      const question = await browser.get(`/operate${path}?${query}`);
      return question.status === 200 ? browser.submit(question, { reason, ...form }, '') : question;
    },
  };
}

/** Enables a person or client to act as another: the holder received the credentials of the subject. */
export async function givesCredentials(
  { bed, clock }: Pick<DutiesBed, 'bed' | 'clock'>,
  subject: `client:${string}` | `account:${string}`,
  holder: string,
): Promise<void> {
  await insertCustody(bed.sql, { subject, holder, now: clock() });
}

/** A second platform administrator. */
export async function secondAdministrator({ bed, clock, register, giveCodes }: OperateBed): Promise<string> {
  const { accountId } = await register('deputy', 'Deputy Operator');
  await openAdministrators(bed.sql, { actor: 'cli:tester', clock }).make('deputy');
  await giveCodes('deputy');
  return accountId;
}
