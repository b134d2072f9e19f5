/**
 * Acts of an organisation's administrators: they see its staff with their roles, and give and revoke the roles that operators have marked
 * as delegated. They cannot act in another organisation, on a role that is not delegated, on themselves, or on administrators of any kind
 * (../admin/duties.ts). A refused attempt leaves an audit event.
 */
import type { Sql } from '@dhp/postgres';
import { AccountError, usernameOf } from '@dhp/accounts';
import type { PaperCodes } from '@dhp/accounts/sign-in';
import type { Guard } from './duties.ts';
import { DutyError } from './duty-error.ts';
import { isAdministrator, selectAccountByName, type AccountRow, selectHeldRoles } from '@dhp/accounts/rows';
import { insertAuditEvents } from '@dhp/audit';
import { insertCustody } from '@dhp/clients/rows';
import { selectDelegatedRoles, selectOrganizationsWithRole, selectStaff, type StaffMember } from '../store/staff.ts';
import type { OrganizationAt } from '@dhp/accounts/records';
import type { Listed } from '@dhp/sso-kit';
import { openPolicies, organizationAdministrator, PolicyError } from '@dhp/accounts/policies';

export interface StaffRole extends OrganizationAt {
  username: string;
  role: string;
  reason: string;
}

export interface Staff {
  /** Returns the organisations that the person administers. */
  organizations(): Promise<OrganizationAt[]>;
  /** Returns the staff by user name, a page behind `after`. */
  members(
    at: OrganizationAt,
    o: { searched: readonly (readonly string[])[]; after: string | undefined; limit: number },
  ): Promise<Listed<StaffMember>>;
  /** The roles that may be given and revoked in an organisation of the environment. */
  roles(environment: OrganizationAt['environment']): Promise<string[]>;
  /** Gives the role to a health worker of the environment, that is a person with a Practitioner. */
  give(o: StaffRole): Promise<void>;
  /** The tokens that the person has count no longer. */
  take(o: StaffRole): Promise<void>;
  /** Whether operators gave the person the role `patient-desk` in the organisation: its holders issue codes on paper for patients. */
  mayMakePaperCodes(at: OrganizationAt): Promise<boolean>;
  /** Issues a code for a patient of the environment who cannot sign in yet. */
  paperCode(o: Omit<StaffRole, 'role'>): ReturnType<PaperCodes['make']>;
}

/** The role whose holders issue codes to patients who cannot sign in yet. */
export const paperCodeRole = 'patient-desk';

/**
 * @param accountId of the administrator; every function checks the role again
 * @throws AccountError, PolicyError or DutyError from `members`, `give` and `take`, with a message for the administrator
 */
