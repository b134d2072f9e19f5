import { randomUUID } from 'node:crypto';
import type { Session, Sql } from '@dhp/postgres';

/**
 * Runs `work` in a transaction of several statements. It verifies two things: that a statement still runs in the transaction and not in a
 * new session (`work` has the lock token, and its statements check it), and that an answered commit has stored something: the server
 * answers a commit without a transaction, or after a failure, without an error, which `begin` detects.
 * @throws ConnectionError if it did not commit, or if the outcome is unknown
 */
export async function inTransaction<R>(
  sql: Sql,
  work: (session: Session, lockToken: string) => Promise<R>,
): Promise<R> {
  const lockToken = randomUUID();
  return sql.begin({ local: { 'fhir.claim': lockToken } }, (session) => work(session, lockToken));
}
