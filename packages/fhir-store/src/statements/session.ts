import type { Sql } from '@dhp/postgres';

/** What runs a statement: a pool, where it is a transaction of its own, or an open transaction. */
export type Session = Sql | Transaction;
type Transaction = Parameters<Parameters<Sql['begin']>[1]>[0];
