/** Acts on the person, and on the organisations of developers to which the person belongs. */
import { randomUUID } from 'node:crypto';
import { isAdministrator } from '@dhp/accounts/rows';
import { insertAuditEvents } from '@dhp/audit';
import { revokeGrantsOfSession, signOutOf } from '@dhp/grants';
import { InputError, type Input } from '@dhp/sso-kit/input';
import { DeveloperError } from '../rules/developer-error.ts';
import { kinds } from '../rules/kinds.ts';
import { countWorking, selectApplicationsOf } from '../store/applications.ts';
import {
  countMadeOrganizations,
  insertMember,
  insertOrganization,
  lockCount,
  selectOrganizations,
  type OrganizationRow,
} from '../store/organizations.ts';
import type { Act, Context } from './act.ts';
import { shownInList } from './shown.ts';
import { transact } from '@dhp/sso-kit';

export const organizationActs: readonly Act[] = [
  { method: 'GET', path: '', run: showPerson },
  { method: 'POST', path: '/sign-out', status: 204, run: signOut },
  { method: 'GET', path: '/kinds', run: () => Promise.resolve({ kinds: shownKinds }) },
  { method: 'POST', path: '/organizations', status: 201, run: makeOrganization },
];

const shownKinds = Object.entries(kinds).map(([kind, { hasRedirects, isPublic, tasks }]) => ({
  kind,
  has_redirects: hasRedirects,
  public: isPublic,
  tasks: Object.entries(tasks).map(([task, scopes]) => ({ task, scope: scopes.join(' ') })),
}));

async function showPerson(context: Context): Promise<unknown> {
  const { sql, person, limits } = context;
  const { accountId, name, identities } = person;
  const organizations = await selectOrganizations(sql, accountId);
  const applications = await selectApplicationsOf(sql, accountId);
  return {
    sub: accountId,
    name,
    has_records: identities.length > 0,
    is_operator: await isAdministrator(sql, accountId),
    limits: {
      organizations: { made: await countMadeOrganizations(sql, accountId), most: limits.organizations },
      applications: { working: await countWorking(sql, accountId), most: limits.applicationsOfPerson },
      applications_of_organization: limits.applicationsOfOrganization,
    },
    organizations: organizations.map((row) => ({
      ...shownOrganization(row),
      applications: applications
        .filter((one) => one.organization_id === row.organization_id)
        .map((one) => shownInList(context, one)),
    })),
  };
}

const shownOrganization = ({ organization_id: id, name, role }: OrganizationRow): object => ({ id, name, role });

/** Ends the session here and at the client that asks. */
async function signOut({ sql, clock, person, clientId, sessionUid: uid, record }: Context): Promise<void> {
  await revokeGrantsOfSession(sql, { uid, clientIds: [clientId], now: clock() });
  await signOutOf(sql, person.accountId, uid, clock());
  record({ event: 'session.ended', accountId: person.accountId, reason: 'signed out' });
}

async function makeOrganization({ sql, clock, limits, person, actor }: Context, input: Input): Promise<unknown> {
  const name = nameIn(input, 'name');
  const organizationId = randomUUID();
  const { accountId } = person;
  await transact(sql, async (transaction) => {
    await lockCount(transaction, accountId);
    if ((await countMadeOrganizations(transaction, accountId)) >= limits.organizations)
      throw new DeveloperError(
        'too-many-organizations',
        `One person makes at most ${String(limits.organizations)} organisations`,
      );
    const now = clock();
    await insertOrganization(transaction, { organizationId, name, accountId, now });
    await insertMember(transaction, { organizationId, accountId, role: 'owner', now });
    const reason = `${name} (${organizationId})`;
    await insertAuditEvents(transaction, [{ recorded: now, event: 'developers.created', actor, accountId, reason }]);
  });
  return { id: organizationId, name, role: 'owner', applications: [] };
}

/** @throws InputError for an invalid name */
export function nameIn(input: Input, member: string): string {
  const name = input.needed(member).trim();
  if (name !== '' && name.length <= 100 && !/\p{C}/u.test(name)) return name;
  throw new InputError('invalid-value', `${member} is a name of 1 to 100 characters`);
}
