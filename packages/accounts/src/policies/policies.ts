/**
 * Permissions of people by their role in an organisation: policies in the grammar of SMART scopes, which operators read and change, and
 * which a token carries. docs/decisions/0008-policies-in-tokens.md
 */
import type { Session, Sql } from '@dhp/postgres';
import { transact, operatingSystemUser, type EnvironmentName } from '@dhp/sso-kit';
import { trailRight } from '@dhp/smart-scopes';
import { usernameOf } from '../people/validate.ts';
import { valuesOfRow } from '@dhp/sso-kit/fields';
import { selectAccountByName } from '../store/accounts.ts';
import { insertAuditEvents } from '@dhp/audit';
import { hasUnconfirmedIdentity } from '../store/identity-proof.ts';
import { insertRevocation } from '@dhp/grants/artifacts';
import {
  deletePolicy,
  deleteRole,
  insertRole,
  selectHeldRoles,
  selectPolicies,
  upsertPolicy,
  type HeldRole,
} from '../store/policies.ts';
import { PolicyError } from '../fields/policy-error.ts';
import {
  checkPolicyValues,
  checkStoredPolicy,
  policyFieldNames,
  type GivenPolicyValues,
  type PolicyColumns,
  type PolicyValues,
} from '../fields/policy-fields.ts';

export { organizationAdministrator } from '../fields/policy-fields.ts';

export interface Policy extends PolicyValues {
  role: string;
  environment: EnvironmentName;
  updated: Date;
  updatedBy: string;
}

export interface RoleOfPerson {
  username: string;
  environment: EnvironmentName;
  role: string;
  /** The id of the Organization in which the person has it. */
  organization: string;
}

export { PolicyError } from '../fields/policy-error.ts';

/** Every change applies to tokens that are issued afterwards, and leaves one audit event. */
export interface Policies {
  list(): Promise<Policy[]>;
  /** Sets the permissions of a role, replacing earlier ones. Which roles may give it stays unchanged unless stated. */
  set(
    o: GivenPolicyValues & { role: string; environment: EnvironmentName; reason?: string | undefined },
  ): Promise<Policy>;
  /** Removes the policy: the role then permits nothing. */
  remove(o: { role: string; environment: EnvironmentName; reason?: string | undefined }): Promise<void>;
  rolesOf(username: string, environment: EnvironmentName): Promise<HeldRole[]>;
  give(o: RoleOfPerson & { reason?: string | undefined }): Promise<void>;
  /** The tokens that the person has count no longer. */
  take(o: RoleOfPerson & { reason?: string | undefined }): Promise<void>;
}

/** @throws PolicyError from every function, with a message for the administrator, when the act is not possible */
export function openPolicies(
  sql: Sql,
  options: { actor?: string; resourceTypes?: readonly string[]; clock?: () => Date } = {},
): Policies {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date(Date.now()) } = options;
  const types = options.resourceTypes && new Set(options.resourceTypes);
  const begin = <Result>(work: (transaction: Session) => Promise<Result>): Promise<Result> =>
    transact(sql, (transaction) => work(transaction));

  async function accountOf(transaction: Session, username: string): Promise<string> {
    const row = await selectAccountByName(transaction, usernameOf(username));
    if (row === undefined) throw new PolicyError(`There is no account "${username}"`);
    return row.account_id;
  }

  return {
    async list() {
      return (await selectPolicies(sql)).map((row) => ({
        role: row.role,
        environment: row.environment,
        ...policyValuesOf(row),
        updated: row.updated_at,
        updatedBy: row.updated_by,
      }));
    },
    async set({ role, environment, reason, ...values }) {
      requireRole(role);
      checkPolicyValues(values, { role, types });
      const now = clock();
      return begin(async (transaction) => {
        const row = { ...values, role, environment, updated_at: now, updated_by: actor };
        const stored = policyValuesOf(await upsertPolicy(transaction, row));
        checkStoredPolicy(stored);
        const scope = stored.scopes.join(' ');
        const whose = `${role} in ${environment}${stored.delegated ? ', given by organisations too' : ''}`;
        const why = `${whose}${reason === undefined ? '' : `: ${reason}`}`;
        await insertAuditEvents(transaction, [{ recorded: now, event: 'policy.set', actor, scope, reason: why }]);
        return { role, environment, ...stored, updated: now, updatedBy: actor };
      });
    },
    async remove({ role, environment, reason }) {
      await begin(async (transaction) => {
        const existed = await deletePolicy(transaction, role, environment);
        if (!existed) throw new PolicyError(`There is no policy for "${role}" in the ${environment}`);
        const why = `${role} in ${environment}${reason === undefined ? '' : `: ${reason}`}`;
        await insertAuditEvents(transaction, [{ recorded: clock(), event: 'policy.removed', actor, reason: why }]);
      });
    },
    async rolesOf(username, environment) {
      return selectHeldRoles(sql, await accountOf(sql, username), environment);
    },
    async give({ username, reason, ...o }) {
      requireRole(o.role);
      if (!/^[A-Za-z0-9.-]{1,64}$/.test(o.organization)) {
        throw new PolicyError(`"${o.organization}" is not the id of an Organization`);
      }
      await begin(async (transaction) => {
        const accountId = await accountOf(transaction, username);
        await insertRole(transaction, { ...o, accountId });
        const why = `${shown(o)}${reason === undefined ? '' : `: ${reason}`}`;
        const event = { recorded: clock(), event: 'account.role-given', actor, accountId, reason: why } as const;
        await insertAuditEvents(transaction, [event]);
      });
    },
    async take({ username, reason, ...o }) {
      await begin(async (transaction) => {
        const accountId = await accountOf(transaction, username);
        if (!(await deleteRole(transaction, { ...o, accountId }))) {
          throw new PolicyError(`"${username}" does not have the role ${shown(o)}`);
        }
        await insertRevocation(transaction, `sub:${accountId}`, clock());
        const why = `${shown(o)}${reason === undefined ? '' : `: ${reason}`}`;
        const event = { recorded: clock(), event: 'account.role-taken', actor, accountId, reason: why } as const;
        await insertAuditEvents(transaction, [event]);
      });
    },
  };
}

