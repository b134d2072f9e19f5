/** What runs a statement: a pool, where it is a transaction of its own, or an open transaction. */
export type { Session } from '@dhp/postgres';
