/** Access policies of an environment, as one document: rules with their callers, effects and resources. */

/** The interactions of a rule, each with the letter that SMART scopes have for it. */
export const interactions = { create: 'c', read: 'r', update: 'u', delete: 'd', search: 's' } as const;
export type InteractionName = keyof typeof interactions;
/** A permission as SMART scopes write it. */
export type Permission = (typeof interactions)[InteractionName];

/** The kinds of authority under which a token acts. */
export const authorities = ['system', 'user', 'patient'] as const;
export type Authority = (typeof authorities)[number];

/** Types of resources that make a care relation between a health worker and a patient, and that have windows. */
export const careTypes = [
  'Encounter',
  'EpisodeOfCare',
  'CareTeam',
  'Patient',
  'ServiceRequest',
  'Task',
  'Appointment',
] as const;
export type CareType = (typeof careTypes)[number];

/** The binding of persons to the patients for whom they care. */
export interface CarePolicy {
  /** Roles whose holders see only the records of these patients. */
  readonly roles: readonly string[];
  /** Types that are not bound. */
  readonly except?: readonly string[];
  /** Days for which a link counts before its begin, after its end, and while it has none. */
  readonly windows?: Readonly<Partial<Record<CareType, Partial<Record<(typeof windowParts)[number], number>>>>>;
}

/** Breaking the glass: an emergency in which care, and optionally consents, are not checked for one patient. */
export interface BreakGlassPolicy {
  /** Roles whose holders may do it. */
  readonly roles: readonly string[];
  /** For how long one reason counts; undefined: 30. */
  readonly minutes?: number;
  /** Hours for which a sign-in with two factors counts; undefined: 8. */
  readonly factorHours?: number;
  /** The factors that are not asked; undefined: care alone. */
  readonly overrides?: readonly Overridden[];
}

export const overridable = ['care', 'consent'] as const;
export type Overridden = (typeof overridable)[number];

export const windowParts = ['before', 'after', 'open'] as const;

export interface PolicySet {
  /** The rights of callers that no rule with `permit` names: those of their scopes, or none. */
  readonly others: 'as-scoped' | 'nothing';
  readonly rules: readonly PolicyRule[];
  /** Consents of patients are enforced; undefined: they are stored, and refuse nothing. */
  readonly consent?: 'enforced';
  /** Codes of purposes of use of requests that state none, for consents with purposes; undefined: unknown. */
  readonly purposes?: readonly string[];
  /** Undefined: access is not bound to care relations. */
  readonly care?: CarePolicy;
  /** Undefined: breaking the glass is not possible. */
  readonly breakGlass?: BreakGlassPolicy;
  /** Labels that resources receive, and the clearances for them; undefined: only writers set labels, which withhold nothing. */
  readonly labels?: LabelPolicies;
}

export interface LabelPolicies {
  readonly rules: readonly LabelRule[];
  readonly clearances: readonly Clearance[];
}

/** A resource with a code of the value sets, or one of the codes, receives the labels. */
export interface LabelRule {
  readonly name: string;
  /** `system|code`, as codes are. */
  readonly labels: readonly string[];
  /** Canonicals. */
  readonly valueSets?: readonly string[];
  readonly codes?: readonly string[];
}

/** A right to see resources with some labels. */
export interface Clearance {
  readonly name: string;
  readonly who: Who;
  readonly labels: readonly string[];
  /** Codes of purposes of use, one of which the request must have; undefined: any purpose. */
  readonly purposes?: readonly string[];
  /** The request itself has to state the purpose, and it is enough that it does; undefined: the policies must state it for all requests. */
  readonly stated?: true;
}

export interface PolicyRule {
  /** Its name in records and explanations. */
  readonly name: string;
  /** `limit`: it concerns elements of resources, not whole resources. */
  readonly effect: 'permit' | 'deny' | 'limit';
  readonly who: Who;
  /** Types of resources; `*`: all. */
  readonly types: readonly string[];
  /** Empty if it limits elements. */
  readonly interactions: readonly InteractionName[];
  /** The resources of the types, as the query of a search; undefined: all of them. */
  readonly criteria?: string;
  /** Elements of the types that are left out of all answers. */
  readonly hide?: readonly string[];
  /** Elements of the types that are not written. */
  readonly readOnly?: readonly string[];
}

/** The callers of a rule: all given members must hold. */
export interface Who {
  readonly everyone?: true;
  /** Ids of clients. */
  readonly client?: readonly string[];
  /** Records of persons, such as `Practitioner/2`. */
  readonly person?: readonly string[];
  readonly authority?: readonly Authority[];
  /** Roles of persons, such as `family-doctor`. */
  readonly role?: readonly string[];
  /** Organisations, such as `Organization/7`, or `*` for any: in which a person has the role, or for which a client acts. */
  readonly organization?: readonly string[];
  /** Codes of purposes of use that a request states, or the policies state for it. */
  readonly purpose?: readonly string[];
}

/** A role of a person, or a client's place, in an organisation. */
export interface Position {
  /** Undefined: that of a client that acts for itself. */
  readonly role?: string | undefined;
  /** `Organization/7`. */
  readonly organization: string;
}

/** A caller, as far as rules can name one. */
export interface PolicyCaller {
  readonly client: string;
  readonly person?: string | undefined;
  readonly authority: Authority;
  readonly positions?: readonly Position[] | undefined;
  /** The purposes of use of the request; undefined if unknown. */
  readonly purposes?: readonly string[] | undefined;
}

/** Whether a rule is about a caller. */
export function names(who: Who, caller: PolicyCaller): boolean {
  const { client, person, authority, purpose } = who;
  if (client !== undefined && !client.includes(caller.client)) return false;
  if (person !== undefined && (caller.person === undefined || !person.includes(caller.person))) return false;
  if (authority !== undefined && !authority.includes(caller.authority)) return false;
  if (purpose !== undefined && caller.purposes?.some((one) => purpose.includes(one)) !== true) return false;
  return (who.role === undefined && who.organization === undefined) || positionsOf(who, caller).length > 0;
}

/** The positions of a caller by which a rule names it: role and organisation must be of one position. */
export function positionsOf({ role, organization }: Who, { positions = [] }: PolicyCaller): readonly Position[] {
  return positions.filter(
    (held) =>
      (role === undefined || (held.role !== undefined && role.includes(held.role))) &&
      (organization === undefined || organization.includes('*') || organization.includes(held.organization)),
  );
}

/** Whether a rule is about an interaction with something of a type. */
export function concerns(rule: PolicyRule, permission: Permission, type: string): boolean {
  if (!rule.types.includes('*') && !rule.types.includes(type)) return false;
  return rule.interactions.some((name) => interactions[name] === permission);
}
