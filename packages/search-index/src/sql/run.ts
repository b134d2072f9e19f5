import type { Column } from './columns.ts';
import type { Fragment, Sql } from './fragment.ts';

/**
 * Runs a statement on the connections of the tag; `what` says what for, for `_explain`. Rows come as raw Buffers.
 * @throws SearchTimeout when it takes longer than the session allows
 */
export type Run = (sql: Sql, statement: Fragment, what: string) => Promise<Column[][]>;
