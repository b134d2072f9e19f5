/**
 * Separation of duties, row by row of its table: permitted acts succeed, forbidden ones are refused with an audit event, through the API
 * and on the operators' pages.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openClients } from '@dhp/clients';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { openAccounts } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { acts, duties, guards, officersToo, type Duty, type Guard, documented } from '@dhp/administration/testing';
import { dutiesBed, givesCredentials, secondAdministrator, type Attempted } from './duties-bed.ts';

const d = await dutiesBed();
const { bed, clock, idOf } = d;
const deputy = await secondAdministrator(d);
const operatorActor = `account:${idOf('operator')}`;
const apiActor = `client:${d.operatorClient.id}`;
const policies = openPolicies(bed.sql, { actor: 'cli:tester', clock });
const own = { environment: 'playground', role: 'ward-manager' } as const;
await policies.set({ ...own, scopes: ['user/Patient.rs'] });
await policies.give({ ...own, username: 'operator', organization: 'o-1' });
await policies.give({ ...own, role: 'nurse', username: 'operator', organization: 'o-1' });
await policies.give({ ...own, role: 'nurse', username: 'deputy', organization: 'o-1' });
for (const username of ['operator', 'deputy']) {
  await bed.sql`
    insert into sso.upstream_link (account_id, upstream, subject_hash, linked_at)
    values (${idOf(username)}, 'oneid', sha256(${Buffer.from(username)}), ${clock()})`;
}

await bed.sql`
  insert into sso.unconfirmed_link (account_id, upstream, subject_hash, linked_at)
  values (${idOf('operator')}, 'oneid', sha256('of the operator'), ${clock()})`;

// Administrators of the organisation clinic-7, and the roles that they may give.
await policies.set({ environment: 'playground', role: 'nurse', scopes: ['user/Patient.rs'], delegated: true });
for (const username of ['lola', 'rustam', 'olim', 'dilbar']) await d.register(username, username, 'Practitioner');
for (const username of ['lola', 'rustam']) {
  const role = 'organization-administrator';
  await policies.give({ username, environment: 'playground', role, organization: 'clinic-7' });
}
for (const username of ['operator', 'lola', 'rustam'])
  await policies.give({ username, environment: 'playground', role: 'nurse', organization: 'clinic-7' });
await d.giveCodes('lola');

// A data protection officer of the playground.
await policies.set({ environment: 'playground', role: 'data-protection', scopes: ['user/AuditEvent.rs', 'dhp.audit'] });
await d.register('zuhra', 'zuhra', 'Practitioner');
await policies.give({
  username: 'zuhra',
  environment: 'playground',
  role: 'data-protection',
  organization: 'ministry',
});
await d.giveCodes('zuhra');

const clinic = { environment: 'playground', organization: 'clinic-7' };

// The organisation's desk gives access to patients who have none yet.
await policies.set({ environment: 'playground', role: 'patient-desk', scopes: ['user/Patient.rs'] });
await policies.give({ username: 'lola', environment: 'playground', role: 'patient-desk', organization: 'clinic-7' });
let patients = 0;
async function patientWithoutWayIn(): Promise<string> {
  const username = `patient-${String(++patients)}`;
  const identities = [{ environment: 'playground', type: 'Patient', fhir_id: username }] as const;
  await openAccounts(bed.sql, { actor: 'cli:tester', clock }).invite({
    ...{ username, name: username, identities: [...identities] },
  });
  return username;
}

// People with a role who hold credentials, one of the operator, one of the client.
const kept = { environment: 'playground', role: 'matron' } as const;
await policies.set({ ...kept, scopes: ['user/Patient.rs'] });
for (const username of ['keeper', 'porter']) {
  await d.register(username, username);
  await policies.give({ ...kept, username, organization: 'o-1' });
}

type Situation = () => Promise<Attempted> | Attempted;
type Situations = Record<string, Situation>;

const widened = async (by: string): Promise<string> => {
  const id = await d.waiting('cli:tester', true);
  await openClients(bed.sql, { actor: by, approves: false, clock }).change(id, { scopes: ['system/*.cruds'] });
  return id;
};
/** Clients that involve the actor, or somebody whose identity the actor can use, or who can use the actor's. */
const ownWork = (actor: string, other: 'client' | 'account'): Situations => ({
  'its own client': async () => ({ parts: { client_id: await d.waiting(actor) } }),
  'a client that it has widened': async () => ({ parts: { client_id: await widened(actor) } }),
  'a client of somebody whose credentials it was given': async () => {
    const made = `${other}:${randomUUID()}` as const;
    await givesCredentials(d, made, actor);
    return { parts: { client_id: await d.waiting(made) } };
  },
  'a client of somebody who was given its credentials': async () => {
    const made = `${other}:${randomUUID()}`;
    await givesCredentials(d, actor as `client:${string}`, made);
    return { parts: { client_id: await d.waiting(made) } };
  },
  'a client that registered itself by a token that it made': async () => {
    const tokens = openRegistrationTokens(bed.sql, { actor, clock });
    const o = { name: 'House', environment: 'production' as const, scopes: ['system/Patient.rs'] };
    const { tokenId } = (await tokens.create(o)).registrationToken;
    return { parts: { client_id: await d.waiting(`registration-token:${tokenId}`) } };
  },
});

