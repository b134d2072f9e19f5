/** Approval of clients of production: the changes that need another approval, and who is independent enough to give it. */
import { coverageOf } from '@dhp/smart-scopes';
import type { Session } from '@dhp/postgres';
import type { ClientRow } from '../store/clients.ts';
import { selectPrincipals } from '../store/custody.ts';
import { valuesOf } from './client.ts';
import type { ClientField } from '../fields/client-field.ts';
import {
  clientDetails,
  clientFields,
  detailNames,
  fieldNames,
  type ClientDetails,
  type ClientValues,
} from '../fields/client-fields.ts';

/** How long somebody who has set a person's password or reset the factors counts as that person. */
const custodyDays = 30;

/** By kind of widening, whether the new value is within the approved one. */
const within: Record<ClientField['widens'], (before: unknown, after: unknown, kind: ClientField['kind']) => boolean> = {
  never: () => true,
  // Removing a picture shows nothing that was not approved.
  another: (before, after, kind) => (kind === 'picture' && after === undefined) || isSame(before, after),
  more: (before, after, kind) =>
    kind === 'words' ? texts(after).every(coverageOf(texts(before))) : isPart(texts(after), texts(before)),
  'more, none is all': (before, after) =>
    texts(before).length === 0 || (texts(after).length > 0 && isPart(texts(after), texts(before))),
  on: (before, after) => before === true || after !== true,
  off: (before, after) => before !== true || after === true,
};

/** Whether an approval of the first is valid for the second: no approved value has been widened. */
export function isWithin(before: ClientRow, after: ClientValues & { details: ClientDetails }): boolean {
  const was = valuesOf(before);
  const fits = ({ widens, kind }: ClientField, then: unknown, now: unknown): boolean => within[widens](then, now, kind);
  return (
    fieldNames.every((name) => fits(clientFields[name], was[name], after[name])) &&
    detailNames.every((name) => fits(clientDetails[name], before.details[name], after.details[name]))
  );
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as string[]) : []);

/** Whether they are equal, whatever the order of the keys of a set and of their members. */
function isSame(a: unknown, b: unknown): boolean {
  const members = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys)
      ? value.keys.map((key: object) => JSON.stringify(Object.entries(key).sort(([x], [y]) => (x < y ? -1 : 1)))).sort()
      : value;
  return JSON.stringify(members(a)) === JSON.stringify(members(b));
}

function isPart(now: readonly string[], then: readonly string[]): boolean {
  return now.every((one) => then.includes(one));
}

/**
 * Whether the actor has no part in what is to be approved: the actor has neither made the client nor widened it since its approval, and
 * neither holds the credentials of a person who did nor had theirs held by one.
 * @param o.others further actors who have a part in it
 */
export async function isIndependent(
  sql: Session,
  actor: string,
  client: ClientRow,
  { others, now }: { others: readonly string[]; now: Date },
): Promise<boolean> {
  const authors = [...client.widened_by, ...(client.created_by === null ? [] : [client.created_by]), ...others];
  const [those, these] = [await principalsOf(sql, authors, now), await principalsOf(sql, [actor], now)];
  return !these.some((one) => those.includes(one));
}

/** The actors themselves, and everybody who holds their credentials and so can act as them. */
export function principalsOf(sql: Session, actors: readonly string[], now: Date): Promise<string[]> {
  return selectPrincipals(sql, actors, new Date(now.getTime() - custodyDays * 86_400_000));
}
