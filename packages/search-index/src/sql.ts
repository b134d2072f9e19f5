/** The side door to statements: their pieces, running them, and the columns of their rows. */
export { CompiledFragment } from './compiled/compiled-fragment.ts';
export { booleanOf, numberOf, numbers, separator, textOf, type Column } from './sql/columns.ts';
export { fragmentsFor, timeText, type CommitOrder, type Connections, type Fragment, type Sql } from './sql/fragment.ts';
export { statementOf } from './sql/statement.ts';
export { literalsFor, textFor, type IndexPlace, type IndexTables } from './sql/index-tables.ts';
export type { Among, Merge, Run } from './sql/run.ts';
