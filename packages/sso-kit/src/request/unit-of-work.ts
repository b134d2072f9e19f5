/**
 * Unit of work: the changes of a request are written just before its answer, in one statement and one commit, with their audit records.
 * Written one by one, the changes of a sign-in are eighteen commits, each waiting for the disk.
 */
import type { Session } from '@dhp/postgres';
import { isConnectionError } from '@dhp/postgres/errors';

/** A statement, or a part of one. */
export type PendingQuery = ReturnType<Session>;

/** Parts of one statement: they see the database as it was before all of them, so two parts must not touch the same row. */
export interface Change {
  /** Statements that change something; other parts can refer to the result of one by its name. They run in this order. */
  readonly parts: readonly { readonly name?: string; readonly statement: PendingQuery }[];
  /** A condition that is evaluated once it is written, as an expression over the named parts; and the function to call if it holds. */
  readonly told?: { readonly when: PendingQuery; readonly then: () => void };
  /** Names of parts that must find or change a row: if one finds none, nothing of the whole statement is written (`EndedMeanwhile`). */
  readonly needs?: readonly string[];
  /** It is written even if the others are not, because the session of the request has ended meanwhile. */
  readonly standsAlone?: boolean;
  /** It may be lost if the machine fails within the next second: a person who has begun to sign in then begins again. */
  readonly isFleeting?: boolean;
}

/** A row on which a request depends was removed while it was served, such as the session of its browser: nothing was written. */
export class EndedMeanwhile extends Error {
  override readonly name = 'EndedMeanwhile';
  /** For the edge: the caller begins again. */
  readonly statusCode = 400;
}

/** A column that makes a statement's commit not wait for the disk. */
export function withoutWaiting(sql: Session): PendingQuery {
  return sql`set_config('synchronous_commit', 'off', true)`;
}

/** @template Event the records of the changes */
export interface UnitOfWork<Event = unknown> {
  /** Defers a change, replacing one deferred under the same key. */
  put(key: string, change: Change): void;
  record(event: Event): void;
  /** Whether a change was deferred under a key with this prefix. */
  holds(prefix: string): boolean;
  /** Writes the changes deferred so far; undefined if there are none. */
  write(): Promise<void> | undefined;
}

/**
 * @param o.inserting the statement that inserts records
 * @param o.retry accepts records that could not be written because the database was unreachable
 */
export function createUnitOfWork<Event>(
  sql: Session,
  o: {
    inserting: (sql: Session, events: readonly Event[]) => PendingQuery;
    retry: (events: readonly Event[]) => void;
  },
): UnitOfWork<Event> {
  const changes = new Map<string, Change>();
  let events: Event[] = [];

  async function run(put: readonly Change[], recorded: readonly Event[]): Promise<void> {
    const records = recorded.length === 0 ? [] : [{ parts: [{ statement: o.inserting(sql, recorded) }] }];
    try {
      await writeTogether(sql, [...put, ...records]);
    } catch (error) {
      if (isConnectionError(error)) o.retry(recorded);
      const alone = error instanceof EndedMeanwhile ? put.filter(({ standsAlone }) => standsAlone) : [];
      if (alone.length > 0) await writeTogether(sql, alone);
      throw error;
    }
  }

  return {
    put: (key, change) => void changes.set(key, change),
    record: (event) => void events.push(event),
    holds: (prefix) => changes.keys().some((key) => key.startsWith(prefix)),
    write() {
      const [put, recorded] = [[...changes.values()], events];
      changes.clear();
      events = [];
      return put.length + recorded.length === 0 ? undefined : run(put, recorded);
    },
  };
}

/** Writes changes in one statement and one commit. */
export async function writeTogether(sql: Session, changes: readonly Change[]): Promise<void> {
  const parts = changes.flatMap((one) => one.parts);
  const told = changes.flatMap((one) => one.told ?? []);
  const needed = changes.flatMap((one) => one.needs ?? []);
  const isFleeting = changes.every((one) => one.isFleeting);
  if (parts.length === 1 && told.length + needed.length === 0 && !isFleeting) {
    await sql`${parts[0]!.statement}`;
    return;
  }
  const comma = (one: PendingQuery, next: PendingQuery): PendingQuery => sql`${one}, ${next}`;
  const tables = parts
    .map(({ name, statement }, index): PendingQuery => sql`${sql(name ?? `part_${String(index)}`)} as (${statement})`)
    .reduce(comma);
  // Needed parts come first: their rows are locked before those that the other parts change.
  const answers = [...needed.map((name) => foundIn(sql, name)), ...told.map(({ when }) => when)].reduce<PendingQuery>(
    comma,
    isFleeting ? withoutWaiting(sql) : sql`true`,
  );
  const [row] = await sql<unknown[][]>`with ${tables} select ${answers}`.values().catch((error: unknown) => {
    const isMissing = needed.length > 0 && (error as { code?: unknown }).code === divisionByZero;
    throw isMissing ? new EndedMeanwhile('What the request goes by has ended meanwhile', { cause: error }) : error;
  });
  told.forEach(({ then }, index) => {
    if (row?.[needed.length + index + 1] === true) then();
  });
}

const divisionByZero = '22012';

/** An expression that makes the whole statement fail if a part has changed no row: a separate statement could not undo the others. */
function foundIn(sql: Session, part: string): PendingQuery {
  return sql`1 / (select count(*)::int from ${sql(part)})`;
}
