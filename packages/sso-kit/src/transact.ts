import { setTimeout as delay } from 'node:timers/promises';
import type { Session, Sql } from '@dhp/postgres';

/** Two took what the other needed next, and PostgreSQL has ended this one: deadlock_detected, serialization_failure. */
const overtaken = new Set(['40P01', '40001']);
const mostTries = 4;

/**
 * Runs work in a transaction, and once more where another one was in its way: sign-ins, refreshes and acts on a person change the same rows
 * in an order that each of them has of its own.
 * @param work changes nothing but the database
 * @throws what the work throws, and the error of PostgreSQL when the fourth try is ended as well
 */
export function transact<Result>(sql: Sql, work: (transaction: Session) => Promise<Result>): Promise<Result> {
  return again(() => sql.begin<Result>(work));
}

/** As `transact`, for a statement that is its own transaction. */
export async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === mostTries || !overtaken.has(String((error as { code?: unknown }).code))) throw error;
      // Those that met start again at different moments.
      await delay(Math.random() * 20 * tries);
    }
  }
}