/** An application requested by another member, in an organisation to which the person belongs. */
async function applicationOf(username: string): Promise<string> {
  const [id, asker, member] = [await d.waiting(`account:${idOf('porter')}`), idOf('porter'), idOf(username)];
  const organization = randomUUID();
  await bed.sql`
    insert into sso.developer_organization (organization_id, name, created_at, created_by)
    values (${organization}, 'Clinic', now(), ${asker})`;
  await bed.sql`
    insert into sso.developer_member (organization_id, account_id, role, joined_at)
    values (${organization}, ${member}, 'developer', now())`;
  await bed.sql`
    insert into sso.application (client_id, organization_id, kind, task, made_at, made_by)
    values (${id}, ${organization}, 'backend', 'laboratory', now(), ${asker})`;
  return id;
}

/** Guards that check for holders of the actor's credentials. */
const behind = (actor: string, username: string, values = {}): Partial<Record<Guard, Situations>> => {
  const given = (met: Attempted) => async (): Promise<Attempted> => {
    await givesCredentials(d, actor as `client:${string}`, `account:${idOf(username)}`);
    return met;
  };
  return {
    'credential-holder': { 'who was given them': given({ parts: { username } }) },
    'own-role': { 'a role of who was given its credentials': given({ parts: { ...kept }, values }) },
  };
};

/** Situations in which a client meets each guard at the API; a missing guard cannot be met there. */
const atApi: Partial<Record<Guard, Situations>> = {
  ...behind(apiActor, 'porter'),
  administrator: { 'a platform administrator': () => ({ parts: { username: 'deputy' } }) },
  'organization-administrator': { 'that role': () => ({ values: { role: 'organization-administrator' } }) },
  'own-client': { itself: () => ({ parts: { client_id: d.operatorClient.id } }) },
  'administering-client': { 'another administering client': () => ({ parts: { client_id: d.peer.id } }) },
  'stronger-client': {
    'an approved client of production': async () => ({ parts: { client_id: await d.waiting('cli:tester', true) } }),
  },
  'administering-scope': { 'such a scope': () => ({ values: { scope: 'system/Patient.rs admin/users.read' } }) },
  'own-work': ownWork(apiActor, 'account'),
};

/** How each guard is met by an administrator at the pages. */
const atPages: Partial<Record<Guard, Situations>> = {
  'own-account': { oneself: () => ({ parts: { username: 'operator' } }) },
  ...behind(operatorActor, 'keeper', kept),
  'own-role': {
    ...behind(operatorActor, 'keeper', kept)['own-role'],
    'a role of one’s own': () => ({ parts: { ...own }, values: { ...own } }),
  },
  'administering-scope': { 'such a scope': () => ({ values: { scope: 'system/Patient.rs admin/users.read' } }) },
  'own-work': {
    ...ownWork(operatorActor, 'client'),
    'an application of their organisation': async () => ({ parts: { client_id: await applicationOf('operator') } }),
  },
  'own-emergency': { 'their own': () => ({ parts: { id: '8' } }) },
};

/** How each is met by an administrator of clinic-7. */
const atStaffPages: Partial<Record<Guard, Situations>> = {
  'undelegated-role': {
    'a role of the platform': () => ({ parts: clinic, values: { username: 'olim', role: 'statistician' } }),
  },
  'other-organization': { another: () => ({ parts: { ...clinic, organization: 'clinic-8' } }) },
  'own-account': { oneself: () => ({ parts: clinic, values: { username: 'lola', role: 'nurse' } }) },
  'administrator-of-any-kind': {
    'of the platform': () => ({ parts: clinic, values: { username: 'operator', role: 'nurse' } }),
    'of the organisation': () => ({ parts: clinic, values: { username: 'rustam', role: 'nurse' } }),
  },
};

/** How each is met by an officer. */
const atOfficersPages: Partial<Record<Guard, Situations>> = {
  'own-emergency': { 'their own': () => ({ parts: { id: '8' } }) },
  'other-environment': { production: () => ({ parts: { environment: 'production' } }) },
};

async function refusals(): Promise<{ actor: string; reason: string }[]> {
  return bed.sql`
    select actor, reason from sso.audit_event where event = 'administration.refused' order by id`;
}

