/** Tables whose partitions a statement reads all, by its plan. */
import type { Session } from '@dhp/postgres';
import { partitionKeys } from '../../src/placement/distribution.ts';

interface Node {
  readonly 'Relation Name'?: string;
  readonly Schema?: string;
  readonly Plans?: readonly Node[];
  readonly [name: string]: string | boolean | readonly Node[] | undefined;
}

/**
 * Settings for explaining statements: those of the store's sessions, in which rows are joined one by one. A plan is generic, as in these sessions,
 * so PostgreSQL prunes partitions only at execution: it can if each scan of a partition compares the dividing column with a value, or with a column
 * of rows found before.
 */
export const rowByRow = [
  'enable_seqscan',
  'enable_hashjoin',
  'enable_mergejoin',
  'enable_hashagg',
  'enable_material',
  'enable_memoize',
  'jit',
].map((name) => `set ${name} = off`);

/**
 * Explains a statement, without values.
 * @returns the tables, without duplicates, of which it reads partitions without a condition on the column that divides them, and how many scans of
 *   partitions the plan has in all
 * @throws PostgresError if it cannot be explained
 */
export async function unboundTables(sql: Session, text: string): Promise<{ unbound: string[]; scans: number }> {
  const [row] = await sql.unsafe(`explain (generic_plan, verbose, costs off, format json) ${text}`).values();
  const said = row![0];
  const [{ Plan: plan }] = (typeof said === 'string' ? JSON.parse(said) : said) as [{ Plan: Node }];
  const unbound = new Set<string>();
  let scans = 0;
  const visit = (node: Node): void => {
    const table = /^(.+)_\d+$/.exec(node['Relation Name'] ?? '')?.[1];
    if (node.Schema === 'parts' && table !== undefined && 'Alias' in node && isScan(node)) {
      scans += 1;
      if (!isBound(node, partitionKeys[table]!)) unbound.add(table);
    }
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(plan);
  return { unbound: [...unbound].sort(), scans };
}

function isScan(node: Node): boolean {
  return /Scan$/.test(typeOf(node)) && typeOf(node) !== 'Bitmap Index Scan';
}

function typeOf(node: Node): string {
  const type = node['Node Type'];
  return typeof type === 'string' ? type : '';
}

/** Conditions of a scan, those of the bitmaps below it among them. */
function isBound(node: Node, column: string): boolean {
  const conditions = ['Index Cond', 'Recheck Cond', 'Filter', 'TID Cond']
    .map((name) => node[name])
    .filter((each) => typeof each === 'string');
  const equal = new RegExp(`\\b${column} = `);
  const equalled = new RegExp(` = \\(?(?:\\w+\\.)?${column}\\b`);
  return (
    conditions.some((each) => equal.test(each) || equalled.test(each)) ||
    (node.Plans ?? []).some((child) => typeOf(child) === 'Bitmap Index Scan' && isBound(child, column))
  );
}
