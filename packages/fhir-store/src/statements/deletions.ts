/** Bulk deletions as fhir.deletion and fhir.deletion_item have them. */
import type { Attempt } from './jobs.ts';
import type { Session } from './session.ts';

/** A resource that is to be deleted. */
export interface DeletionItem {
  /** From 0, in the order of processing. */
  readonly number: number;
  readonly type: string;
  readonly id: string;
}

/** An item that was tried. `waits`: something refers to it, and it is tried again. */
export interface SettledItem {
  readonly number: number;
  readonly state: 'deleted' | 'gone' | 'waits' | 'refused';
  /** OperationOutcome as JSON, if it was refused. */
  readonly outcome: string | null;
}

/** How many resources of a type had each result. */
export interface DeletionCount {
  readonly type: string;
  readonly state: 'found' | SettledItem['state'];
  readonly count: number;
}

export interface RefusedItem extends DeletionItem {
  readonly outcome: string;
}

/** Another holder continues with the deletion, or it is to be stopped: nothing of the step may be stored. */
export class DeletionLost extends Error {
  override readonly name = 'DeletionLost';
}

/**
 * Begins to note the items to be deleted, and discards those of an earlier attempt that did not note all of them. @returns whether all are noted
 * already @throws DeletionLost
 */
export async function beginDeletion(sql: Session, attempt: Attempt): Promise<boolean> {
  await requireHeld(sql, attempt);
  await sql`insert into fhir.deletion (job) values (${attempt.id}::uuid) on conflict do nothing`;
  const [row] = await sql<
    { found: boolean }[]
  >`select found from fhir.deletion where job = ${attempt.id}::uuid for update`;
  if (row?.found === true) return true;
  await sql`delete from fhir.deletion_item where job = ${attempt.id}::uuid`;
  return false;
}

/** @throws DeletionLost */
export async function insertItems(sql: Session, attempt: Attempt, items: readonly DeletionItem[]): Promise<void> {
  await requireHeld(sql, attempt);
  await sql`
    insert into fhir.deletion_item (job, number, type, id)
    select ${attempt.id}::uuid, i.*
    from unnest(${items.map(({ number }) => String(number))}::int[], ${items.map(({ type }) => type)}::text[],
      ${items.map(({ id }) => id)}::text[]) as i`;
}

/** All is noted. @throws DeletionLost */
export async function endItems(sql: Session, attempt: Attempt): Promise<void> {
  await requireHeld(sql, attempt);
  await sql`update fhir.deletion set found = true where job = ${attempt.id}::uuid`;
}

/** Whether all that is to be deleted is noted. */
export async function isFound(sql: Session, job: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`select found from fhir.deletion where job = ${job}::uuid`;
  return row?.found === true;
}

interface AskedItems {
  readonly state: 'found' | 'waits';
  /** The number of the last known item; undefined: from the beginning. */
  readonly behind: number | undefined;
  /** Whether the order is reversed. */
  readonly isBackward: boolean;
  readonly most: number;
}

/** Items in a state, in their order, or from the end. */
export function selectItems(
  sql: Session,
  job: string,
  { state, behind, isBackward, most }: AskedItems,
): Promise<DeletionItem[]> {
  if (isBackward)
    return sql<DeletionItem[]>`
      select number, type, id from fhir.deletion_item
      where job = ${job}::uuid and state = ${state} and number < ${behind ?? 2 ** 31 - 1}::int
      order by number desc limit ${most}::int`;
  return sql<DeletionItem[]>`
    select number, type, id from fhir.deletion_item
    where job = ${job}::uuid and state = ${state} and number > ${behind ?? -1}::int order by number limit ${most}::int`;
}

/**
 * Notes the results of items, in the transaction that deletes them. Of two holders that have begun with the same items only one succeeds.
 * @throws DeletionLost
 */
export async function settleItems(session: Session, attempt: Attempt, items: readonly SettledItem[]): Promise<void> {
  const { id, holder } = attempt;
  const noted = await session`
    update fhir.deletion_item i set state = s.state, outcome = s.outcome
    from unnest(${items.map(({ number }) => String(number))}::int[], ${items.map(({ state }) => state)}::text[],
      ${items.map(({ outcome }) => outcome)}::text[]) as s (number, state, outcome)
    where i.job = ${id}::uuid and i.number = s.number and i.state in ('found', 'waits') and exists (
      select from fhir.job j
      where j.id = ${id}::uuid and j.holder = ${holder} and j.attempt = ${attempt.attempt}::smallint and j.state = 'running' and not j.stops)
    returning 1`;
  if (noted.length !== items.length) throw new DeletionLost('another holder is further with the deletion');
}

/** Asks for a purge of items that were deleted, of an operator, in the transaction that deletes them. */
export async function askPurge(session: Session, job: string, items: readonly SettledItem[]): Promise<void> {
  const gone = items.filter(({ state }) => state === 'deleted' || state === 'gone');
  if (gone.length === 0) return;
  await session`
    insert into fhir.purge_request (id, client) select id, client from fhir.job where id = ${job}::uuid on conflict do nothing`;
  await session`
    insert into fhir.purge_item (request, type, id)
    select job, type, id from fhir.deletion_item
    where job = ${job}::uuid and number = any(${`{${gone.map(({ number }) => String(number)).join()}}`}::int[]) on conflict do nothing`;
}

/** Refuses waiting items: their references will not disappear. @throws DeletionLost */
export async function refuseWaiting(sql: Session, attempt: Attempt): Promise<void> {
  await requireHeld(sql, attempt);
  await sql`update fhir.deletion_item set state = 'refused' where job = ${attempt.id}::uuid and state = 'waits'`;
}

export async function countItems(sql: Session, job: string): Promise<DeletionCount[]> {
  const rows = await sql<(Omit<DeletionCount, 'count'> & { count: string })[]>`
    select type, state, count(*) as count from fhir.deletion_item where job = ${job}::uuid group by type, state order by type, state`;
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Refused items with a stored reason, in their order. @param behind the number of the last known one */
export function selectRefused(
  sql: Session,
  job: string,
  { behind, most }: { behind: number; most: number },
): Promise<RefusedItem[]> {
  return sql<RefusedItem[]>`
    select number, type, id, outcome from fhir.deletion_item
    where job = ${job}::uuid and state = 'refused' and outcome is not null and number > ${behind}::int order by number limit ${most}::int`;
}

/** Whether a job is a deletion that has ended, of an owner. */
export async function ownsDeletion(sql: Session, job: string, owner: Buffer): Promise<boolean> {
  const [row] = await sql<{ owned: boolean }[]>`
    select exists (
      select from fhir.job j
      where j.id = ${job}::uuid and j.owner = ${owner} and j.kind = 'bulk-delete' and j.state = 'ended' and not j.stops
        and j.expires > clock_timestamp()) as owned`;
  return row?.owned === true;
}

async function requireHeld(sql: Session, { id, attempt, holder }: Attempt): Promise<void> {
  const held = await sql`
    select from fhir.job
    where id = ${id}::uuid and holder = ${holder} and attempt = ${attempt}::smallint and state = 'running' and not stops
    for share`;
  if (held.length === 0) throw new DeletionLost('the deletion is not this holder’s any more');
}