/** Only an audit event results from it. */
async function isRefused(guard: Guard, actor: string, attempt: () => Promise<{ status: number; text: string }>) {
  const before = (await refusals()).length;
  const changes = async (): Promise<unknown> => bed.sql`
    select event, actor, reason from sso.audit_event
    where actor = ${actor} and event not in ('administration.refused', 'audit.exported') order by id`;
  const done = await changes();
  const { status, text } = await attempt();
  assert.equal(status, guard.startsWith('other-') ? 404 : 403, text);
  const added = (await refusals()).slice(before);
  assert.deepEqual([added.length, added.at(-1)?.actor], [1, actor]);
  assert.match(added[0]!.reason, new RegExp(`^${guard} for `));
  assert.deepEqual(await changes(), done);
}

describe('the table of duties', () => {
  it('has one line for every act of the API, and no other', () => {
    const known = duties.flatMap(({ act }) => (act === undefined ? [] : [act])).sort();
    assert.deepEqual(known, acts.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('has a line for every form of the operators’ pages', () => {
    const folder = new URL('../../../packages/administration/src/operate/', import.meta.url);
    const shapes = readdirSync(folder).flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/controller\.ask(?:<.*>)?\(\s*['`]([^'`]+)['`]/g)].map(
        ([, path]) => new RegExp(`^${path!.replaceAll(/:\w+|\$\{\w+\}/g, '[^/]+')}$`),
      ),
    );
    assert.ok(shapes.length >= 10);
    const pages = duties.flatMap(({ page }) => (page === undefined ? [] : [page]));
    for (const shape of shapes)
      assert.ok(
        pages.some((page) => shape.test(page)),
        String(shape),
      );
  });

  it('is what docs/administration.md says', () => {
    const text = readFileSync(new URL('../../../docs/administration.md', import.meta.url), 'utf8');
    assert.ok(text.includes(documented()), 'run node packages/administration/src/acts/duties-doc.ts --write');
  });

  it('has a way to meet each of its guards', () => {
    const met = new Set([atApi, atPages, atStaffPages, atOfficersPages].flatMap((one) => Object.keys(one)));
    assert.deepEqual([...met].sort(), Object.keys(guards).sort());
  });
});

for (const duty of duties) {
  const { act, page, by, never } = duty;
  describe(`${act ?? '-'} (${page ?? '-'})`, () => {
    if (act !== undefined) apiRow(act, never);
    if (page !== undefined && by !== 'organization administrators') pageRow(act ?? page, page, never);
    if (page !== undefined && by === 'organization administrators') staffRow(page, never);
    if (page !== undefined) officerRow(act ?? page, page, duty);
  });
}

function apiRow(act: string, never: Duty['never']): void {
  it('is carried out for a client with the scope', async () => {
    const { status, text } = await d.call(act, await d.target(act));
    assert.ok(status < 300, `${String(status)} ${text}`);
  });
  for (const guard of never) {
    for (const [what, situation] of Object.entries(atApi[guard] ?? {})) {
      it(`is refused by ${guard}: ${what}`, async () => {
        const { parts, values } = await d.target(act);
        const met = await situation();
        const asked = { parts: { ...parts, ...met.parts }, values: { ...values, ...met.values } };
        await isRefused(guard, apiActor, () => d.call(act, asked));
      });
    }
  }
}

function pageRow(act: string, page: string, never: Duty['never']): void {
  it('is carried out for a platform administrator', async () => {
    const { status, text } = await d.visit(page, await d.target(act));
    assert.equal(status, 200, text);
  });
  for (const guard of never) {
    for (const [what, situation] of Object.entries(atPages[guard] ?? {})) {
      it(`is refused at the pages by ${guard}: ${what}`, async () => {
        const { parts, values } = await d.target(act);
        const met = await situation();
        const asked = { parts: { ...parts, ...met.parts }, values: { ...values, ...met.values } };
        await isRefused(guard, operatorActor, () => d.visit(page, asked));
      });
    }
  }
}

function staffRow(page: string, never: Duty['never']): void {
  const actor = `account:${idOf('lola')}`;
  const [takes, isPaper] = [page.endsWith('/take'), page.endsWith('/paper-code')];
  const target = async (): Promise<Required<Attempted>> => {
    if (takes)
      await policies.give({ username: 'olim', environment: 'playground', role: 'nurse', organization: 'clinic-7' });
    if (isPaper) return { parts: { ...clinic }, values: { username: await patientWithoutWayIn() } };
    return { parts: { ...clinic }, values: { username: 'olim', role: 'nurse' } };
  };
  it('is carried out for an administrator of the organisation', async () => {
    const { status, text } = await d.visit(page, await target(), 'lola');
    assert.equal(status, 200, text);
  });
  for (const guard of never) {
    for (const [what, situation] of Object.entries(atStaffPages[guard] ?? {})) {
      it(`is refused by ${guard}: ${what}`, async () => {
        const { parts, values } = await target();
        const met = await situation();
        const asked = { parts: { ...parts, ...met.parts }, values: { ...values, ...met.values } };
        await isRefused(guard, actor, () => d.visit(page, asked, 'lola'));
      });
    }
  }
}

/** A data protection officer has the pages of the table that say so, and no other. */
function officerRow(act: string, page: string, { by, never }: Duty): void {
  const actor = `account:${idOf('zuhra')}`;
  if (by !== officersToo) {
    it('is refused to a data protection officer', async () => {
      const { status, text } = await d.visit(page, await d.target(act), 'zuhra');
      assert.equal(status, 403, text);
    });
    return;
  }
  it('is carried out for a data protection officer', async () => {
    const { status, text } = await d.visit(page, await d.target(act), 'zuhra');
    assert.equal(status, 200, text);
  });
  for (const guard of never) {
    for (const [what, situation] of Object.entries(atOfficersPages[guard] ?? {})) {
      it(`is refused to an officer by ${guard}: ${what}`, async () => {
        const { parts, values } = await d.target(act);
        const met = await situation();
        const asked = { parts: { ...parts, ...met.parts }, values: { ...values, ...met.values } };
        await isRefused(guard, actor, () => d.visit(page, asked, 'zuhra'));
      });
    }
  }
}

describe('an approval', () => {
  const status = async (id: string): Promise<unknown> =>
    (await d.call('GET /clients/{client_id}', { parts: { client_id: id } })).body['status'];

  it('is given by somebody else, and asked for again when the client is widened', async () => {
    const made = await d.call('POST /clients', {
      values: { client_name: 'Registry', environment: 'production', scope: 'system/Patient.rs' },
    });
    const id = String(made.body['client_id']);
    const parts = { client_id: id };
    assert.equal(made.body['status'], 'registered');
    assert.equal((await d.call('POST /clients/{client_id}/approve', { parts })).status, 403);
    const values = { unchanged_since: '2020-01-01T00:00:00.000Z' };
    const stale = await d.visit('/clients/{client_id}/approve', { parts, values });
    assert.deepEqual([stale.status, await status(id)], [409, 'registered'], 'of a page that shows what it was before');
    assert.match(stale.text, /name="unchanged_since" value="20/);
    assert.equal((await d.visit('/clients/{client_id}/approve', { parts })).status, 200);
    assert.equal(await status(id), 'approved');
    const clients = openClients(bed.sql, { actor: `account:${deputy}`, approves: false, clock });
    for (const change of [
      { scopes: ['system/Patient.cruds'] },
      { name: 'The ministry' },
      { grants: ['client_credentials', 'authorization_code'], redirectUris: ['https://registry.uz/cb'] },
      { redirectUris: ['https://registry.uz/cb', 'https://else.uz/cb'] },
      { postLogoutRedirectUris: ['https://else.uz/'] },
      { backchannelLogoutUri: 'https://else.uz/out' },
      { hexChallenge: true },

      { minimalAuthorize: true },
      { details: { initiate_login_uri: 'https://else.uz/launch' } },
    ]) {
      assert.equal((await clients.change(id, change)).approved, undefined, JSON.stringify(change));
      await bed.clients.approve(id);
    }
    for (const change of [
      { scopes: ['system/Patient.r'] },
      { redirectUris: ['https://registry.uz/cb'] },
      { signInMethods: ['passkey'] },
      { requirePkce: true },
      { dpopBound: true },
      { details: { contacts: ['desk@registry.uz'] } },
    ]) {
      assert.notEqual((await clients.change(id, change)).approved, undefined, JSON.stringify(change));
    }
    for (const change of [{ dpopBound: false }, { requirePkce: false }]) {
      assert.equal((await clients.change(id, change)).approved, undefined, JSON.stringify(change));
      await bed.clients.approve(id);
    }
    assert.equal((await clients.change(id, { signInMethods: [] })).approved, undefined);
    // Neither the actor who widened the client nor the one who registered it can approve it; another can.
    const asDeputy = await openClients(bed.sql, { actor: 'cli:tester' }).find(id);
    assert.equal(asDeputy?.approved, undefined);
    assert.equal((await d.call('POST /clients/{client_id}/approve', { parts })).status, 403);
    assert.equal((await d.visit('/clients/{client_id}/approve', { parts })).status, 200);
  });

  it('has a scope of its own', () => {
    const approving = acts.filter(({ scope }) => scope === 'admin/clients.approve').map(({ path }) => path);
    assert.deepEqual(approving, ['/clients/{client_id}/approve']);
  });
});
