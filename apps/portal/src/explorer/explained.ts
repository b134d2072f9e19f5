/**
 * The answer to `_explain` in words: the search as the server understood it, and for each statement the rows read, the rows found, and the
 * time.
 */
import { markup, type Html } from '@dhp/web-kit';
import type { Page } from '../page/layout.ts';
import { explorerMessages } from '../texts/explorer.ts';

/** One look of a plan into a table or an index. */
export interface Scan {
  readonly table: string;
  /** Absent if the whole table was read. */
  readonly index: string | undefined;
  /** Of all loops together. */
  readonly rows: number;
  /** Rows that were read and did not match the other conditions. */
  readonly removed: number;
}

export interface ExplainedStatement {
  readonly what: string;
  readonly milliseconds: number;
  /** Rows that it gave. */
  readonly rows: number;
  readonly scans: readonly Scan[];
}

export interface ExplainedSearch {
  readonly query: string;
  readonly statements: readonly ExplainedStatement[];
}

/** The most statements and scans that are described: a plan may have hundreds, and the answer shows them all. */
const most = 20;

/** @returns undefined for a body that is not such an answer, or was cut */
export function explainedIn(body: string): ExplainedSearch | undefined {
  try {
    const { resourceType, parameter } = JSON.parse(body) as { resourceType?: unknown; parameter?: unknown };
    if (resourceType !== 'Parameters' || !Array.isArray(parameter)) return undefined;
    const valueOf = (name: string): string | undefined => {
      const found = (parameter as { name?: unknown; valueString?: unknown }[]).find((one) => one.name === name);
      return typeof found?.valueString === 'string' ? found.valueString : undefined;
    };
    const [query, statements] = [valueOf('query'), valueOf('statements')];
    if (query === undefined || statements === undefined) return undefined;
    const told = JSON.parse(statements) as unknown;
    if (!Array.isArray(told)) return undefined;
    return { query: conditionsOf(query), statements: told.slice(0, most).map(statementOf) };
  } catch {
    return undefined;
  }
}

interface QueryNode {
  readonly [member: string]: unknown;
}

/** Types and conditions of a search as understood; the text unchanged if it is not a tree. */
function conditionsOf(query: string): string {
  try {
    const { branches } = JSON.parse(query) as { branches?: readonly { type?: unknown; where?: unknown }[] };
    if (!Array.isArray(branches)) return query;
    const words = branches.slice(0, most).map(({ type, where }) => `${String(type)}: ${leavesOf(where).join(', ')}`);
    return words.join('; ');
  } catch {
    return query;
  }
}

/** Each leaf condition, in words; keys of the index are omitted. */
function leavesOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { op, of, ...rest } = node as QueryNode;
  if (Array.isArray(of)) return of.flatMap(leavesOf).slice(0, most);
  if (typeof of === 'object') return leavesOf(of).map((leaf) => `${String(op)} ${leaf}`);
  const words = Object.entries(rest).filter(
    ([name, value]) => name !== 'key' && ['string', 'number', 'boolean'].includes(typeof value),
  );
  return [[String(op), ...words.map(([, value]) => String(value))].join(' ')];
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

function statementOf(given: unknown): ExplainedStatement {
  const { what, milliseconds, analysis } = given as { what?: unknown; milliseconds?: unknown; analysis?: unknown };
  const [first] = Array.isArray(analysis) ? (analysis as { Plan?: PlanNode }[]) : [];
  const plan = first?.Plan ?? {};
  return {
    what: typeof what === 'string' ? what : '',
    milliseconds: typeof milliseconds === 'number' ? milliseconds : 0,
    rows: plan['Actual Rows'] ?? 0,
    scans: scansIn(plan)
      .sort((a, b) => b.rows + b.removed - a.rows - a.removed)
      .slice(0, most),
  };
}

/** The executed scans; repeated reads of one index are added up. */
function scansIn(plan: PlanNode): Scan[] {
  const byPlace = new Map<string, Scan>();
  const visit = (node: PlanNode, table: string | undefined): void => {
    const own = node['Relation Name'] ?? table;
    const loops = node['Actual Loops'] ?? 0;
    const place = node['Index Name'] ?? own;
    if (place !== undefined && loops > 0 && (node['Relation Name'] ?? node['Index Name']) !== undefined) {
      const known = byPlace.get(place);
      byPlace.set(place, {
        table: own ?? place,
        index: node['Index Name'],
        rows: (known?.rows ?? 0) + (node['Actual Rows'] ?? 0) * loops,
        removed:
          (known?.removed ?? 0) +
          ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * loops,
      });
    }
    for (const below of node.Plans ?? []) visit(below, own);
  };
  visit(plan, undefined);
  return [...byPlace.values()];
}

/** A search that reads this many rows for each result, and this many in total, gets advice on how to read fewer. */
const wasteful = { times: 20, rows: 1_000 };

export function explainedSection(page: Page, { query, statements }: ExplainedSearch): Html {
  const text = explorerMessages[page.language].explained;
  const number = new Intl.NumberFormat(page.language === 'en' ? 'en-GB' : page.language, { maximumFractionDigits: 1 });
  const count = (value: number): string => number.format(Math.round(value));
  const items = statements.map(({ what, milliseconds, rows, scans }) => {
    const read = scans.reduce((sum, scan) => sum + scan.rows + scan.removed, 0);
    const isWasteful = read > wasteful.rows && read > wasteful.times * Math.max(1, rows);
    const looks = scans.map(({ index, table, rows: found, removed }) => {
      const place = markup`<code translate="no">${index ?? table}</code>`;
      const words =
        index === undefined
          ? text.table({ rows: count(found), removed: count(removed) })
          : text.index({ rows: count(found), removed: count(removed) });
      return markup`<li>${place} ${words}</li>`;
    });
    return markup`<li>
      <code translate="no">${what}</code> ${text.statement({ milliseconds: number.format(milliseconds), read: count(read), rows: count(rows) })}
      <ul>${looks}</ul>
      ${isWasteful && markup`<p>${text.wasteful}</p>`}
    </li>`;
  });
  return markup`<h3>${text.title}</h3>
    <p>${text.understood} <code translate="no">${query}</code></p>
    <ol>${items}</ol>`;
}