/** The roles of a person in the form of an access token's claims. */
export interface RoleClaims {
  /** The scopes that the roles permit, with the references filled in. */
  readonly policies: string[];
  /** The roles themselves, each with its organisation: `family-doctor Organization/7`. */
  readonly roles: string[];
}

/**
 * Returns the claims of an access token from which the FHIR server learns the roles of a person; undefined for a person without a role.
 * `policies` is empty if the roles have none, or while a record of the person in the environment is unconfirmed: the roles then permit
 * nothing.
 */
export async function policiesOf(
  sql: Sql,
  o: { accountId: string; environment: EnvironmentName; practitioner: string | undefined },
): Promise<RoleClaims | undefined> {
  const roles = await selectHeldRoles(sql, o.accountId, o.environment);
  if (roles.length === 0) return undefined;
  // A role was given to the account for the person whom its records named.
  if (await hasUnconfirmedIdentity(sql, o.accountId, o.environment)) return { policies: [], roles: [] };
  const scopes = roles.flatMap(({ organization, scopes: templates }) =>
    templates
      // A template about the practitioner does not apply to a person without a Practitioner.
      .filter((template) => o.practitioner !== undefined || !template.includes('{practitioner}'))
      .map((template) =>
        template
          .replaceAll('{organization}', `Organization/${organization}`)
          .replaceAll('{practitioner}', `Practitioner/${o.practitioner ?? ''}`),
      ),
  );
  const held = roles.map(({ role, organization }) => `${role} Organization/${organization}`);
  return { policies: [...new Set(scopes)], roles: held };
}

/**
 * Returns the environments in which the person is a data protection officer, which means a role that permits reading the trail of requests.
 * While a record of the person there is unconfirmed, this role permits nothing, like all roles.
 */
export async function environmentsOfOfficer(sql: Sql, accountId: string): Promise<EnvironmentName[]> {
  const isOfficer = async (environment: EnvironmentName): Promise<boolean> => {
    const claims = await policiesOf(sql, { accountId, environment, practitioner: undefined });
    return claims?.policies.includes(trailRight) === true;
  };
  const found = await Promise.all(
    (['production', 'playground'] as const).map(async (one) => ((await isOfficer(one)) ? [one] : [])),
  );
  return found.flat();
}

function shown({ role, organization, environment }: Omit<RoleOfPerson, 'username'>): string {
  return `${role} in Organization/${organization} of the ${environment}`;
}

function policyValuesOf(row: PolicyColumns): PolicyValues {
  return valuesOfRow(policyFieldNames, row) as unknown as PolicyValues;
}

function requireRole(role: string): void {
  if (/^[a-z][a-z0-9-]{0,63}$/.test(role)) return;
  throw new PolicyError(`"${role}" is not a role: small letters, digits and "-", such as family-doctor`);
}
