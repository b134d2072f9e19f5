/** Credentials of developers' applications, and their approval for production. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeJwt, SignJWT } from 'jose';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { issuer, newClient, postForm, production, type Answer } from './support.ts';

const limits = { organizations: 3, applicationsOfPerson: 50, applicationsOfOrganization: 50 };
const { bed, url, developer } = await developersBed({ developers: limits });

const aziza = await developer('aziza');
const clinic = await makeOrganization(aziza);
const thief = await developer('thief');

const operator = await newClient(bed.clients, {
  ...{ scopes: ['admin/clients.read', 'admin/clients.write', 'admin/clients.approve'], name: 'Operators' },
});
const operatorToken = String(
  (await postForm(`${url}/oauth/token`, { ...operator.form, resource: issuer })).body['access_token'],
);

async function operate(path: string, reason: string, more: object = {}): Promise<number> {
  const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ reason, ...more });
  return (await fetch(`${url}/admin${path}`, { method: 'POST', headers, body })).status;
}

interface Made {
  readonly client_id: string;
  readonly client_secret?: string;
}

async function register(asked: object = {}, who: Developer = aziza, organization = clinic): Promise<Made> {
  const details = { client_name: 'Lab', kind: 'backend', task: 'laboratory', ...asked };
  const { status, body } = await who.ask(`/organizations/${organization}/applications`, details);
  assert.equal(status, 201, JSON.stringify(body));
  return body as unknown as Made;
}

const statusOf = async (clientId: string, secret: unknown): Promise<number> =>
  (
    await postForm(`${url}/oauth/token`, {
      ...{ grant_type: 'client_credentials', client_id: clientId, client_secret: String(secret) },
    })
  ).status;

const checklist = {
  profiles: 'Observation, DiagnosticReport',
  tests: 'All examples stored',
  contacts: ['it@clinic.uz'],
};

const refusal = ({ status, body }: Answer): unknown[] => [status, body['kind']];

describe('a second secret', () => {
  it('works beside the first until the older one is ended', async () => {
    const { client_id: id, client_secret: first } = await register();
    const second = await aziza.ask(`/applications/${id}/rotate-secret`, {});
    assert.equal(second.status, 200);
    assert.equal(second.body['live_secrets'], 2);
    for (const secret of [first, second.body['client_secret']]) assert.equal(await statusOf(id, secret), 200);
    assert.deepEqual(refusal(await aziza.ask(`/applications/${id}/rotate-secret`, {})), [409, 'two-secrets']);
    assert.equal((await aziza.ask(`/applications/${id}/drop-old-secret`, {})).body['live_secrets'], 1);
    assert.equal(await statusOf(id, first), 401);
    assert.equal(await statusOf(id, second.body['client_secret']), 200);
  });

  it('is one, of two that are made at the same moment: the first goes on working', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { client_id: id, client_secret: first } = await register();
      const made = await Promise.all([1, 2, 3].map(() => aziza.ask(`/applications/${id}/rotate-secret`, {})));
      assert.equal(made.filter(({ status }) => status === 200).length, 1, made.map(({ status }) => status).join());
      assert.equal(await statusOf(id, first), 200);
      assert.equal(await statusOf(id, made.find(({ status }) => status === 200)!.body['client_secret']), 200);
    }
  });
});

describe('keys', () => {
  const pair = (): {
    jwk: Record<string, unknown>;
    privateKey: ReturnType<typeof generateKeyPairSync>['privateKey'];
  } => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    return { jwk: { ...publicKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES384' }, privateKey };
  };
  const tokenBy = async (id: string, { jwk, privateKey }: ReturnType<typeof pair>): Promise<number> => {
    const assertion = await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg: 'ES384', kid: String(jwk['kid']) })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(`${issuer}/oauth/token`)
      .setExpirationTime('1 minute')
      .sign(privateKey);
    const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
    const form = { grant_type: 'client_credentials', client_assertion: assertion, client_assertion_type: type };
    return (await postForm(`${url}/oauth/token`, form)).status;
  };

  it('take the place of a secret, and are replaced', async () => {
    const [one, other] = [pair(), pair()];
    const made = await register({ jwks: { keys: [one.jwk] } });
    assert.equal(made.client_secret, undefined);
    assert.equal(await tokenBy(made.client_id, one), 200);
    const changed = await aziza.ask(`/applications/${made.client_id}/change`, { jwks: { keys: [other.jwk] } });
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    assert.deepEqual([await tokenBy(made.client_id, one), await tokenBy(made.client_id, other)], [401, 200]);
    const secret = await aziza.ask(`/applications/${made.client_id}/rotate-secret`, {});
    assert.equal(secret.status, 400);
  });

  it('are refused where they are none, or private', async () => {
    const { privateKey } = pair();
    const secretKey = { ...privateKey.export({ format: 'jwk' }), kid: 'x' };
    for (const jwks of ['no JSON', { keys: [] }, { keys: [secretKey] }, [], 7]) {
      const asked = { client_name: 'x', kind: 'backend', task: 'clinic', jwks };
      const answer = await aziza.ask(`/organizations/${clinic}/applications`, asked);
      assert.deepEqual(refusal(answer), [400, 'invalid-keys'], JSON.stringify(jwks));
    }
    const asked = { client_name: 'x', kind: 'backend', task: 'clinic', jwks_uri: 'http://169.254.169.254/' };
    const answer = await aziza.ask(`/organizations/${clinic}/applications`, asked);
    assert.deepEqual(refusal(answer), [400, 'invalid-address']);
    const { client_id: withSecret } = await register();
    const change = await aziza.ask(`/applications/${withSecret}/change`, { jwks: { keys: [pair().jwk] } });
    assert.equal(change.status, 400);
  });
});

describe('a change', () => {
  it('is of the name and the addresses alone', async () => {
    const redirects = { redirect_uris: ['https://a.example.uz/cb'] };
    const { client_id: id } = await register({ kind: 'web', task: 'own-record', ...redirects });
    const uris = ['https://b.example.uz/cb', 'http://localhost:3000/cb'];
    const { body } = await aziza.ask(`/applications/${id}/change`, {
      ...{ client_name: 'Portal', redirect_uris: uris, scope: 'system/*.cruds', environment: 'production', grants: [] },
    });
    assert.deepEqual([body['client_name'], body['redirect_uris']], ['Portal', uris]);
    const [row] = await bed.sql`select environment, scopes, public from sso.client where client_id = ${id}`;
    assert.deepEqual([row!['environment'], String(row!['scopes']).includes('system/*.cruds')], ['playground', false]);
    for (const wrong of [{}, { redirect_uris: [] }, { redirect_uris: ['http://evil.example'] }, { client_name: '' }])
      assert.equal((await aziza.ask(`/applications/${id}/change`, wrong)).status, 400, JSON.stringify(wrong));
  });
});

describe('production', () => {
  it('is asked for with a checklist, waits, and works when an operator has approved', async () => {
    const { client_id: id } = await register();
    const asked = await aziza.ask(`/applications/${id}/production`, checklist);
    assert.equal(asked.status, 201, JSON.stringify(asked.body));
    assert.deepEqual([asked.body['environment'], asked.body['state']], ['production', 'awaits-approval']);
    const [waiting, secret] = [String(asked.body['client_id']), asked.body['client_secret']];
    assert.notEqual(waiting, id);
    assert.equal(await statusOf(waiting, secret), 400, 'not approved yet');
    assert.deepEqual(refusal(await aziza.ask(`/applications/${id}/production`, checklist)), [409, 'already-asked']);
    assert.deepEqual(refusal(await aziza.ask(`/applications/${waiting}/production`, checklist)), [
      409,
      'already-asked',
    ]);
    assert.equal(await operate(`/clients/${waiting}/approve`, 'the checklist is fine'), 200);
    const token = await postForm(`${url}/oauth/token`, {
      ...{ grant_type: 'client_credentials', client_id: waiting, client_secret: String(secret), resource: production },
    });
    assert.equal(token.status, 200, JSON.stringify(token.body));
    const { body } = await aziza.ask(`/applications/${id}/production`);
    const [request] = body['requests'] as Record<string, unknown>[];
    assert.deepEqual([request!['state'], request!['client_id']], ['works', waiting]);
    assert.equal(body['is_served'], true);
    // With another name it counts as another application: it waits again, and its tokens are refused until then.
    const changed = await aziza.ask(`/applications/${waiting}/change`, { client_name: 'Ministry' });
    assert.equal(changed.body['state'], 'awaits-approval');
    assert.equal(await statusOf(waiting, secret), 400);
  });

  it('gives the pages of subscriptions a token for these alone, once it is approved, and the playground one as for calls', async () => {
    const { client_id: id } = await register();
    const asked = await aziza.ask(`/applications/${id}/production`, checklist);
    const later = String(asked.body['client_id']);
    const call = { method: 'GET', path: '/Subscription/$status?own=true' };
    const tokenOf = (of: string): Promise<Answer> => aziza.ask(`/applications/${of}/subscription-token`, call);
    assert.deepEqual(refusal(await tokenOf(later)), [409, 'not-explorable'], 'it waits');
    assert.equal(await operate(`/clients/${later}/approve`, 'the checklist is fine'), 200);
    const claimsOf = async (of: string): Promise<Record<string, unknown>> => {
      const { status, body } = await tokenOf(of);
      assert.equal(status, 200, JSON.stringify(body));
      return decodeJwt(String(body['access_token']));
    };
    const narrowed = await claimsOf(later);
    assert.deepEqual(
      [narrowed['scope'], narrowed['aud'], narrowed['sub']],
      ['system/Subscription.ru system/SubscriptionTopic.rs', production, later],
    );
    const whole = await claimsOf(id);
    assert.match(String(whole['scope']), /system\/Observation\.crus/);
    assert.equal(whole['sub'], id);
    const events = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where client_id = any(${[id, later]}::text[]) and event = 'token.issued'`;
    assert.deepEqual([...new Set(events.map(({ reason }) => reason))], ['subscriptions: GET /Subscription/$status']);
  });

  it('has no part for people of the playground, whom anybody may be, also as owners', async () => {
    const { client_id: id } = await register();
    const asked = await aziza.ask(`/applications/${id}/production`, checklist);
    const waiting = String(asked.body['client_id']);
    assert.equal(await operate(`/clients/${waiting}/approve`, 'the checklist is fine'), 200);
    const { client_id: later } = await register();
    const mark = (is: boolean): Promise<unknown> =>
      bed.sql`update sso.account set is_test = ${is} where username = 'aziza'`;
    await mark(true);
    try {
      for (const act of ['rotate-secret', 'drop-old-secret', 'change', 'revoke'])
        assert.deepEqual(refusal(await aziza.ask(`/applications/${waiting}/${act}`, {})), [403, 'not-permitted'], act);
      const answer = await aziza.ask(`/applications/${later}/production`, checklist);
      assert.deepEqual(refusal(answer), [403, 'not-permitted']);
      assert.equal((await aziza.ask(`/applications/${later}/rotate-secret`, {})).status, 200);
    } finally {
      await mark(false);
    }
  });

  it('is approved as it was looked at: what developers change meanwhile is not approved unseen', async () => {
    const { client_id: id } = await register({ kind: 'web', task: 'sign-in', redirect_uris: ['https://clinic.uz/cb'] });
    const asked = await aziza.ask(`/applications/${id}/production`, checklist);
    const waiting = String(asked.body['client_id']);
    const look = async (): Promise<string> => {
      const headers = { authorization: `Bearer ${operatorToken}` };
      const shown = (await (await fetch(`${url}/admin/clients/${waiting}`, { headers })).json()) as {
        updated_at: string;
      };
      return shown.updated_at;
    };
    const approve = (since: string): Promise<number> =>
      operate(`/clients/${waiting}/approve`, 'the addresses are fine', { unchanged_since: since });
    const seen = await look();
    const change = { redirect_uris: ['https://elsewhere.uz/cb'] };
    assert.equal((await aziza.ask(`/applications/${waiting}/change`, change)).status, 200);
    assert.deepEqual([await approve(seen), await approve('yesterday')], [409, 400]);
    assert.equal((await aziza.ask(`/applications/${waiting}`)).body['state'], 'awaits-approval');
    assert.equal(await approve(await look()), 200);
  });

  it('is refused with a reason that the developers read, and asked for again, but not for ever', async () => {
    const { client_id: id } = await register();
    for (let count = 0; count < 5; count += 1) {
      const asked = await aziza.ask(`/applications/${id}/production`, checklist);
      assert.equal(asked.status, 201);
      const refused = await operate(
        `/clients/${String(asked.body['client_id'])}/disable`,
        `no contract ${String(count)}`,
      );
      assert.equal(refused, 200);
    }
    const { body } = await aziza.ask(`/applications/${id}/production`);
    const requests = body['requests'] as Record<string, unknown>[];
    assert.deepEqual(
      requests.map(({ state, reason }) => [state, reason]),
      [4, 3, 2, 1, 0].map((count) => ['refused', `no contract ${String(count)}`]),
    );
    assert.deepEqual(refusal(await aziza.ask(`/applications/${id}/production`, checklist)), [409, 'too-many-requests']);
  });

  it('has one request of several at the same moment', async () => {
    const { client_id: id } = await register();
    const all = await Promise.all([1, 2, 3, 4].map(() => aziza.ask(`/applications/${id}/production`, checklist)));
    assert.deepEqual(all.map(({ status }) => status).sort(), [201, 409, 409, 409]);
    const [{ count }] =
      (await bed.sql`select count(*)::int from sso.production_request where application = ${id}`) as unknown as [
        { count: number },
      ];
    assert.equal(count, 1);
  });

  it('is asked for by owners, with a whole checklist', async () => {
    const member = await developer('member');
    await bed.sql`insert into sso.developer_member
      select ${clinic}, account_id, 'developer', now() from sso.account where username = 'member'`;
    const { client_id: id } = await register({}, member);
    for (const path of ['production', 'revoke'])
      assert.deepEqual(refusal(await member.ask(`/applications/${id}/${path}`, checklist)), [403, 'not-permitted']);
    for (const missing of ['profiles', 'tests', 'contacts'])
      assert.equal(
        (await aziza.ask(`/applications/${id}/production`, { ...checklist, [missing]: undefined })).status,
        400,
      );
    const wrong = await aziza.ask(`/applications/${id}/production`, { ...checklist, contacts: ['nobody'] });
    assert.deepEqual(refusal(wrong), [400, 'invalid-details']);
    for (const [path, body] of [
      ['production', undefined],
      ['production', checklist],
      ['rotate-secret', {}],
      ['drop-old-secret', {}],
      ['change', { client_name: 'Mine' }],
    ] as const)
      assert.deepEqual(refusal(await thief.ask(`/applications/${id}/${path}`, body)), [404, 'not-found'], path);
  });

  it('cannot be asked for where it is not served', async () => {
    const other = await developersBed({ environments: { playground: 'https://playground.example.uz/fhir' } });
    const person = await other.developer('bobur');
    const { client_id: id } = await register({}, person, await makeOrganization(person));
    assert.deepEqual(refusal(await person.ask(`/applications/${id}/production`, checklist)), [
      409,
      'production-absent',
    ]);
    assert.equal((await person.ask(`/applications/${id}/production`)).body['is_served'], false);
  });
});

describe('an operator', () => {
  it('ends an application for good: its developers do not bring it back', async () => {
    const { client_id: id } = await register();
    assert.equal(await operate(`/clients/${id}/disable`, 'abuse of the playground'), 200);
    for (const act of ['rotate-secret', 'drop-old-secret', 'change', 'revoke', 'production'])
      assert.deepEqual(
        refusal(await aziza.ask(`/applications/${id}/${act}`, checklist)),
        [409, 'already-revoked'],
        act,
      );
  });
});
