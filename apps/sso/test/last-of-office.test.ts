/**
 * The last administrator of the platform and the only owner of a developers' organisation: each act that would remove one of them, alone
 * and concurrently with each other one. Whatever the order, somebody remains who can sign in.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, it } from 'node:test';
import { AccountError, openAccounts, openAdministrators, type Account } from '@dhp/accounts';
import { openClosing } from '@dhp/accounts/own';
import { openOwners } from '@dhp/applications';
import { connect } from '@dhp/postgres';
import { dutiesBed } from './duties-bed.ts';
import { whileHeld } from './held-row.ts';
import { issuer } from './support.ts';

const { bed, call } = await dutiesBed();
const actor = 'cli:tester';
const accounts = openAccounts(bed.sql, { actor, reason: 'test' });
const administrators = openAdministrators(bed.sql, { actor });
const owners = openOwners(bed.sql, { actor });
const closing = openClosing({
  ...{ sql: bed.sql, queue: undefined, issuer, timeZone: 'UTC', days: 14 },
  clock: () => new Date(),
});
const owner = connect(bed.ownerUrl, { max: 1 });
after(() => owner.end());
let count = 0;

function somebody(): Promise<Account> {
  const username = `office-${String((count += 1))}`;
  return accounts.create({ username, name: 'Olim Usmonov', password: 'correct horse battery' });
}

/** Acts by which an office is lost, each about one person. A refusal is an error with the remedy, or, on the person's own page, a page. */
const acts = {
  disable: ({ username }: Account) => accounts.disable(username),
  close: ({ accountId }: Account) => closing.close(accountId, 'en'),
  unmake: ({ username }: Account) => administrators.unmake(username),
};

async function refusable(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof AccountError && /^(?:last-administrator|sole-owner)$/.test(error.kind)) return error.message;
    throw error;
  }
}

/** Exactly these administer the platform. */
async function administer(some: readonly Account[]): Promise<void> {
  for (const { username } of some) await administrators.make(username);
  const ids = some.map(({ accountId }) => accountId);
  await bed.sql`delete from sso.platform_administrator where account_id <> all(${ids}::uuid[])`;
}

async function organizationOf(members: readonly [Account, 'owner' | 'developer'][]): Promise<string> {
  const id = randomUUID();
  const [maker] = members[0]!;
  await bed.sql`
    insert into sso.developer_organization (organization_id, name, created_at, created_by)
    values (${id}, ${`House ${id.slice(0, 4)}`}, now(), ${maker.accountId})`;
  for (const [{ accountId }, role] of members)
    await bed.sql`
      insert into sso.developer_member (organization_id, account_id, role, joined_at)
      values (${id}, ${accountId}, ${role}, now())`;
  return id;
}

/** Both have done everything except their audit record, or wait for the other, before either completes. */
async function together(...two: readonly (() => Promise<unknown>)[]): Promise<void> {
  await whileHeld(owner, (held) => held`lock table sso.audit_event in share mode`, two);
}

const administering = async (): Promise<number> =>
  (
    await bed.sql`
      select from sso.platform_administrator join sso.account using (account_id) where disabled_at is null`
  ).length;
const owning = async (id: string): Promise<number> =>
  (
    await bed.sql`
      select from sso.developer_member join sso.account using (account_id)
      where organization_id = ${id} and role = 'owner' and disabled_at is null`
  ).length;

describe('the last administrator', () => {
  it('stays, and the refusal names the cure; with another one it goes', async () => {
    const [one, other] = [await somebody(), await somebody()];
    await administer([one]);
    for (const act of ['disable', 'unmake'] as const)
      assert.match((await refusable(() => acts[act](one))) ?? '', /make-administrator\) first/, act);
    assert.equal(await acts.close(one), undefined);
    await administrators.make(other.username);
    assert.equal(await refusable(() => acts.disable(one)), undefined);
    // Nothing is lost with the role of a disabled person.
    assert.equal(await refusable(() => acts.unmake(one)), undefined);
    assert.match((await refusable(() => acts.disable(other))) ?? '', /make-administrator/);
    assert.equal(await administering(), 1);
  });

  it('stays whichever two acts meet', async () => {
    for (const act of Object.values(acts))
      for (const another of Object.values(acts)) {
        const two = [await somebody(), await somebody()] as const;
        await administer(two);
        await together(
          () => refusable(() => act(two[0])),
          () => refusable(() => another(two[1])),
        );
        assert.equal(await administering(), 1, `${act.toString()} ${another.toString()}`);
      }
  });
});

describe('the only owner of an organisation', () => {
  it('is not disabled before another member owns it', async () => {
    const [sole, member] = [await somebody(), await somebody()];
    const id = await organizationOf([
      [sole, 'owner'],
      [member, 'developer'],
    ]);
    const { status, body } = await call('POST /users/{username}/disable', {
      parts: { username: sole.username },
      values: { reason: 'misuse' },
    });
    assert.deepEqual([status, body['error']], [409, 'invalid_request']);
    assert.match(String(body['error_description']), new RegExp(`${id}.*make-owner`));
    await assert.rejects(owners.make((await somebody()).username, id), /no member/);
    await assert.rejects(owners.make(member.username, randomUUID()), /no member/);
    await owners.make(member.username, id, { reason: 'order 12' });
    assert.equal(await refusable(() => acts.disable(sole)), undefined);
    const [event] = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where event = 'developers.role-changed' and account_id = ${member.accountId}`;
    assert.match(event!.reason, /is owner in .*: order 12$/);
  });

  it('is disabled where nobody and nothing else is in it', async () => {
    const sole = await somebody();
    await organizationOf([[sole, 'owner']]);
    assert.equal(await refusable(() => acts.disable(sole)), undefined);
  });

  it('stays whichever two acts meet', async () => {
    const ending = [acts.disable, acts.close];
    for (const act of ending)
      for (const another of ending) {
        const two = [await somebody(), await somebody(), await somebody()] as const;
        const id = await organizationOf([
          [two[0], 'owner'],
          [two[1], 'owner'],
          [two[2], 'developer'],
        ]);
        await together(
          () => refusable(() => act(two[0])),
          () => refusable(() => another(two[1])),
        );
        assert.equal(await owning(id), 1);
      }
  });
});
