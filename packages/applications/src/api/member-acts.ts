/** Acts about the members of an organisation of developers. */
import { hash, randomBytes } from 'node:crypto';
import { insertAuditEvents, type AuditEvent } from '@dhp/audit';
import type { Session } from '@dhp/postgres';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { barredFromProduction, DeveloperError } from '../rules/developer-error.ts';
import { requireRight, roles, type Right, type Role } from '../rules/members.ts';
import {
  countInvitations,
  deleteInvitations,
  deleteMember,
  hasOwner,
  insertInvitation,
  joinMember,
  selectInvitation,
  selectMembers,
  takeInvitation,
  updateRole,
} from '../store/members.ts';
import { hasProduction } from '../store/applications.ts';
import { lockCount, selectOrganization, type OrganizationRow } from '../store/organizations.ts';
import type { Act, Context } from './act.ts';
import { transact } from '@dhp/sso-kit';

export const memberActs: readonly Act[] = [
  { method: 'GET', path: '/organizations/{organization_id}', run: showOrganization },
  { method: 'POST', path: '/organizations/{organization_id}/invitations', status: 201, run: invite },
  { method: 'POST', path: '/organizations/{organization_id}/take-back', run: takeBack },
  { method: 'POST', path: '/organizations/{organization_id}/members/{account_id}/role', run: changeRole },
  { method: 'POST', path: '/organizations/{organization_id}/members/{account_id}/remove', status: 204, run: remove },
  { method: 'POST', path: '/invitation', run: showInvitation },
  { method: 'POST', path: '/join', run: join },
];

/** Days for which an invitation is good. */
const invitationDays = 7;
const mostInvitations = 20;
const mostMembers = 100;

async function showOrganization(context: Context, input: Input): Promise<unknown> {
  const organization = await organizationFor(context, input, 'look');
  const { organization_id: id, name, role } = organization;
  const members = await selectMembers(context.sql, id);
  const invitations = await countInvitations(context.sql, id, context.clock());
  return {
    ...{ id, name, role, invitations },
    members: members.map((one) => ({
      ...{ id: one.account_id, name: one.name, role: one.role },
      is_self: one.account_id === context.person.accountId,
    })),
  };
}

/** The organisation that the path names, for a member whose role permits the act. */
async function organizationFor(
  { sql, person }: Context,
  input: Input,
  right: Right,
  session: Session = sql,
): Promise<OrganizationRow> {
  const organizationId = input.part('organization_id');
  const found = await selectOrganization(session, { organizationId, accountId: person.accountId });
  requireRight(found?.role, right, 'organisation of that id');
  // A test person must not give access to something in which test people may take no part.
  if (person.isTest === true && right !== 'look' && (await hasProduction(session, organizationId)))
    throw barredFromProduction();
  return found;
}

async function invite(context: Context, input: Input): Promise<unknown> {
  const { sql, clock, person } = context;
  const role = roleIn(input);
  const { organization_id: organizationId } = await organizationFor(context, input, 'members');
  const token = randomBytes(32).toString('base64url');
  const now = clock();
  const expires = new Date(now.getTime() + invitationDays * 86_400_000);
  await transact(sql, async (transaction) => {
    await lockCount(transaction, organizationId);
    // Checked while the members are locked: a person who is no longer an owner cannot invite.
    await organizationFor(context, input, 'members', transaction);
    if ((await countInvitations(transaction, organizationId, now)) >= mostInvitations)
      throw new DeveloperError('too-many-invitations', `At most ${String(mostInvitations)} invitations are open`);
    const { accountId } = person;
    await insertInvitation(transaction, { tokenHash: hashOf(token), organizationId, role, accountId, now, expires });
    await note(context, transaction, 'developers.invited', `${role} in ${organizationId}`);
  });
  return { token, role, expires_at: expires.toISOString() };
}

const hashOf = (token: string): Buffer => hash('sha256', token, 'buffer');

function roleIn(input: Input): Role {
  const role = input.oneOf('role', roles);
  if (role === undefined) throw new InputError('invalid-value', 'role is missing');
  return role;
}

