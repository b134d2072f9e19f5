import { pageStatement, type PageColumns } from './page-statement.ts';
import type { PlanAlternative } from '../plan/plan-node.ts';
import type { Order } from '../sort/order.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';

/** The rows and columns of a page, and their order. */
export interface PageAsked {
  readonly order: Order;
  readonly rows: number;
  readonly columns: PageColumns;
}

/** The statement of plan alternatives; whether it is for sessions that do not sort; and `PlanAlternative.known`. */
export function statementOfPage(
  sql: Sql,
  alternatives: readonly PlanAlternative[],
  { order, rows, columns }: PageAsked,
): { statement: Fragment; isOrdered: boolean; known: boolean } {
  const isOrdered = alternatives.every(
    ({ nodes, inOrder }) => inOrder ?? nodes.every(({ kind }) => kind === 'ordered-scan'),
  );
  const known = alternatives.some((alternative) => alternative.known);
  const values = known ? order.columns.map((column) => column.known ?? column) : order.columns;
  const asked = { alternatives, order: { ...order, columns: values }, rows };
  return { statement: pageStatement(sql, asked, columns), isOrdered, known };
}
