import type { Budget } from '@dhp/budget';
import { typeNumber } from '@dhp/fhir-model';
import { booleanOf, numberOf, textOf, type Column } from '../sql/columns.ts';
import { attemptsOf, type Attempt, type CompiledSearches } from './compiled-search.ts';
import { alike, type Branch } from './branches.ts';
import type { Lacks } from '../condition/lacking-definition.ts';
import type { WholeRows } from '../row/whole-rows.ts';
import type { CostLimits, FailedPlans } from '../plan/cost-limits.ts';
import { nearWalk, planAlternatives } from '../plan/plan-alternatives.ts';
import type { FullText } from '../full-text/full-text.ts';
import { pagesOfJoins, payForJoins, payForTime } from './payment.ts';
import { statementOfPage, type PageAsked } from './statement-of-page.ts';
import { asksOthers, isNothing, leadsAlongMany } from '../row-condition/row-condition.ts';
import type { Merge, Run } from '../sql/run.ts';
import { ofBranches, pagesOfShards } from './pages-of-shards.ts';
import type { PlanAlternative } from '../plan/plan-node.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';
import { SearchTimeout } from '../sql/search-errors.ts';

/** Context of one search. */
export interface Finding {
  readonly sql: Sql;
  /** Sessions that only read in the order of an index. */
  readonly ordered: Sql;
  readonly run: Run;
  /** The same with a short time limit, for queries that may follow many paths. */
  readonly runBriefly: Run;
  readonly failedPlans: FailedPlans;
  readonly costLimits: CostLimits;
  readonly fullText: FullText;
  /** Whether the rows of the definition that is searched cannot answer a condition; absent: they answer all. */
  readonly lacks?: Lacks | undefined;
  /** Answers conditions on whole texts there; absent: they are refused. */
  readonly wholeRows?: WholeRows | undefined;
  /** Statements made before, for the same tables; absent: each search makes its own. */
  readonly compiled?: CompiledSearches | undefined;
  /** Pays for reads beyond the found resources; absent: nothing is charged. */
  readonly budget?: Budget | undefined;
  /** Candidates of a look-up for `_has`, if fewer than otherwise. */
  readonly fewReferring?: number;
}

/** How much of a database a statement could see. */
export interface Seen {
  /** A `pg_snapshot`, which counts transactions of one server. */
  readonly snapshot: string;
  /** Another name after a restart, a failover and a restore (`fhir.server_name`). */
  readonly server: string;
}

export interface FoundRows {
  /** Snapshot of the statement, and the server that it is of; undefined when no statement was needed. */
  readonly seen: Seen | undefined;
  /** Value of the additional column. */
  readonly also?: Column | undefined;
  /** `PageColumns.counted` */
  readonly candidates?: Column | undefined;
  /** `PlanAlternative.known` */
  readonly known: boolean;
  /** The columns asked for. */
  readonly rows: Column[][];
}

/** The first rows in an order, by the first plan alternative that is not given up. */
export async function findRows(given: Finding, branches: readonly Branch[], asked: PageAsked): Promise<FoundRows> {
  const finding = branches.some(({ where }) => leadsAlongMany(where)) ? { ...given, run: given.runBriefly } : given;
  const { sql, failedPlans, costLimits } = finding;
  const { order } = asked;
  const some = branches.filter(({ where }) => !isNothing(where));
  const isByDate = order.columns.length === 1 && order.columns[0]!.by.kind === 'main-date';
  const groups = isByDate ? alike(some) : some.map(({ type, where }) => ({ types: [typeNumber(type)!], where }));
  if (groups.length === 0) return { seen: undefined, known: false, rows: [] };
  const compiled = groups.length === 1 ? attemptsOf(finding, { ...groups[0]!, ...asked }) : undefined;
  // A single server answers: nothing is merged, and the shards need not be known.
  const isApart = costLimits.apart !== undefined && !some.some(({ where }) => asksOthers(where));
  const merge = isApart ? ofBranches(pagesOfShards(asked, asked.columns.ridAt), some) : undefined;
  if (compiled !== undefined) return byCompiled(finding, compiled, merge);
  const lists = groups.map(({ types, where }) =>
    planAlternatives(sql, { types, where, order, failedPlans, costLimits }),
  );
  const most = Math.max(...lists.map((list) => list.length));
  const pages = finding.budget === undefined ? 0 : Math.max(...groups.map(({ where }) => pagesOfJoins(where)));
  const counting = pages === 0 ? asked : { ...asked, columns: { ...asked.columns, counted: true } };
  for (let n = 0; n < most; n += 1) {
    const alternatives = lists.map((list): PlanAlternative => list[Math.min(n, list.length - 1)]!);
    const found = await tried(finding, alternatives, counting, merge);
    const candidates = found === undefined ? testedOf(alternatives) : numberOf(found.candidates);
    payForJoins(finding.budget, { pages, candidates, rows: found?.rows.length ?? 0 });
    if (found !== undefined) return found;
    // With several types it is not known which alternative was given up.
    if (alternatives.length === 1) failedPlans.add(alternatives[0]!.name);
  }
  throw new Error('The last alternative of a search has no limit');
}

