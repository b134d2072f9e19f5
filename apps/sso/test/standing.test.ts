/**
 * The conditions of a sign-in are checked again at every refresh, and when a session is reused: each fact is changed after the first token.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { openSessions } from '@dhp/administration';
import { revocationFeedKey } from '@dhp/signing-keys/server-keys';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { decodeJwt } from './jose.ts';
import { recordsStub } from './records-stub.ts';
import { ownerOf, standingOf } from './standing-question.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

const records = await recordsStub();
const bed = await testBed();
const { url } = await bed.start({ patients: undefined, fhirUrls: { playground: records.url } } as object);
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const policies = openPolicies(bed.sql, { actor: 'cli:tester' });
const sessions = openSessions(bed.sql, { actor: 'cli:tester' });
const environment = 'playground' as const;
const redirectUri = 'https://cabinet.example.uz/cb';
const password = 'correct horse battery';
const renewable = 'openid fhirUser offline_access';
for (const role of ['doctor', 'nurse']) {
  await policies.set({ role, environment, scopes: [`user/Patient.rs?organization={organization}`] });
}

let count = 0;

interface Held {
  username: string;
  browser: Browser;
  clientId: string;
  sub: string;
  /** The ids of the person's record, of the RelatedPerson, and of the patient in context. */
  own: string;
  patient: string;
  first: Answer;
  roles: string[];
}

type Kind = 'relative' | 'patient' | 'doctor' | 'doctor with a patient';

const scopes: Record<Kind, string> = {
  relative: `${renewable} patient/*.rs`,
  patient: `${renewable} patient/*.rs`,
  doctor: `${renewable} user/*.rs`,
  'doctor with a patient': `${renewable} launch/patient patient/*.rs`,
};

/** A new person at a separate application, with a refresh token. */
async function somebody(kind: Kind, scope = scopes[kind], roles = ['doctor']): Promise<Held> {
  count += 1;
  const [username, own] = [`person-${String(count)}`, `own-${String(count)}`];
  const patient = kind === 'patient' ? own : `p-${String(count)}`;
  records.put({ resourceType: 'Patient', id: patient, active: true });
  const type = kind === 'relative' ? 'RelatedPerson' : kind === 'patient' ? 'Patient' : 'Practitioner';
  if (kind === 'relative') {
    records.put({ resourceType: type, id: own, active: true, patient: { reference: `Patient/${patient}` } });
  }
  await accounts.create({
    username,
    name: 'Nodira Aliyeva',
    password,
    identities: [{ environment, type, fhir_id: own }],
  });
  if (type === 'Practitioner') {
    for (const role of roles) await policies.give({ username, environment, role, organization: `org-${role}` });
  }
  const { id: clientId } = await newClient(bed.clients, {
    grants: ['authorization_code', 'refresh_token'],
    scopes: [...scope.split(' '), 'patient/Observation.rs'],
    redirectUris: [redirectUri],
    public: true,
    name: 'Cabinet',
  });
  const browser = new Browser(url);
  const { verifier, query } = pkce();
  const request = { client_id: clientId, response_type: 'code', redirect_uri: redirectUri, scope, ...query };
  let page = await browser.get(authorizeAddress(request));
  page = await browser.submit(page, { username, password }, 'login');
  if (kind === 'doctor with a patient') page = await browser.submit(page, { patient }, 'choose');
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
  const code = new URL(page.address).searchParams.get('code') ?? assert.fail(page.address + page.text);
  const form = { grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirectUri, code };
  const first = await postForm(`${url}/oauth/token`, { ...form, code_verifier: verifier });
  assert.equal(first.status, 200, first.text);
  const sub = decodeJwt(String(first.body['access_token'])).sub!;
  return { username, browser, clientId, sub, own, patient, first, roles };
}

const refresh = ({ clientId }: Held, { body }: Answer): Promise<Answer> =>
  postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'refresh_token', client_id: clientId },
    refresh_token: String(body['refresh_token']),
  });

const claimsOf = ({ body }: Answer): Record<string, unknown> => decodeJwt(String(body['access_token']));

/** The answer to FHIR servers about the rights of a token. */
async function standingOfToken(token: Record<string, unknown>, renewed = true): Promise<Record<string, unknown>> {
  const [told] = await standingOf(url, [ownerOf(token, renewed)], { key: revocationFeedKey(bed.encryptionKey) });
  return told as Record<string, unknown>;
}

