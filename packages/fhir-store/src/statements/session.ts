/** The session that runs a statement: a pool, if the statement is its own transaction, or an open transaction. */
export type { Session } from '@dhp/postgres';
