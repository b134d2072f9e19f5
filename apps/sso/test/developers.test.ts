/** Applications that developers register themselves: who may, how many, and in which environments they work. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applicationsScope } from '@dhp/clients/fields';
import { Browser } from './browser.ts';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { issuer, newClient, playground, postForm, production } from './support.ts';

const limits = { organizations: 2, applicationsOfPerson: 4, applicationsOfOrganization: 6 };
const { bed, url, portal, developer, withToken, signInFor } = await developersBed({ developers: limits });

const aziza = await developer('aziza');
const clinic = await makeOrganization(aziza);

interface Made {
  client_id: string;
  client_secret?: string;
  [name: string]: unknown;
}

async function register(who: Developer, organization: string, asked: object = {}): Promise<Made> {
  const details = { client_name: 'Lab', kind: 'backend', task: 'laboratory', ...asked };
  const { status, body } = await who.ask(`/organizations/${organization}/applications`, details);
  assert.equal(status, 201, JSON.stringify(body));
  return body as Made;
}

const tokenFor = (made: Made, form: Record<string, string> = {}): ReturnType<typeof postForm> =>
  postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'client_credentials', client_id: made.client_id, client_secret: made.client_secret, ...form },
  });

const lastEvents = async (clientId: string): Promise<unknown[]> => [
  ...(await bed.sql`select event, actor from sso.audit_event where client_id = ${clientId} and event like 'client.%' order by id`),
];

describe('a token of a person for the portal', () => {
  it('opens the API, and asks the person for nothing', async () => {
    const { status, body } = await aziza.ask('');
    assert.equal(status, 200);
    assert.equal(body['name'], 'aziza');
    assert.deepEqual(
      (body['organizations'] as { name: string; role: string }[]).map(({ name, role }) => [name, role]),
      [['Clinic', 'owner']],
    );
  });

  it('is nothing at a FHIR server and at the administration, nor are their tokens here', async () => {
    const payload = JSON.parse(Buffer.from(aziza.token.split('.')[1]!, 'base64url').toString()) as {
      aud: string;
      scope: string;
    };
    assert.deepEqual([payload.aud, payload.scope], [issuer, applicationsScope]);
    const administration = await fetch(`${url}/admin/clients`, { headers: { authorization: `Bearer ${aziza.token}` } });
    assert.equal(administration.status, 403);
    const system = await newClient(bed.clients, { scopes: ['system/*.cruds', 'admin/clients.read'] });
    for (const resource of [playground, issuer]) {
      const { body } = await postForm(`${url}/oauth/token`, { ...system.form, resource });
      const refused = await withToken(String(body['access_token']))('');
      assert.ok([401, 403].includes(refused.status), `${resource}: ${String(refused.status)}`);
    }
    assert.equal((await withToken('x.y.z')('')).status, 401);
    assert.equal((await fetch(`${url}/developer`)).status, 401);
  });

  it('is given for this server alone, to a client that has the scope alone', async () => {
    const elsewhere = await signInFor('aziza', { scope: applicationsScope, resource: playground });
    assert.notEqual(elsewhere.status, 200);
    const other = await newClient(bed.clients, {
      ...{ grants: ['authorization_code'], scopes: ['openid'], redirectUris: ['https://a.example.uz/cb'] },
    });
    const query = { client_id: other.id, redirect_uri: 'https://a.example.uz/cb', resource: issuer };
    const page = await new Browser(url).get(
      `/oauth/authorize?${new URLSearchParams({ ...query, response_type: 'code', scope: 'openid' }).toString()}`,
    );
    assert.equal(new URL(page.address).searchParams.get('error'), 'invalid_target');
  });

  it('is ended by its client at the revocation endpoint, as one for the administration is, and by no other client', async () => {
    const { token, ask } = await developer('revoked');
    const program = await newClient(bed.clients, { scopes: ['admin/clients.read'] });
    const { body } = await postForm(`${url}/oauth/token`, { ...program.form, resource: issuer });
    const headers = { authorization: `Bearer ${String(body['access_token'])}` };
    const administer = async (): Promise<number> => (await fetch(`${url}/admin/clients`, { headers })).status;
    const end = async (one: string, by: typeof portal): Promise<void> => {
      const { client_id: id, client_secret: secret } = by.form;
      const form = { token: one, client_id: id, client_secret: secret };
      assert.equal((await postForm(`${url}/oauth/revoke`, form)).status, 200);
    };
    await end(token, program);
    await end(String(body['access_token']), portal);
    assert.deepEqual([(await ask('')).status, await administer()], [200, 200]);
    await end(token, portal);
    await end(String(body['access_token']), program);
    assert.deepEqual([(await ask('')).status, await administer()], [401, 401]);
  });

  it('ends with the session: signed out here, at the account, or by an operator', async () => {
    for (const end of [
      async ({ ask }: Developer) => assert.equal((await ask('/sign-out', {})).status, 204),
      async ({ browser }: Developer) => {
        await browser.submit(await browser.get('/account'), {}, 'sign-out');
      },
      async () => {
        await bed.sql`delete from sso.artifact where model = 'Session'
          and account_id = (select account_id::text from sso.account where username = 'leaver')`;
      },
    ]) {
      const leaver = await developer('leaver');
      assert.equal((await leaver.ask('')).status, 200);
      await end(leaver);
      assert.equal((await leaver.ask('')).status, 401);
      // The browser is signed out at the SSO, too: it has to enter a password again.
      const page = await leaver.browser.get('/account');
      assert.match(page.text, /name="password"/);
    }
  });
});

describe('an application', () => {
  it('works in the playground at once, with a secret that is shown once', async () => {
    const made = await register(aziza, clinic);
    assert.match(made.client_secret!, /^dhps_/);
    const { status, body } = await tokenFor(made);
    assert.equal(status, 200, JSON.stringify(body));
    assert.match(String(body['scope']), /system\/DiagnosticReport\.crus/);
    const { body: shown } = await aziza.ask(`/applications/${made.client_id}`);
    assert.equal(JSON.stringify(shown).includes('dhps_'), false);
    const { account_id: sub } = (await bed.sql`select account_id from sso.account where username = 'aziza'`)[0]!;
    assert.deepEqual(await lastEvents(made.client_id), [{ event: 'client.created', actor: `account:${String(sub)}` }]);
  });

  it('never gets a token for production, or for this server', async () => {
    const made = await register(aziza, clinic);
    for (const resource of [production, issuer]) {
      const { status, body } = await tokenFor(made, { resource });
      assert.equal(status, 400, resource);
      assert.equal(body['access_token'], undefined);
    }
    const [row] = await bed.sql`select environment, approved_at from sso.client where client_id = ${made.client_id}`;
    assert.deepEqual({ ...row }, { environment: 'playground', approved_at: null });
    for (const environment of ['production', 'playground'])
      assert.notEqual(
        (
          await aziza.ask(`/organizations/${clinic}/applications`, {
            client_name: 'x',
            kind: 'backend',
            task: 'clinic',
            environment,
            scope: 'system/*.cruds',
          })
        ).status,
        500,
      );
    const wide = await bed.sql`select 1 from sso.client c join sso.application using (client_id)
      where c.environment = 'production' or 'system/*.cruds' = any(c.scopes)`;
    assert.equal(wide.length, 0);
  });

  it('is revoked for good, with its tokens', async () => {
    const bobur = await developer('bobur');
    const made = await register(bobur, await makeOrganization(bobur));
    const before = await tokenFor(made);
    assert.equal(before.status, 200);
    const { status, body } = await bobur.ask(`/applications/${made.client_id}/revoke`, {});
    assert.deepEqual([status, body['state']], [200, 'revoked']);
    assert.equal((await tokenFor(made)).status, 401);
    const [revocation] = await bed.sql`select 1 from sso.revocation where subject = ${`client:${made.client_id}`}`;
    assert.ok(revocation);
    const again = await bobur.ask(`/applications/${made.client_id}/revoke`, {});
    assert.deepEqual([again.status, again.body['kind']], [409, 'already-revoked']);
  });

  it('has the redirect addresses that the kind may have', async () => {
    const dilnoza = await developer('dilnoza');
    const own = await makeOrganization(dilnoza);
    const ask = (kind: string, uris: string[]): ReturnType<Developer['ask']> =>
      dilnoza.ask(`/organizations/${own}/applications`, {
        ...{ client_name: 'App', kind, task: 'own-record', redirect_uris: uris },
      });
    for (const [kind, uris, wanted] of [
      ['web', ['https://a.example.uz/cb'], 201],
      ['telephone', ['uz.example.app:/cb'], 201],
      ['web', ['uz.example.app:/cb'], 400],
      ['web', [], 400],
      ['single-page', ['http://example.uz/cb'], 400],
      ['single-page', ['https://a@example.uz/cb'], 400],
      ['single-page', ['https://*.example.uz/cb'], 400],
      ['device', [], 201],
    ] as const) {
      assert.equal((await ask(kind, [...uris])).status, wanted, `${kind} ${uris.join(' ')}`);
      if (wanted === 201 || uris.length === 0) continue;
      const checked = await dilnoza.ask('/check-redirects', { kind, redirect_uris: uris });
      assert.deepEqual([checked.status, checked.body['kind']], [400, 'invalid-redirect-uri']);
    }
    const fine = await dilnoza.ask('/check-redirects', { kind: 'web', redirect_uris: ['https://a.example.uz/cb'] });
    assert.equal(fine.status, 200);
  });

  it('can ask for every task of its kind', async () => {
    const { body } = await aziza.ask('/kinds');
    const list = body['kinds'] as { kind: string; has_redirects: boolean; tasks: { task: string; scope: string }[] }[];
    assert.deepEqual(
      list.map(({ kind }) => kind),
      ['backend', 'web', 'single-page', 'telephone', 'device'],
    );
    // As a developer would register each; their owners do not matter here.
    for (const { kind, has_redirects: hasRedirects, tasks } of list) {
      for (const { task } of tasks) {
        const person = await developer(`maker-${kind}-${task}`);
        const made = await register(person, await makeOrganization(person), {
          ...{ kind, task, ...(hasRedirects && { redirect_uris: ['https://a.example.uz/cb'] }) },
        });
        assert.equal(made['task'], task);
        assert.equal(made.client_secret === undefined, kind !== 'backend' && kind !== 'web');
      }
    }
  });
});

describe('others', () => {
  it('find nothing of an organisation that they are no member of', async () => {
    const stranger = await developer('stranger');
    const { client_id: id } = await register(stranger, await makeOrganization(stranger, 'Own'));
    const nobody = '00000000-0000-4000-8000-000000000000';
    const thief = await developer('thief');
    for (const [path, body] of [
      [`/applications/${id}`, undefined],
      [`/applications/${id}/revoke`, {}],
      ['/applications/demo', undefined],
      [`/applications/${portal.id}/revoke`, {}],
      [`/organizations/${clinic}/applications`, { client_name: 'X', kind: 'backend', task: 'clinic' }],
    ] as const) {
      const mine = await thief.ask(path, body);
      const unknown = await thief.ask(path.replace(/[\w-]{36}|demo|dhp-portal/, nobody), body);
      assert.deepEqual([mine.status, mine.body['kind']], [404, 'not-found'], path);
      assert.deepEqual(mine.body, unknown.body, path);
    }
    assert.equal((await stranger.ask(`/applications/${id}`)).body['state'], 'works');
    const { body } = await thief.ask('');
    assert.deepEqual(body['organizations'], []);
  });

  it('get no answer for what is no value', async () => {
    for (const [path, body] of [
      ['/organizations', {}],
      ['/organizations', { name: ' ' }],
      ['/organizations', { name: 'x'.repeat(101) }],
      ['/organizations', { name: 'a\u202eb' }],
      ['/organizations', { name: ['a'] }],
      ['/organizations', { name: 'a\0b' }],
      ['/organizations', []],
      [`/organizations/${clinic}/applications`, { client_name: 'x', kind: '__proto__', task: 'clinic' }],
      [`/organizations/${clinic}/applications`, { client_name: 'x', kind: 'backend', task: 'constructor' }],
      [`/organizations/${clinic}/applications`, { client_name: 'x', kind: 'backend' }],
      [`/organizations/${clinic}/applications`, { client_name: 'x', kind: 'web', task: 'clinic' }],
    ] as const)
      assert.equal((await aziza.ask(path, body)).status, 400, JSON.stringify(body));
    assert.equal((await aziza.ask('/organizations/a%00b/applications', { client_name: 'x' })).status, 404);
  });
});

describe('limits', () => {
  it('hold for requests of the same moment', async () => {
    const hasty = await developer('hasty');
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, n) => hasty.ask('/organizations', { name: `O${String(n)}` })),
    );
    assert.deepEqual(made.map(({ status }) => status).sort(), [201, 201, 409, 409, 409, 409]);
    const organization = String(made.find(({ status }) => status === 201)!.body['id']);
    const all = await Promise.all(
      Array.from({ length: 8 }, () =>
        hasty.ask(`/organizations/${organization}/applications`, { client_name: 'x', kind: 'backend', task: 'clinic' }),
      ),
    );
    const statuses = all.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, 201, 201, 201, 409, 409, 409, 409]);
    const [{ left }] = (await bed.sql`select count(*)::int as left from sso.client c
      where created_by = (select 'account:' || account_id from sso.account where username = 'hasty')`) as unknown as [
      { left: number },
    ];
    assert.equal(left, 4, 'a refused registration leaves no client behind');
    // Revoking and registering again is limited per day, too.
    const one = all.find(({ status }) => status === 201)!;
    assert.equal((await hasty.ask(`/applications/${String(one.body['client_id'])}/revoke`, {})).status, 200);
    const more = await hasty.ask(`/organizations/${organization}/applications`, {
      ...{ client_name: 'x', kind: 'backend', task: 'clinic' },
    });
    assert.deepEqual([more.status, more.body['kind']], [409, 'too-many-applications']);
    assert.deepEqual((await hasty.ask('')).body['limits'], {
      organizations: { made: 2, most: limits.organizations },
      applications: { working: 3, most: limits.applicationsOfPerson },
      applications_of_organization: limits.applicationsOfOrganization,
    });
  });
});
