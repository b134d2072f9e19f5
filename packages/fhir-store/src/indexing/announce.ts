/**
 * Announces, while a server lives, the index definitions for which it makes rows: the next definition waits for servers that do not make
 * it.
 */
import { randomUUID } from 'node:crypto';
import type { Sql } from '@dhp/postgres';
import type { IndexDefinitions } from '../statements/index-definition.ts';
import { announceServer, withdrawServer } from '../statements/index-next.ts';

/** Milliseconds between two announcements, and after which a server that is silent counts as ended. */
export interface Announcing {
  readonly every: number;
  readonly lease: number;
}

export const usualAnnouncing: Announcing = { every: 15_000, lease: 60_000 };

/** Failures are passed over, and tried again: a server that cannot reach the database cannot write either. */
export function announce(
  sql: Sql,
  definitions: IndexDefinitions,
  { every, lease }: Announcing,
): { close(): Promise<void> } {
  const made = definitions.map(({ version }) => version);
  const id = randomUUID();
  let said = announceServer(sql, { id, made, lease }).catch(() => undefined);
  const timer = setInterval(() => {
    said = announceServer(sql, { id, made, lease }).catch(() => undefined);
  }, every);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await said;
      await withdrawServer(sql, id).catch(() => undefined);
    },
  };
}