function note(context: Context, session: Session, event: AuditEvent['event'], reason: string): Promise<void> {
  const { actor, clock, person } = context;
  return insertAuditEvents(session, [{ recorded: clock(), event, actor, accountId: person.accountId, reason }]);
}

async function takeBack(context: Context, input: Input): Promise<unknown> {
  const taken = await transact(context.sql, async (transaction) => {
    await lockCount(transaction, input.part('organization_id'));
    const { organization_id: id } = await organizationFor(context, input, 'members', transaction);
    await note(context, transaction, 'developers.invited', `invitations into ${id} taken back`);
    return deleteInvitations(transaction, id);
  });
  return { taken_back: taken };
}

async function changeRole(context: Context, input: Input): Promise<unknown> {
  const role = roleIn(input);
  await changeMember(context, input, 'members', async (transaction, organizationId, accountId) => {
    if (!(await updateRole(transaction, { organizationId, accountId, role }))) throw noMember();
    await note(context, transaction, 'developers.role-changed', `${accountId} is ${role} in ${organizationId}`);
  });
  return showOrganization(context, input);
}

/** An owner removes anybody; everybody removes oneself. */
async function remove(context: Context, input: Input): Promise<void> {
  const isSelf = input.part('account_id') === context.person.accountId;
  await changeMember(context, input, isSelf ? 'look' : 'members', async (transaction, organizationId, accountId) => {
    if (!(await deleteMember(transaction, { organizationId, accountId }))) throw noMember();
    await note(context, transaction, 'developers.left', `${accountId} left ${organizationId}`);
  });
}

const noMember = (): InputError => new InputError('not-found', 'There is no member of that id');

/** One change after the other, each with the rights of that moment; a change that would leave no owner who can sign in is undone. */
async function changeMember(
  context: Context,
  input: Input,
  right: Right,
  change: (transaction: Session, organizationId: string, accountId: string) => Promise<void>,
): Promise<void> {
  const accountId = input.part('account_id');
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(accountId)) throw noMember();
  await transact(context.sql, async (transaction) => {
    await lockCount(transaction, input.part('organization_id'));
    const { organization_id: id, role: own } = await organizationFor(context, input, right, transaction);
    await change(transaction, id, accountId);
    if (own !== 'owner') return; // only an owner can remove the last owner by leaving
    if (!(await hasOwner(transaction, id)))
      throw new DeveloperError('last-owner', 'An organisation has an owner: make another member one first');
  });
}

/** The organisation of an invitation, shown before it is accepted. */
async function showInvitation({ sql, clock }: Context, input: Input): Promise<unknown> {
  const found = await selectInvitation(sql, hashOf(input.needed('token')), clock());
  if (found === undefined) throw gone();
  return { organization: found.organization, role: found.role };
}

const gone = (): InputError =>
  new InputError('not-found', 'There is no such invitation: it was used or taken back, or is good no longer');

async function join(context: Context, input: Input): Promise<unknown> {
  const { sql, clock, person } = context;
  const tokenHash = hashOf(input.needed('token'));
  return transact(sql, async (transaction) => {
    const now = clock();
    const asked = await selectInvitation(transaction, tokenHash, now);
    if (asked === undefined) throw gone();
    const { organization_id: organizationId } = asked;
    // Read again while the members are locked: the inviting person may no longer be an owner.
    await lockCount(transaction, organizationId);
    const taken = await takeInvitation(transaction, tokenHash, now);
    if (taken === undefined) throw gone();
    const { role } = taken;
    if ((await selectMembers(transaction, organizationId)).length >= mostMembers)
      throw new DeveloperError('too-many-members', `An organisation has at most ${String(mostMembers)} members`);
    const isNew = await joinMember(transaction, { organizationId, accountId: person.accountId, role, now });
    if (isNew) await note(context, transaction, 'developers.joined', `${role} in ${organizationId}`);
    return { id: organizationId, role };
  });
}
