/** Access policies of an environment, as one document: whom each rule names, what it permits or refuses, of which resources. */

/** The interactions of a rule, each with the letter that SMART scopes have for it. */
export const interactions = { create: 'c', read: 'r', update: 'u', delete: 'd', search: 's' } as const;
export type InteractionName = keyof typeof interactions;
/** A permission as SMART scopes write it. */
export type Permission = (typeof interactions)[InteractionName];

/** The kinds of authority under which a token acts. */
export const authorities = ['system', 'user', 'patient'] as const;
export type Authority = (typeof authorities)[number];

export interface PolicySet {
  /** The rights of those whom no rule with `permit` names: those of their scopes, or none. */
  readonly others: 'as-scoped' | 'nothing';
  readonly rules: readonly PolicyRule[];
}

export interface PolicyRule {
  /** By which records and explanations name it. */
  readonly name: string;
  readonly effect: 'permit' | 'deny';
  readonly who: Who;
  /** Types of resources; `*`: all. */
  readonly types: readonly string[];
  readonly interactions: readonly InteractionName[];
  /** The resources of the types, as the query of a search; undefined: all of them. */
  readonly criteria?: string;
}

/** The callers of a rule: those for whom each of the given members holds. */
export interface Who {
  readonly everyone?: true;
  /** Ids of clients. */
  readonly client?: readonly string[];
  /** Records of persons, such as `Practitioner/2`. */
  readonly person?: readonly string[];
  readonly authority?: readonly Authority[];
}

/** A caller, as far as rules can name one. */
export interface PolicyCaller {
  readonly client: string;
  readonly person?: string | undefined;
  readonly authority: Authority;
}

/** Whether a rule is about a caller. */
export function names({ client, person, authority }: Who, caller: PolicyCaller): boolean {
  if (client !== undefined && !client.includes(caller.client)) return false;
  if (person !== undefined && (caller.person === undefined || !person.includes(caller.person))) return false;
  return authority === undefined || authority.includes(caller.authority);
}

/** Whether a rule is about an interaction with something of a type. */
export function concerns(rule: PolicyRule, permission: Permission, type: string): boolean {
  if (!rule.types.includes('*') && !rule.types.includes(type)) return false;
  return rule.interactions.some((name) => interactions[name] === permission);
}
