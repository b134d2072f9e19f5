/** The session that runs a statement: a pool, where the statement is a transaction of its own, or an open transaction. */
export type { Session } from '@dhp/postgres';