interface Fact {
  kind: Kind;
  change: (who: Held) => unknown;
  /** The error of the refresh and its description; or a check of what the renewed token lacks. */
  expected: [error: string, description: RegExp] | ((token: Record<string, unknown>, who: Held) => void);
  roles?: string[];
}

const relation = (who: Held, more: object): void =>
  records.put({
    ...{ resourceType: 'RelatedPerson', id: who.own, active: true },
    ...{ patient: { reference: `Patient/${who.patient}` }, ...more },
  });
const record = (who: Held, more: object): void => records.put({ resourceType: 'Patient', id: who.patient, ...more });
const take = (who: Held, role: string): Promise<void> =>
  policies.take({ username: who.username, environment, role, organization: `org-${role}` });

const relationEnded: Fact['expected'] = ['invalid_grant', /RelatedPerson is gone, inactive or over/];
const recordEnded: Fact['expected'] = ['invalid_grant', /record of the patient is not in use/];
const notVisible: Fact['expected'] = ['invalid_grant', /do not show the patient/];

const facts: Record<string, Fact> = {
  'a RelatedPerson that is inactive': {
    ...{ kind: 'relative', expected: relationEnded },
    change: (who) => relation(who, { active: false }),
  },
  'a relation whose period is over': {
    ...{ kind: 'relative', expected: relationEnded },
    change: (who) => relation(who, { period: { end: '2020-05' } }),
  },
  'a relation whose period has not begun': {
    ...{ kind: 'relative', expected: relationEnded },
    change: (who) => relation(who, { period: { start: '2190-01-01T00:00:00Z' } }),
  },
  'a RelatedPerson that is for another patient': {
    ...{ kind: 'relative', expected: ['invalid_grant', /RelatedPerson names another patient/] },
    change(who) {
      records.put({ resourceType: 'Patient', id: 'somebody-else' });
      relation(who, { patient: { reference: 'Patient/somebody-else' } });
    },
  },
  'a RelatedPerson that was deleted': {
    ...{ kind: 'relative', expected: relationEnded },
    change: (who) => records.remove(`RelatedPerson/${who.own}`),
  },
  'a represented patient who was merged into another': {
    ...{ kind: 'relative', expected: relationEnded },
    change: (who) => record(who, { link: [{ type: 'replaced-by', other: { reference: 'Patient/other' } }] }),
  },
  'an own record that is inactive': {
    ...{ kind: 'patient', expected: recordEnded },
    change: (who) => record(who, { active: false }),
  },
  'an own record that was merged into another': {
    ...{ kind: 'patient', expected: recordEnded },
    change: (who) => record(who, { link: [{ type: 'replaced-by' }] }),
  },
  'an own record that was deleted': {
    ...{ kind: 'patient', expected: recordEnded },
    change: (who) => records.remove(`Patient/${who.own}`),
  },
  'a binding to the record that was taken away': {
    ...{ kind: 'patient', expected: ['invalid_grant', /not the same in the records/] },
    change: (who) => bed.sql`delete from sso.account_identity where account_id = ${who.sub}`,
  },
  'a person who has become somebody else in the records': {
    ...{ kind: 'patient', expected: ['invalid_grant', /not the same in the records/] },
    change: (who) => bed.sql`
      insert into sso.account_identity (account_id, environment, type, fhir_id)
      values (${who.sub}, 'playground', 'Practitioner', 'new-doctor')`,
  },
  'an account that is disabled': {
    ...{ kind: 'patient', expected: ['invalid_grant', /./] },
    change: (who) => accounts.disable(who.username),
  },
  'a session that an operator ended, offline_access too': {
    ...{ kind: 'patient', expected: ['invalid_grant', /./] },
    async change({ username }) {
      const { items } = await sessions.search({ username });
      await sessions.end(items[0]!.sessionId);
    },
  },
  'consent that the person took back': {
    ...{ kind: 'patient', expected: ['invalid_grant', /./] },
    async change({ browser, clientId }) {
      const page = await browser.get('/account/applications');
      await browser.submit(page, { client: clientId }, 'revoke-application');
    },
  },
  'a chosen patient whom the roles do not show any longer': {
    ...{ kind: 'doctor with a patient', expected: notVisible },
    change: (who) => records.hide(`Patient/${who.patient}`),
  },
  'a chosen patient who was deleted': {
    ...{ kind: 'doctor with a patient', expected: notVisible },
    change: (who) => records.remove(`Patient/${who.patient}`),
  },
  'a chosen patient who was merged into another': {
    ...{ kind: 'doctor with a patient', expected: notVisible },
    change: (who) => record(who, { link: [{ type: 'replaced-by' }] }),
  },
  'the last role, of who works with a chosen patient': {
    ...{ kind: 'doctor with a patient', expected: ['invalid_grant', /lost the role/] },
    change: (who) => take(who, 'doctor'),
  },
  'the last role': {
    ...{ kind: 'doctor', expected: ['invalid_grant', /lost the role/] },
    change: (who) => take(who, 'doctor'),
  },
  'one of two roles': {
    ...{ kind: 'doctor', roles: ['doctor', 'nurse'] },
    change: (who) => take(who, 'nurse'),
    expected: (token) => assert.deepEqual(token['policies'], ['user/Patient.rs?organization=Organization/org-doctor']),
  },
  'the policy of the role': {
    kind: 'doctor',
    change: () => policies.set({ role: 'doctor', environment, scopes: ['user/Practitioner.r'] }),
    expected: (token) => assert.deepEqual(token['policies'], ['user/Practitioner.r']),
  },
  'a client that is disabled': {
    ...{ kind: 'patient', expected: ['invalid_client', /./] },
    change: ({ clientId }) => bed.clients.disable(clientId),
  },
  'a client that may have less': {
    kind: 'patient',
    change: ({ clientId }) =>
      bed.clients.change(clientId, { scopes: ['openid', 'offline_access', 'patient/Observation.rs'] }),
    expected: (token) => assert.equal(String(token['scope']).includes('patient/*.rs'), false, String(token['scope'])),
  },
  'a client that may not renew for longer any more': {
    ...{ kind: 'patient', expected: ['invalid_grant', /client may not have/] },
    change: ({ clientId }) => bed.clients.change(clientId, { scopes: ['openid', 'patient/*.rs'] }),
  },
  'a client without the grant': {
    ...{ kind: 'patient', expected: ['unauthorized_client', /./] },
    change: ({ clientId }) =>
      bed.clients.change(clientId, { grants: ['authorization_code'], scopes: ['openid', 'patient/*.rs'] }),
  },
  'a client that takes passwords no longer': {
    ...{ kind: 'patient', expected: ['invalid_grant', /way in which the person signed in/] },
    change: ({ clientId }) => bed.clients.change(clientId, { signInMethods: ['oneid'] }),
  },
};