/**
 * The first rows in an order, if they are among the first of their type; undefined if they are not, if an index leads to few rows, and if several
 * types are searched.
 */
export async function findNear(
  finding: Finding,
  [branch, ...others]: readonly Branch[],
  asked: PageAsked,
): Promise<FoundRows | undefined> {
  const { sql, failedPlans, costLimits, budget, runBriefly: run } = finding;
  if (branch === undefined || others.length > 0) return undefined;
  const { where } = branch;
  const walk = nearWalk(sql, { types: [typeNumber(branch.type)!], where, order: asked.order, costLimits });
  if (walk === undefined || failedPlans.has(walk.name)) return undefined;
  const pages = budget === undefined ? 0 : pagesOfJoins(where);
  const counting = pages === 0 ? asked : { ...asked, columns: { ...asked.columns, counted: true } };
  const found = await tried({ ...finding, run }, [walk], counting).catch((error: unknown) => {
    if (error instanceof SearchTimeout) return undefined;
    throw error;
  });
  const candidates = found === undefined ? walk.limit! : numberOf(found.candidates);
  payForJoins(budget, { pages, candidates, rows: found?.rows.length ?? 0 });
  if (found === undefined) failedPlans.add(walk.name);
  return found;
}

/** Candidates that are tested before an ordered scan is given up; those of a collection are counted first. */
function testedOf(alternatives: readonly PlanAlternative[]): number {
  const scans = alternatives.flatMap(({ nodes, limit = 0 }) =>
    nodes.map(({ kind }) => (kind === 'ordered-scan' ? limit : 0)),
  );
  return scans.reduce((sum, limit) => sum + limit, 0);
}

async function byCompiled(finding: Finding, attempts: Iterable<Attempt>, merge: Merge | undefined): Promise<FoundRows> {
  for (const attempt of attempts) {
    const found = await runPage(finding, attempt, merge);
    if (found !== undefined) return found;
    finding.failedPlans.add(attempt.name());
  }
  throw new Error('The last alternative of a search has no limit');
}

/** Undefined when an alternative was given up. @param merge as of `Run` */
export async function tried(
  finding: Finding,
  alternatives: readonly PlanAlternative[],
  asked: PageAsked,
  merge?: Merge,
): Promise<FoundRows | undefined> {
  return runPage(finding, statementOfPage(finding.sql, alternatives, asked), merge);
}

async function runPage(
  { sql, ordered, run, budget }: Finding,
  { statement, isOrdered, known }: Pick<Attempt, 'isOrdered' | 'known'> & { readonly statement: Fragment },
  merge: Merge | undefined,
): Promise<FoundRows | undefined> {
  const found = await payForTime(budget, () => run(isOrdered ? ordered : sql, statement, 'page', merge));
  if (booleanOf(found[0]![1])) return undefined;
  const matches = found.map((row) => row.slice(4)).filter(([first]) => first !== null);
  const [snapshot, server] = textOf(found[0]![0]).split('@') as [string, string];
  return { seen: { snapshot, server }, also: found[0]![2], candidates: found[0]![3], known, rows: matches };
}
