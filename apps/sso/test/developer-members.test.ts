/** Members of developers' organisations: invited, given roles, leaving; nobody else gets access. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { whileHeld } from './held-row.ts';
import type { Answer } from './support.ts';

const { bed, developer } = await developersBed({
  developers: { organizations: 20, applicationsOfPerson: 50, applicationsOfOrganization: 50 },
});
const owner = await developer('owner');
const member = await developer('member');
const thief = await developer('thief');

const refusal = ({ status, body }: Answer): unknown[] => [status, body['kind']];

async function invited(who: Developer, organization: string, role = 'developer'): Promise<string> {
  const { status, body } = await who.ask(`/organizations/${organization}/invitations`, { role });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['token']);
}

const membersOf = async (who: Developer, organization: string): Promise<{ id: string; name: string; role: string }[]> =>
  (await who.ask(`/organizations/${organization}`)).body['members'] as { id: string; name: string; role: string }[];

const idOf = async (username: string): Promise<string> =>
  String((await bed.sql`select account_id from sso.account where username = ${username}`)[0]!['account_id']);

describe('an invitation', () => {
  it('lets one person in, once, with its role', async () => {
    const organization = await makeOrganization(owner);
    const token = await invited(owner, organization);
    const shown = await member.ask('/invitation', { token });
    assert.deepEqual(shown.body, { organization: 'Clinic', role: 'developer' });
    const both = await Promise.all([member.ask('/join', { token }), thief.ask('/join', { token })]);
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 404]);
    assert.equal((await membersOf(owner, organization)).length, 2);
    for (const again of ['/join', '/invitation'])
      assert.deepEqual(refusal(await thief.ask(again, { token })), [404, 'not-found']);
    const events =
      await bed.sql`select event from sso.audit_event where reason like ${`%${organization}%`} order by id`;
    assert.deepEqual(
      events.map(({ event }) => String(event)),
      ['developers.created', 'developers.invited', 'developers.joined'],
    );
  });

  it('is stored as a hash, ends after a week, and is taken back', async () => {
    const organization = await makeOrganization(owner);
    const [one, other] = [await invited(owner, organization), await invited(owner, organization, 'owner')];
    const rows = await bed.sql`select i::text as text from sso.developer_invitation i`;
    for (const { text } of rows)
      assert.equal(
        [one, other].some((token) => String(text).includes(token)),
        false,
      );
    await bed.sql`update sso.developer_invitation set expires_at = now() - interval '1 second'
      where token_hash = sha256(convert_to(${one}, 'UTF8'))`;
    assert.equal((await member.ask('/join', { token: one })).status, 404);
    const taken = await owner.ask(`/organizations/${organization}/take-back`, {});
    assert.equal(taken.status, 200);
    assert.equal((await member.ask('/join', { token: other })).status, 404);
    assert.equal((await membersOf(owner, organization)).length, 1);
  });

  it('does not lower the role of somebody who is a member already', async () => {
    const organization = await makeOrganization(owner);
    assert.equal((await owner.ask('/join', { token: await invited(owner, organization) })).status, 200);
    assert.deepEqual(
      (await membersOf(owner, organization)).map(({ role }) => role),
      ['owner'],
    );
  });

  it('is good only while its maker is an owner who can sign in', async () => {
    const organization = await makeOrganization(owner);
    await member.ask('/join', { token: await invited(owner, organization, 'owner') });
    const memberId = await idOf('member');
    const of = `/organizations/${organization}`;
    const open = async (): Promise<unknown> => (await owner.ask(of)).body['invitations'];
    const token = await invited(member, organization, 'owner');
    await bed.sql`update sso.account set disabled_at = now() where username = 'member'`;
    assert.deepEqual(refusal(await thief.ask('/join', { token })), [404, 'not-found']);
    await bed.sql`update sso.account set disabled_at = null where username = 'member'`;
    assert.equal(await open(), 1);
    assert.equal((await owner.ask(`${of}/members/${memberId}/role`, { role: 'developer' })).status, 200);
    for (const path of ['/invitation', '/join'])
      assert.deepEqual(refusal(await thief.ask(path, { token })), [404, 'not-found'], path);
    assert.equal((await owner.ask(`${of}/members/${memberId}/remove`, {})).status, 204);
    assert.deepEqual(refusal(await thief.ask('/join', { token })), [404, 'not-found']);
    assert.equal(await open(), 0);
    assert.equal((await membersOf(owner, organization)).length, 1);
  });

  it('is one of at most twenty', async () => {
    const organization = await makeOrganization(owner);
    const all = await Promise.all(
      Array.from({ length: 24 }, () => owner.ask(`/organizations/${organization}/invitations`, { role: 'developer' })),
    );
    assert.equal(all.filter(({ status }) => status === 201).length, 20);
    assert.ok(all.filter(({ status }) => status !== 201).every((one) => one.body['kind'] === 'too-many-invitations'));
  });
});

describe('members', () => {
  it('do what their role permits', async () => {
    const organization = await makeOrganization(owner);
    await member.ask('/join', { token: await invited(owner, organization) });
    const [ownerId, memberId] = [await idOf('owner'), await idOf('member')];
    for (const [path, body] of [
      ['invitations', { role: 'owner' }],
      ['take-back', {}],
      [`members/${ownerId}/role`, { role: 'developer' }],
      [`members/${memberId}/role`, { role: 'owner' }],
      [`members/${ownerId}/remove`, {}],
    ] as const) {
      assert.deepEqual(
        refusal(await member.ask(`/organizations/${organization}/${path}`, body)),
        [403, 'not-permitted'],
        path,
      );
      assert.deepEqual(
        refusal(await thief.ask(`/organizations/${organization}/${path}`, body)),
        [404, 'not-found'],
        path,
      );
    }
    assert.equal((await thief.ask(`/organizations/${organization}`)).status, 404);
    assert.equal((await member.ask(`/organizations/${organization}/members/${memberId}/remove`, {})).status, 204);
    assert.equal((await member.ask(`/organizations/${organization}`)).status, 404);
  });

  it('leave at least one owner, also when two take the other’s role at the same moment', async () => {
    const organization = await makeOrganization(owner);
    await member.ask('/join', { token: await invited(owner, organization, 'owner') });
    const [ownerId, memberId] = [await idOf('owner'), await idOf('member')];
    const of = (id: string): string => `/organizations/${organization}/members/${id}/role`;
    const both = await Promise.all([
      owner.ask(of(memberId), { role: 'developer' }),
      member.ask(of(ownerId), { role: 'developer' }),
    ]);
    // The second one has no right any more at its turn.
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 403]);
    const roles = (await membersOf(owner, organization)).map(({ role }) => role).sort();
    assert.deepEqual(roles, ['developer', 'owner']);
    const last = both[0].status === 200 ? { who: owner, id: ownerId } : { who: member, id: memberId };
    assert.deepEqual(refusal(await last.who.ask(of(last.id), { role: 'developer' })), [409, 'last-owner']);
    const leave = `/organizations/${organization}/members/${last.id}/remove`;
    assert.deepEqual(refusal(await last.who.ask(leave, {})), [409, 'last-owner']);
  });

  it('delete no account that would leave the organisation without an owner, nor two of them at the same moment', async () => {
    const [founder, partner] = [await developer('founder'), await developer('partner')];
    const organization = await makeOrganization(founder);
    const close = async ({ browser }: Developer): Promise<number> => {
      const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec((await browser.get('/account')).text) ?? [];
      return (await browser.post('/account/close', { csrf, word: 'delete' })).status;
    };
    await partner.ask('/join', { token: await invited(founder, organization) });
    const { text } = await founder.browser.get('/account/close');
    assert.match(text, /only owner[^]*Clinic/);
    assert.doesNotMatch(text, /id="word"/);
    assert.equal(await close(founder), 409);
    const of = async (username: string): Promise<string> =>
      `/organizations/${organization}/members/${await idOf(username)}`;
    assert.equal((await founder.ask(`${await of('partner')}/role`, { role: 'owner' })).status, 200);
    const asked = { client_name: 'Lab', kind: 'backend', task: 'laboratory' };
    assert.equal((await partner.ask(`/organizations/${organization}/applications`, asked)).status, 201);
    assert.deepEqual((await Promise.all([close(founder), close(partner)])).sort(), [200, 409]);
    const isFounder = (await founder.ask('')).status === 200;
    const left = isFounder ? { who: founder, name: 'founder' } : { who: partner, name: 'partner' };
    assert.deepEqual(refusal(await left.who.ask(`${await of(left.name)}/remove`, {})), [409, 'last-owner']);
  });

  it('leave as they like where they are no owners, also when the owner cannot sign in', async () => {
    const away = await developer('away');
    const organization = await makeOrganization(away);
    await member.ask('/join', { token: await invited(away, organization) });
    await bed.sql`update sso.account set disabled_at = now() where username = 'away'`;
    const path = `/organizations/${organization}/members/${await idOf('member')}/remove`;
    assert.equal((await member.ask(path, {})).status, 204);
  });

  /** Runs each act once the previous one waits for the members of the organisation. */
  const inOrder = (organization: string, acts: readonly (() => Promise<Answer>)[]): Promise<Answer[]> =>
    whileHeld(
      bed.sql,
      (held) => held`select pg_advisory_xact_lock(hashtextextended(${`sso developers ${organization}`}, 0))`,
      acts,
    );

  it('let nobody in who are owners no longer, also where both acts were begun before either was done', async () => {
    const organization = await makeOrganization(owner);
    await member.ask('/join', { token: await invited(owner, organization, 'owner') });
    const token = await invited(member, organization, 'owner');
    const of = `/organizations/${organization}`;
    const lowered = `${of}/members/${await idOf('member')}/role`;
    const joined = await inOrder(organization, [
      () => owner.ask(lowered, { role: 'developer' }),
      () => thief.ask('/join', { token }),
    ]);
    assert.deepEqual(
      joined.map(({ status }) => status),
      [200, 404],
    );
    assert.equal((await owner.ask(lowered, { role: 'owner' })).status, 200);
    const asked = await inOrder(organization, [
      () => owner.ask(lowered, { role: 'developer' }),
      () => member.ask(`${of}/invitations`, { role: 'owner' }),
      () => member.ask(`${of}/take-back`, {}),
    ]);
    assert.deepEqual(
      asked.map(({ status }) => status),
      [200, 403, 403],
    );
  });

  it('change no credentials once they have left, also where both acts were begun before either was done', async () => {
    const asked = { client_name: 'Lab', kind: 'backend', task: 'laboratory' };
    for (const [path, body] of [
      ['rotate-secret', {}],
      ['drop-old-secret', {}],
      ['change', { client_name: 'Mine' }],
    ] as const) {
      const organization = await makeOrganization(owner);
      await member.ask('/join', { token: await invited(owner, organization) });
      const made = await member.ask(`/organizations/${organization}/applications`, asked);
      const id = String(made.body['client_id']);
      const removed = `/organizations/${organization}/members/${await idOf('member')}/remove`;
      const answers = await inOrder(organization, [
        () => owner.ask(removed, {}),
        () => member.ask(`/applications/${id}/${path}`, body),
      ]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [204, 404],
        path,
      );
    }
  });

  it('lose the applications with their membership', async () => {
    const organization = await makeOrganization(owner);
    await member.ask('/join', { token: await invited(owner, organization) });
    const asked = { client_name: 'Lab', kind: 'backend', task: 'laboratory' };
    const { body } = await member.ask(`/organizations/${organization}/applications`, asked);
    const path = `/applications/${String(body['client_id'])}`;
    assert.equal((await member.ask(path)).status, 200);
    const removed = await owner.ask(`/organizations/${organization}/members/${await idOf('member')}/remove`, {});
    assert.equal(removed.status, 204);
    assert.deepEqual(refusal(await member.ask(path)), [404, 'not-found']);
    assert.deepEqual(refusal(await member.ask(`${path}/rotate-secret`, {})), [404, 'not-found']);
    assert.equal((await owner.ask(path)).status, 200);
  });

  it('register and ask for nothing once they are removed, also by requests that began before', async () => {
    const organization = await makeOrganization(owner);
    await member.ask('/join', { token: await invited(owner, organization, 'owner') });
    const path = `/organizations/${organization}/applications`;
    const asked = { client_name: 'Lab', kind: 'backend', task: 'laboratory' };
    const { body } = await member.ask(path, asked);
    const checklist = { profiles: 'Observation', tests: 'All', contacts: ['it@clinic.uz'] };
    let answers: Promise<Answer>[] = [];
    await bed.sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(hashtextextended(${`sso developers ${organization}`}, 0))`;
      answers = [
        member.ask(path, asked),
        member.ask(`/applications/${String(body['client_id'])}/production`, checklist),
      ];
      await new Promise((later) => setTimeout(later, 1000)); // they have found a member, and wait
      const id = await idOf('member');
      await transaction`delete from sso.developer_member where organization_id = ${organization} and account_id = ${id}`;
    });
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [404, 404],
    );
    const rows = await bed.sql`select 1 from sso.application where organization_id = ${organization}`;
    assert.equal(rows.length, 1);
  });

  it('are named by ids alone', async () => {
    const organization = await makeOrganization(owner);
    for (const id of ['x', "'", '00000000-0000-4000-8000-000000000000', '-'.repeat(36)]) {
      const answer = await owner.ask(`/organizations/${organization}/members/${encodeURIComponent(id)}/role`, {
        role: 'owner',
      });
      assert.deepEqual(refusal(answer), [404, 'not-found'], id);
    }
  });
});

describe('somebody whom everybody may be', () => {
  it('lets nobody into an organisation that has an application of production', async () => {
    const [tried, stranger] = [await developer('tried'), await developer('stranger')];
    await bed.sql`update sso.account set is_test = true where username = 'tried'`;
    const organization = await makeOrganization(tried);
    const of = `/organizations/${organization}`;
    const before = await invited(tried, organization, 'owner');
    assert.equal((await owner.ask('/join', { token: await invited(tried, organization, 'owner') })).status, 200);
    const app = await owner.ask(`${of}/applications`, { kind: 'backend', client_name: 'Clinic', task: 'pharmacy' });
    const asked = { profiles: 'all', tests: 'all', contacts: ['dev@example.uz'] };
    const client = String(app.body['client_id']);
    assert.equal((await owner.ask(`/applications/${client}/production`, asked)).status, 201);
    const acts: [path: string, body: object][] = [
      [`${of}/invitations`, { role: 'owner' }],
      [`${of}/take-back`, {}],
      [`${of}/members/${await idOf('owner')}/role`, { role: 'developer' }],
      [`${of}/members/${await idOf('owner')}/remove`, {}],
    ];
    for (const [path, body] of acts)
      assert.deepEqual(refusal(await tried.ask(path, body)), [403, 'not-permitted'], path);
    assert.deepEqual(
      refusal(await stranger.ask('/join', { token: before })),
      [404, 'not-found'],
      'an older invitation',
    );
    assert.equal((await tried.ask(of)).status, 200, 'looks');
    assert.equal((await tried.ask(`${of}/members/${await idOf('tried')}/remove`, {})).status, 204, 'leaves');
  });
});