describe('a refresh after a change of', () => {
  for (const [what, { kind, change, expected, roles }] of Object.entries(facts)) {
    it(what, async () => {
      const who = await somebody(kind, undefined, roles);
      const before = await refresh(who, who.first);
      assert.equal(before.status, 200, before.text);
      const token = claimsOf(before);
      const [all, words] = [await standingOfToken(token), String(token['scope']).split(' ')];
      assert.deepEqual(
        [all['scopes'], all['policies'], all['roles']],
        [words, token['policies'], token['roles']],
        'all stands before',
      );
      await change(who);
      const told = await standingOfToken(token);
      const after = await refresh(who, before);
      if (typeof expected === 'function') {
        assert.equal(after.status, 200, after.text);
        expected(claimsOf(after), who);
        const renewed = claimsOf(after);
        const both = (name: string): unknown =>
          (token[name] as string[] | undefined)?.filter((one) => (renewed[name] as string[]).includes(one));
        assert.deepEqual(
          told,
          JSON.parse(
            JSON.stringify({
              scopes: String(renewed['scope']).split(' '),
              ...{ policies: both('policies'), roles: both('roles') },
            }),
          ),
          'what stands is what a new token has of the old one',
        );
        return;
      }
      // Tokens do not state how a person signed in.
      if (!/takes passwords/.test(what)) assert.match(String(told['ended']), /./, JSON.stringify(told));
      const [error, description] = expected;
      assert.equal(after.body['error'], error, after.text);
      assert.match(String(after.body['error_description']), description);
    });
  }
});