export function openStaff(
  sql: Sql,
  { accountId, clock, paperCodes }: { accountId: string; clock: () => Date; paperCodes: PaperCodes },
): Staff {
  const policies = openPolicies(sql, { actor: `account:${accountId}`, clock });
  const organizations = (): Promise<OrganizationAt[]> =>
    selectOrganizationsWithRole(sql, accountId, organizationAdministrator);

  const isOwn = async ({ environment, organization }: OrganizationAt): Promise<boolean> =>
    (await organizations()).some((one) => one.environment === environment && one.organization === organization);
  const notOwn = (): AccountError => new AccountError('unknown-account', 'You do not administer this organisation');

  const mayMakePaperCodes = async (at: OrganizationAt): Promise<boolean> =>
    (await isOwn(at)) && holds(sql, { ...at, role: paperCodeRole }, accountId);

  async function note(guard: Guard, o: StaffRole, person?: string): Promise<void> {
    const reason = `${guard} for ${o.role} in Organization/${o.organization} of the ${o.environment}: ${o.reason}`;
    const about = { actor: `account:${accountId}`, accountId: person, reason };
    await insertAuditEvents(sql, [{ recorded: clock(), event: 'administration.refused', ...about }]);
  }

  async function refuse(guard: Guard, o: StaffRole, about?: string): Promise<never> {
    await note(guard, o, about);
    throw new DutyError(guard);
  }

  /** The same message for every unsuitable person, so that it does not reveal whether an account exists. */
  async function personFor(
    o: StaffRole,
    isMeant: (row: AccountRow) => boolean | Promise<boolean>,
    nobody: string,
  ): Promise<AccountRow> {
    if (!(await isOwn(o))) {
      await note('other-organization', o);
      throw notOwn(); // as if the organisation did not exist
    }
    if (!(await selectDelegatedRoles(sql, o.environment)).includes(o.role)) await refuse('undelegated-role', o);
    const row = await selectAccountByName(sql, usernameOf(o.username));
    if (row === undefined || !(await isMeant(row))) {
      throw new PolicyError(`${nobody} "${o.username.slice(0, 100)}" in the ${o.environment}`);
    }
    if (row.account_id === accountId) await refuse('own-account', o, row.account_id);
    if (await isAdministratorOfAnyKind(sql, row)) await refuse('administrator-of-any-kind', o, row.account_id);
    return row;
  }

  const held = (
    { environment, organization, role, reason }: StaffRole,
    { username }: AccountRow,
  ): Parameters<typeof policies.give>[0] => ({ username, environment, organization, role, reason });

  return {
    organizations,
    async members(at, o) {
      if (!(await isOwn(at))) throw notOwn();
      return selectStaff(sql, at, o);
    },
    roles: (environment) => selectDelegatedRoles(sql, environment),
    async give(o) {
      const row = await personFor(o, (one) => isHealthWorker(one, o.environment), 'No health worker signs in as');
      await policies.give(held(o, row));
    },
    async take(o) {
      const row = await personFor(
        o,
        ({ account_id: id }) => holds(sql, o, id),
        `Nobody with the role "${o.role}" there signs in as`,
      );
      await policies.take(held(o, row));
    },
    mayMakePaperCodes,
    async paperCode({ username, reason, ...at }) {
      if (!(await mayMakePaperCodes(at))) {
        await note('other-organization', { ...at, username, reason, role: paperCodeRole });
        throw notOwn();
      }
      return codeForPatient({ sql, paperCodes, clock }, accountId, { ...at, username, reason });
    },
  };
}

async function isAdministratorOfAnyKind(sql: Sql, { account_id: id }: AccountRow): Promise<boolean> {
  if (await isAdministrator(sql, id)) return true;
  return (await selectOrganizationsWithRole(sql, id, organizationAdministrator)).length > 0;
}

async function holds(
  sql: Sql,
  { environment, organization, role }: OrganizationAt & Pick<StaffRole, 'role'>,
  accountId: string,
): Promise<boolean> {
  const held = await selectHeldRoles(sql, accountId, environment);
  return held.some((one) => one.role === role && one.organization === organization);
}

function isHealthWorker({ identities }: AccountRow, environment: OrganizationAt['environment']): boolean {
  return identities.some((one) => one.environment === environment && one.type === 'Practitioner');
}

/**
 * @throws PolicyError, with one message for all cases, if the person can already sign in, is more than a patient of the environment, or is
 * unknown
 */
async function codeForPatient(
  { sql, paperCodes, clock }: { sql: Sql; paperCodes: PaperCodes; clock: () => Date },
  accountId: string,
  { environment, organization, username, reason }: Omit<StaffRole, 'role'>,
): ReturnType<Staff['paperCode']> {
  const actor = `account:${accountId}` as const;
  const why = `${reason} (Organization/${organization} of the ${environment})`;
  const made = await paperCodes.makeFirst(username, { environment, actor, reason: why });
  if (made === undefined)
    throw new PolicyError(`No patient without a way in signs in as "${username.slice(0, 100)}" in the ${environment}`);
  // Recorded before anybody knows the code: whoever has the code could sign in with it.
  await insertCustody(sql, { subject: `account:${made.accountId}`, holder: actor, now: clock() });
  return made;
}
