/**
 * Permissions of people by their role in an organisation: policies in the grammar of SMART scopes, which operators read and change, and
 * which a token carries. docs/decisions/0008-policies-in-tokens.md
 */
import { identifierTypeOf, parseScope } from '@dhp/smart-scopes';
import type { Session, Sql } from '@dhp/postgres';
import { operatingSystemUser, type Environment } from '@dhp/sso-kit';
import { usernameOf } from '../accounts/validate.ts';
import { selectAccountByName } from '../store/accounts.ts';
import { insertAuditEvents } from '@dhp/audit';
import { hasUnconfirmedIdentity } from '../store/identity-proof.ts';
import { insertRevocation } from '../store/revocations.ts';
import {
  deletePolicy,
  deleteRole,
  insertRole,
  selectHeldRoles,
  selectPolicies,
  upsertPolicy,
  type HeldRole,
} from '../store/policies.ts';

/** The role of who administers an organisation. At the pages of the SSO it means `openStaff`; elsewhere what its policy permits. */
export const organizationAdministrator = 'organization-administrator';

export interface Policy {
  role: string;
  environment: Environment;
  /** `user/Patient.rs?organization={organization}` and the like; `dhp.national-identifiers/Patient`. */
  scopes: string[];
  /** Administrators of organisations may give it there. */
  delegated: boolean;
  updated: Date;
  updatedBy: string;
}

export interface RoleOfPerson {
  username: string;
  environment: Environment;
  role: string;
  /** The id of the Organization in which the person has it. */
  organization: string;
}

/** An act that is not possible; the message says which value and why. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/** Every change counts for tokens that are issued afterwards, and leaves one audit event. */
export interface Policies {
  list(): Promise<Policy[]>;
  /** Sets what a role permits, in the place of what it permitted before. Who may give it stays as it is where that is not said. */
  set(o: {
    role: string;
    environment: Environment;
    scopes: string[];
    delegated?: boolean | undefined;
    reason?: string | undefined;
  }): Promise<Policy>;
  /** The role then permits nothing. */
  remove(o: { role: string; environment: Environment; reason?: string | undefined }): Promise<void>;
  rolesOf(username: string, environment: Environment): Promise<HeldRole[]>;
  give(o: RoleOfPerson & { reason?: string | undefined }): Promise<void>;
  /** The tokens that the person has count no longer. */
  take(o: RoleOfPerson & { reason?: string | undefined }): Promise<void>;
}

/** @throws PolicyError from every function, with a message for the administrator, when the act is not possible */
export function openPolicies(
  sql: Sql,
  options: { actor?: string; resourceTypes?: readonly string[]; clock?: () => Date } = {},
): Policies {
  const { actor = `cli:${operatingSystemUser()}`, clock = () => new Date() } = options;
  const types = options.resourceTypes && new Set(options.resourceTypes);
  const begin = <Result>(work: (transaction: Session) => Promise<Result>): Promise<Result> =>
    sql.begin((transaction) => work(transaction));

  async function accountOf(transaction: Session, username: string): Promise<string> {
    const row = await selectAccountByName(transaction, usernameOf(username));
    if (row === undefined) throw new PolicyError(`There is no account "${username}"`);
    return row.account_id;
  }

  return {
    async list() {
      return (await selectPolicies(sql)).map(({ updated_at: updated, updated_by: updatedBy, ...row }) => ({
        ...row,
        updated,
        updatedBy,
      }));
    },
    async set({ role, environment, scopes, delegated, reason }) {
      requireRole(role);
      if (delegated === true && role === organizationAdministrator) {
        throw new PolicyError('Administrators of organisations are made by the platform alone');
      }
      if (scopes.length === 0) throw new PolicyError('A policy needs at least one scope, such as user/Patient.rs');
      for (const scope of scopes) requireScope(scope, types);
      const now = clock();
      return begin(async (transaction) => {
        const row = { role, environment, scopes, delegated, updated_at: now, updated_by: actor };
        const isDelegated = await upsertPolicy(transaction, row);
        const scope = scopes.join(' ');
        const whose = `${role} in ${environment}${isDelegated ? ', given by organisations too' : ''}`;
        const why = `${whose}${reason === undefined ? '' : `: ${reason}`}`;
        await insertAuditEvents(transaction, [{ recorded: now, event: 'policy.set', actor, scope, reason: why }]);
        return { role, environment, scopes, delegated: isDelegated, updated: now, updatedBy: actor };
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

/**
 * Returns the scopes that the roles of a person permit, with the references filled in, for the claim `policies` of an access token.
 * Undefined for a person without a role. Empty where the roles have no policy, and while a record of the person in the environment is
 * unconfirmed: that permits nothing.
 */
export async function policiesOf(
  sql: Sql,
  o: { accountId: string; environment: Environment; practitioner: string | undefined },
): Promise<string[] | undefined> {
  const roles = await selectHeldRoles(sql, o.accountId, o.environment);
  if (roles.length === 0) return undefined;
  // Whoever gave a role to an account gave it to the person whom its records named.
  if (await hasUnconfirmedIdentity(sql, o.accountId, o.environment)) return [];
  const scopes = roles.flatMap(({ organization, scopes: templates }) =>
    templates
      // A template about the practitioner means nothing for a person who is no practitioner.
      .filter((template) => o.practitioner !== undefined || !template.includes('{practitioner}'))
      .map((template) =>
        template
          .replaceAll('{organization}', `Organization/${organization}`)
          .replaceAll('{practitioner}', `Practitioner/${o.practitioner ?? ''}`),
      ),
  );
  return [...new Set(scopes)];
}

function shown({ role, organization, environment }: Omit<RoleOfPerson, 'username'>): string {
  return `${role} in Organization/${organization} of the ${environment}`;
}

function requireRole(role: string): void {
  if (/^[a-z][a-z0-9-]{0,63}$/.test(role)) return;
  throw new PolicyError(`"${role}" is not a role: small letters, digits and "-", such as family-doctor`);
}

function requireScope(text: string, types: ReadonlySet<string> | undefined): void {
  const scope = parseScope(text, types && { types });
  const unknown = /\{(?!organization\}|practitioner\})[^}]*\}?/.exec(text);
  if (unknown !== null) {
    throw new PolicyError(`"${text}" has ${unknown[0]}: what can be put in is {organization} and {practitioner}`);
  }
  if (scope?.context === 'user' || identifierTypeOf(text) !== undefined) return;
  throw new PolicyError(
    `"${text}" is not a scope of a policy: write it as user/Patient.rs, with letters in the order c r u d s, and a search ` +
      'behind it where it is not for all resources of the type: user/Encounter.rs?service-provider={organization}. National ' +
      'identifiers are written with dhp.national-identifiers/Patient (or /Practitioner, /RelatedPerson, /Person, /*) beside',
  );
}
