/** Decides each guard of the table of duties. */
import { coverageOf } from '@dhp/smart-scopes';
import type { Session } from '@dhp/postgres';
import { AccountError, usernameOf } from '@dhp/accounts';
import { selectDevelopersOf } from '@dhp/applications';
import { isIndependent, principalsOf, clientIdShape } from '@dhp/clients';
import { organizationAdministrator } from '@dhp/accounts/policies';
import { selectAccountByName, type AccountRow, isAdministrator, selectHeldRoles } from '@dhp/accounts/rows';
import { selectClient, type ClientRow } from '@dhp/clients/rows';
import { selectNameInCase } from '@dhp/accounts/identity-rows';
import type { Guard } from './duties.ts';
import type { Input } from '@dhp/sso-kit/input';
import { isAdminScope } from '@dhp/clients/fields';

export interface Attempt {
  readonly sql: Session;
  /** As the audit trail names it: `client:ID` or `account:SUB`. */
  readonly actor: string;
  readonly input: Input;
  readonly now: Date;
  /** The person that the act concerns; undefined if the act concerns something else. */
  readonly person: AccountRow | undefined;
  readonly client: ClientRow | undefined;
}

/**
 * Guards of the acts of the API. The others are decided where they act: in the acts of an organisation's administrators, and by the
 * environment.
 */
type ApiGuard = Exclude<
  Guard,
  'own-emergency' | 'other-environment' | 'other-organization' | 'undelegated-role' | 'administrator-of-any-kind'
>;

/** Each function returns true if the guard refuses the act. */
const decisions: Record<ApiGuard, (attempt: Attempt) => boolean | Promise<boolean>> = {
  'own-account': ({ actor, person }) => person !== undefined && actor === `account:${person.account_id}`,
  administrator: ({ sql, actor, person }) =>
    person !== undefined && isClient(actor) && isAdministrator(sql, person.account_id),
  'own-role': hasRole,
  'credential-holder': async ({ person, ...attempt }) =>
    person !== undefined && (await accountsBehind(attempt)).includes(person.account_id),
  'organization-administrator': ({ actor, input }) =>
    isClient(actor) && input.text('role') === organizationAdministrator,
  'own-client': ({ actor, client }) => client !== undefined && actor === `client:${client.client_id}`,
  'administering-client': ({ actor, client }) => isClient(actor) && client?.scopes.some(isAdminScope) === true,
  'stronger-client': isStronger,
  'administering-scope': ({ client, input }) =>
    input.words('scope')?.some((scope) => isAdminScope(scope) && client?.scopes.includes(scope) !== true) === true,
  'own-work': isOwnWork,
};

const isClient = (actor: string): boolean => actor.startsWith('client:');

/** @returns the first guard that refuses */
export async function refusedBy(never: readonly Guard[], attempt: Attempt): Promise<Guard | undefined> {
  for (const guard of never)
    if (Object.hasOwn(decisions, guard) && (await decisions[guard as ApiGuard](attempt))) return guard;
  return undefined;
}

export type Targets = Pick<Attempt, 'person' | 'client'>;

/** The person and the client that an act names, when they exist. */
export async function targetsOf(sql: Session, input: Input): Promise<Targets> {
  const [caseId, clientId] = [input.part('case_id'), input.part('client_id') || sourceIn(input)];
  const username = caseId === '' ? input.part('username') : await selectNameInCase(sql, caseId);
  return {
    person: username === '' ? undefined : await personNamed(sql, username),
    client: clientId === '' ? undefined : await selectClient(sql, clientId),
  };
}

/**
 * The `resource_type` of an input marks an identity source, as no other act has this member. Returns the client's id, or an empty text for
 * other acts.
 */
function sourceIn(input: Input): string {
  const id = input.value('resource_type') === undefined ? undefined : input.value('client_id');
  return typeof id === 'string' && clientIdShape.test(id) ? id : '';
}

async function personNamed(sql: Session, username: string): Promise<AccountRow | undefined> {
  try {
    return await selectAccountByName(sql, usernameOf(username));
  } catch (error) {
    if (error instanceof AccountError) return undefined; // the act says so itself
    throw error;
  }
}

/** Whether the actor has the role: only people who do not have it may change its permissions. */
async function hasRole(attempt: Attempt): Promise<boolean> {
  const { sql, input } = attempt;
  for (const accountId of await accountsBehind(attempt)) {
    const held = await selectHeldRoles(sql, accountId, input.environmentIn('environment'));
    if (held.some(({ role }) => role === input.part('role'))) return true;
  }
  return false;
}

/** Returns the accounts that may be behind the actor: the actor, if it is a person, and everybody who knows credentials of the actor. */
async function accountsBehind({ sql, actor, now }: Pick<Attempt, 'sql' | 'actor' | 'now'>): Promise<string[]> {
  const found = (await principalsOf(sql, [actor], now)).map((one) => /^account:(.+)$/.exec(one)?.[1]);
  return found.filter((one) => one !== undefined);
}

/**
 * Whether the actor takes part in the client's development. Developers of an organisation take part in each of its applications, also in
 * those that a colleague requests.
 */
async function isOwnWork({ sql, actor, client, now }: Attempt): Promise<boolean> {
  if (client === undefined) return false;
  const others = (await selectDevelopersOf(sql, client.client_id)).map((one) => `account:${one}`);
  return !(await isIndependent(sql, actor, client, { others, now }));
}

/** Whether the secret of the client would give the actor scopes that were not approved for the actor. */
async function isStronger({ sql, actor, client }: Attempt): Promise<boolean> {
  if (!isClient(actor) || client?.environment !== 'production' || client.approved_at === null) return false;
  const own = await selectClient(sql, actor.slice('client:'.length));
  const has = own?.environment === 'production' ? own.scopes : [];
  return !client.scopes.every(coverageOf(has));
}
