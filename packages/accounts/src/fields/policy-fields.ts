/**
 * The fields of a policy, each declared once: row, domain object, checks, the act of the administration with its description, the options
 * of `dhp policy set`, and the pages are made from it. The role and the environment, which identify a policy, are not among them.
 */
import { identifierTypeOf, parseScope, trailRight } from '@dhp/smart-scopes';
import {
  emptyOf,
  type ColumnsOf,
  type FieldValues,
  type GivenValues,
  type Option,
  type ValuesOf,
} from '@dhp/sso-kit/fields';
import { PolicyError } from './policy-error.ts';

/** Values beside which a value is checked. */
export interface AroundPolicy {
  readonly role: string;
  /** Resource types that a scope may name; undefined: any well-formed name. */
  readonly types: ReadonlySet<string> | undefined;
}

interface FieldOf<Kind extends keyof FieldValues> {
  readonly kind: Kind;
  readonly json: string;
  /** For the description of the administration. */
  readonly says: string;
  /** A flag is said by yes or no. */
  readonly option: Option & { readonly value: string };
  /** Must be given each time; other fields keep their value if they are not given. */
  readonly isNeeded?: true;
  /** @throws PolicyError */
  readonly check?: (value: FieldValues[Kind], around: AroundPolicy) => void;
  /** Keys of its label and of its hint among the texts of the policies' pages. */
  readonly page: { readonly label: string; readonly hint?: string };
  /** Roles that never have the field: their form does not include it. */
  readonly isNotOf?: (role: string) => boolean;
}
export type PolicyField = FieldOf<'list'> | FieldOf<'flag'> | FieldOf<'text'>;

/**
 * The role of an organisation's administrators. At the pages of the SSO it gives access to `openStaff`; elsewhere it has the permissions of
 * its policy.
 */
export const organizationAdministrator = 'organization-administrator';

const isOfAdministrators = (role: string): boolean => role === organizationAdministrator;

export const policyFields = {
  /** `user/Patient.rs?organization={organization}` and the like; `dhp.national-identifiers/Patient`; `dhp.audit`. */
  scopes: {
    ...{ kind: 'list', json: 'scopes', isNeeded: true },
    says: 'a list of user/ scopes; dhp.national-identifiers/TYPE where the role may write national identifiers; dhp.audit where it may read the trail of requests',
    option: {
      ...{ name: 'scope', value: 'SCOPES', required: true, isSpaced: true },
      help: 'user/ scopes with spaces between; {organization} and {practitioner} stand for those of the person. dhp.national-identifiers/Patient (or another type): may write PINFL, passports and the like. dhp.audit: may read the trail of requests',
    },
    check: checkScopes,
    page: { label: 'scopes', hint: 'scopesHint' },
  },
  /** Administrators of organisations may give it there. */
  delegated: {
    ...{ kind: 'flag', json: 'delegated' },
    says: 'true: administrators of organisations may give it there; absent: as before, at first not',
    option: {
      ...{ name: 'delegated', value: 'yes|no' },
      help: 'whether administrators of organisations may give the role in theirs; absent: as before, at first no',
    },
    check: checkDelegated,
    page: { label: 'delegate' },
    isNotOf: isOfAdministrators,
  },
} as const satisfies Record<string, PolicyField>;

type Fields = typeof policyFields;
export const policyFieldNames = Object.keys(policyFields) as readonly (keyof Fields)[];

/** The fields in the form of the row, of the domain object, and of input. */
export type PolicyColumns = ColumnsOf<Fields>;
export type PolicyValues = ValuesOf<Fields>;
export type GivenPolicyValues = { [Name in keyof GivenValues<Fields>]: GivenValues<Fields>[Name] | undefined };

/** @throws PolicyError for the first invalid value */
export function checkPolicyValues(given: Partial<GivenPolicyValues>, around: AroundPolicy): void {
  for (const name of policyFieldNames) {
    const { kind, isNeeded, check }: PolicyField = policyFields[name];
    const value = given[name] ?? (isNeeded === true ? emptyOf({ kind }) : undefined);
    if (value !== undefined) (check as ((value: unknown, around: AroundPolicy) => void) | undefined)?.(value, around);
  }
}

function checkDelegated(isDelegated: boolean, { role }: AroundPolicy): void {
  if (isDelegated && isOfAdministrators(role))
    throw new PolicyError('Administrators of organisations are made by the platform alone');
}

function checkScopes(scopes: readonly string[], { types }: AroundPolicy): void {
  if (scopes.length === 0) throw new PolicyError('A policy needs at least one scope, such as user/Patient.rs');
  for (const scope of scopes) requireScope(scope, types);
}

function requireScope(text: string, types: ReadonlySet<string> | undefined): void {
  const scope = parseScope(text, types && { types });
  const unknown = /\{(?!organization\}|practitioner\})[^}]*\}?/.exec(text);
  if (unknown !== null) {
    throw new PolicyError(`"${text}" has ${unknown[0]}: what can be put in is {organization} and {practitioner}`);
  }
  if (scope?.context === 'user' || identifierTypeOf(text) !== undefined || text === trailRight) return;
  throw new PolicyError(
    `"${text}" is not a scope of a policy: write it as user/Patient.rs, with letters in the order c r u d s, and a search ` +
      'behind it where it is not for all resources of the type: user/Encounter.rs?service-provider={organization}. National ' +
      'identifiers are written with dhp.national-identifiers/Patient (or /Practitioner, /RelatedPerson, /Person, /*) beside, and the trail of ' +
      `requests is read with ${trailRight}`,
  );
}

/**
 * Checks the stored values, since a field that is not given keeps its value.
 * @throws PolicyError for a role that is delegated to administrators of organisations and may read the trail of all organisations
 */
export function checkStoredPolicy({ scopes, delegated }: Pick<PolicyValues, 'scopes' | 'delegated'>): void {
  if (delegated && scopes.includes(trailRight))
    throw new PolicyError(`A role with ${trailRight} is given by the platform alone: it cannot be delegated`);
}