describe('a grant that has ended', () => {
  it('ends with its access tokens, for good, and leaves an audit event', async () => {
    const who = await somebody('relative');
    relation(who, { active: false });
    assert.equal((await refresh(who, who.first)).body['error'], 'invalid_grant');
    relation(who, {});
    assert.equal((await refresh(who, who.first)).body['error'], 'invalid_grant', 'also when the relation is back');
    const headers = { authorization: `Bearer ${String(who.first.body['access_token'])}` };
    assert.equal((await fetch(`${url}/oauth/userinfo`, { headers })).status, 401);
    const events = await bed.sql<{ reason: string; client_id: string }[]>`
      select reason, client_id from sso.audit_event where event = 'grant.ended' and account_id = ${who.sub}`;
    assert.deepEqual([...events], [{ reason: 'relation-ended', client_id: who.clientId }]);
  });

  it('is not used again by a second authorization in the session', async () => {
    const who = await somebody('relative');
    relation(who, { active: false });
    const request = { client_id: who.clientId, response_type: 'code', redirect_uri: redirectUri, ...pkce().query };
    for (const more of [{ prompt: 'none' }, {}]) {
      const page = await who.browser.get(authorizeAddress({ ...request, scope: 'patient/*.rs', ...more }));
      const back = new URL(page.address).searchParams;
      assert.equal(back.get('code'), null);
      assert.match(String(back.get('error')), /^(?:access_denied|consent_required|interaction_required)$/);
    }
  });

  it('lets nobody begin with an own record that is not in use', async () => {
    const who = await somebody('patient');
    const request = { client_id: who.clientId, response_type: 'code', redirect_uri: redirectUri, ...pkce().query };
    record(who, { active: false });
    const page = await who.browser.get(authorizeAddress({ ...request, scope: 'openid patient/*.rs' }));
    const back = new URL(page.address).searchParams;
    assert.deepEqual([back.get('code'), back.get('error')], [null, 'access_denied'], page.address);
  });
});

describe('records that cannot be reached', () => {
  for (const kind of ['relative', 'patient', 'doctor with a patient'] as const) {
    it(`renew nothing for a ${kind}, and take nothing away`, async () => {
      const who = await somebody(kind);
      records.failing = 500;
      assert.deepEqual(await standingOfToken(claimsOf(who.first)), { unknown: true });
      const refused = await refresh(who, who.first);
      const again = await refresh(who, who.first);
      records.failing = undefined;
      for (const { status, body, headers } of [refused, again]) {
        assert.deepEqual([status, body['error']], [503, 'temporarily_unavailable']);
        assert.ok(Number(headers.get('retry-after')) > 0);
      }
      const renewed = await refresh(who, who.first);
      assert.equal(renewed.status, 200, renewed.text);
    });
  }

  it('are not asked where a token is not about a patient', async () => {
    const who = await somebody('doctor');
    records.failing = 500;
    const renewed = await refresh(who, who.first);
    records.failing = undefined;
    assert.equal(renewed.status, 200, renewed.text);
  });
});

describe('a role that is given', () => {
  it('ends what rests on the roles of before, since a new token would be of another organisation too', async () => {
    const who = await somebody('doctor');
    const token = claimsOf(who.first);
    await policies.give({ username: who.username, environment, role: 'nurse', organization: 'org-nurse' });
    assert.deepEqual(await standingOfToken(token), { ended: 'roles-changed' });
  });
});

describe('a token without a refresh token', () => {
  it('stands until it ends', async () => {
    const token = claimsOf((await somebody('patient', 'openid fhirUser patient/*.rs')).first);
    assert.deepEqual(await standingOfToken(token, false), { scopes: String(token['scope']).split(' ') });
    assert.deepEqual(await standingOfToken(token), { ended: 'grant-ended' });
  });

  it('of a session stands while the person is signed in', async () => {
    const who = await somebody('patient', 'openid fhirUser online_access patient/*.rs');
    const token = claimsOf(who.first);
    assert.deepEqual(await standingOfToken(token), { scopes: String(token['scope']).split(' ') });
    await bed.sql`delete from sso.artifact where model = 'Session' and account_id = ${who.sub}`;
    assert.deepEqual(await standingOfToken(token), { ended: 'grant-ended' });
  });
});
