import { ofTypes, type Sql } from '../sql/fragment.ts';
import type { CostLimits, KnownFailures } from './cost-limits.ts';
import { alternativesByReference } from './by-reference.ts';
import { anyOrder, type Order } from '../sort/order.ts';
import type { SortColumn } from '../types/sorting.ts';
import { conjuncts, isNothing, type RowCondition } from '../row-condition/row-condition.ts';
import { rank, type AccessPath } from './access-path.ts';
import { accessPathOf, byMeetingKeys, withRest } from './access-paths.ts';
import { orderedScanByValue } from './ordered-scan-by-value.ts';
import { listByDate, orderedScansByDate } from './ordered-scans.ts';
import { together } from './together.ts';
import type { PlanAlternative, PlanNode } from './plan-node.ts';

/** The part of these that is tried first where an access path may have very few candidates or very many. */
const short = 16;
/**
 * The same for a range of values, which may be wide or narrow: shares of the candidates that are scanned and collected in turn, so that not much more
 * is read than by the better one of the two.
 */
const parts = [64, 8] as const;

/** The number of ids with which a scan may soon find a page, and of keys. */
const manyIds = 250;
const manyKeys = 16;

/**
 * The most conditions for which an index is tried: for each of them the others are processed, so that a search of hundreds would take the
 * square of their number.
 */
const mostTried = 32;

interface Planning {
  readonly types: readonly number[];
  readonly where: RowCondition;
  readonly order: Order;
  readonly failedPlans: KnownFailures;
  readonly costLimits: CostLimits;
}

/**
 * The alternatives to find the matches of some types in an order, the best one first. Every one but the last has a limit; the last
 * one always finds them.
 */
export function planAlternatives(
  sql: Sql,
  { types, where, order, failedPlans, costLimits }: Planning,
): PlanAlternative[] {
  if (isNothing(where)) return [{ nodes: [], name: '' }];
  const conditions = conjuncts(where);
  const accessPaths = accessPathsOf(sql, types, conditions);
  const { columns } = order;
  const { by } = columns[0]!;
  if (by.kind === 'reference' && types.length === 1 && columns.every((column) => column.ofContained !== true)) {
    const named = { signature: signature(where), everything: listing(sql, types, where) };
    return alternativesByReference(sql, {
      ...named,
      ty: types[0]!,
      conditions,
      order,
      by,
      accessPaths,
      failedPlans,
      costLimits,
    });
  }
  const orderedScan = orderedScanOf(sql, { types, conditions, columns });

  const { alternatives, collect, go } = listed({ types, where, failedPlans }, by, orderedScan.nodes);
  const [best] = accessPaths;
  if (best?.rank === rank.own) {
    // Of very many ids some are among the first of all.
    if (conditions.some(hasManyIds)) go(Math.ceil(costLimits.farEnough / parts[0]), 'near ');
    collect(best);
    return alternatives;
  }
  const narrow = accessPaths.filter(
    (accessPath) => accessPath.rank <= rank.text && accessPath.rank !== rank.patient,
  )[0];
  if (narrow?.rank === rank.text && !orderedScan.within) {
    // A text is rare or common, which is not known before. A common one soon fills a page.
    collect(narrow, Math.ceil(costLimits.few / short), 'few ');
    go(Math.ceil(costLimits.farEnough / short), 'near ');
  }
  if (narrow?.rank === rank.some && !orderedScan.within && conditions.some(hasManyKeys)) {
    // All may refer to one of many ends of a chain, and then the first rows fill a page.
    go(Math.ceil(costLimits.farEnough / parts[0]), 'near ', orderedScan.all);
  }
  if (narrow !== undefined && !(orderedScan.within && narrow.rank > rank.one)) collect(narrow, costLimits.few);
  if (orderedScan.nodes !== undefined && (orderedScan.within || orderedScan.checksNothing)) {
    alternatives.push({ nodes: orderedScan.nodes, name: '' });
    return alternatives;
  }
  const patient = accessPaths.find((accessPath) => accessPath.rank === rank.patient);
  if (patient !== undefined) {
    collect(patient);
    return alternatives;
  }
  const branched = narrow === undefined ? branchedPath(sql, types, conditions) : undefined;
  if (branched !== undefined) {
    // One of several combinations is common or rare, which is not known before. Testing all rows in their order is then cheaper than
    // reading those of each branch, whose codes others have, too.
    go(Math.ceil(costLimits.farEnough / short), 'near ', orderedScan.all);
    collect(branched, costLimits.few);
  }
  const value = accessPaths.find((accessPath) => accessPath.rank === rank.value || accessPath.rank === rank.time);
  if (value !== undefined) inTurn(costLimits, go, (limit, kind) => collect(value, limit, kind));
  else if (narrow === undefined && branched === undefined && accessPaths[0]?.rank === rank.many) {
    // Where many have it the first rows fill a page. Else few have it, and the index has all of them.
    go(Math.ceil(costLimits.farEnough / short), 'near ');
    collect(byAllKeys(sql, types, conditions) ?? accessPaths[0], costLimits.few, 'few ');
  }
  go(accessPaths.length === 0 ? undefined : costLimits.farEnough);
  if (orderedScan.nodes !== undefined && accessPaths.length === 0) return alternatives;
  const last = byAllKeys(sql, types, conditions) ?? accessPaths[0] ?? listing(sql, types, where);
  collect(last);
  return alternatives;
}

/** A list to which alternatives are added, unless they were cancelled lately. @param walked the default node to be scanned */
function listed(
  { types, where, failedPlans }: Pick<Planning, 'types' | 'where' | 'failedPlans'>,
  by: SortColumn['by'],
  walked: PlanNode[] | undefined,
): {
  readonly alternatives: PlanAlternative[];
  readonly collect: (accessPath: AccessPath, limit?: number, kind?: string) => void;
  readonly go: (limit: number | undefined, kind?: string, nodes?: PlanNode[]) => void;
} {
  const alternatives: PlanAlternative[] = [];
  const collect = (accessPath: AccessPath, limit?: number, kind = ''): void => {
    const name = `${kind}${types.join()} ${accessPath.name}`;
    if (limit !== undefined && failedPlans.has(name)) return;
    alternatives.push({ nodes: collections(accessPath), name, ...(limit === undefined ? {} : { limit }) });
  };

  const go = (limit: number | undefined, kind = '', nodes = walked): void => {
    if (nodes === undefined) return;
    const name = `${kind}${types.join()} walk ${signature(where)} ${JSON.stringify(by, text)}`;
    if (limit !== undefined && failedPlans.has(name)) return;
    // Each node may have its part of the candidates.
    const each = limit === undefined ? {} : { limit: Math.ceil(limit / sharesOf(nodes)) };
    alternatives.push({ nodes, name, ...each });
  };
  return { alternatives, collect, go };
}

/** Candidates of a walk that leads from each of them to others: of so many most is soon known. */
const near = 160;

/** A walk over the first of all rows; undefined if no index has the order, or one leads to few of them. */
export function nearWalk(
  sql: Sql,
  { types, where, order, costLimits }: Omit<Planning, 'failedPlans'>,
): PlanAlternative | undefined {
  const conditions = conjuncts(where);
  const isNarrow = accessPathsOf(sql, types, conditions).some((path) => path.rank <= rank.text);
  const { all: nodes } = orderedScanOf(sql, { types, conditions, columns: order.columns });
  if (isNarrow || nodes === undefined) return undefined;
  const name = `nearest ${types.join()} walk ${signature(where)} ${JSON.stringify(order.columns[0]!.by, text)}`;
  return { nodes, name, limit: Math.ceil(costLimits.farEnough / near / sharesOf(nodes)) };
}

/** Among how many lists that are read by themselves candidates are shared. */
function sharesOf(nodes: readonly PlanNode[]): number {
  const listsOf = (node: PlanNode): number =>
    node.kind === 'ordered-scan' ? Math.max(1, ...node.segments.map(({ lists = 1 }) => lists)) : 1;
  return nodes.reduce((sum, node) => sum + listsOf(node), 0);
}

function hasManyIds(condition: RowCondition): boolean {
  return condition.op === 'own' && condition.any.length >= manyIds;
}

function hasManyKeys(condition: RowCondition): boolean {
  return condition.op === 'keys' && condition.any.length >= manyKeys;
}

/** Walks and gathers, each time further: a wide range fills a page soon, and of a narrow one the index has all. */
function inTurn(
  { few, farEnough }: CostLimits,
  go: (limit: number, kind: string) => void,
  collect: (limit: number, kind: string) => void,
): void {
  for (const part of parts) {
    go(Math.ceil(farEnough / part), `near ${part} `);
    collect(Math.ceil((parts.at(-1)! * few) / part), `few ${part} `);
  }
}

/** The plan nodes to count the matches of some types, whatever their order. */
export function countingNodes(sql: Sql, types: readonly number[], where: RowCondition): readonly PlanNode[] {
  const conditions = conjuncts(where);
  const accessPaths = accessPathsOf(sql, types, conditions);
  const [best] = accessPaths;
  if (best !== undefined && best.rank <= rank.text) return collections(best);
  const orderedScan = orderedScanOf(sql, { types, conditions, columns: anyOrder.columns });
  if (orderedScan.checksNothing) return orderedScan.nodes!;
  const accessPath = byAllKeys(sql, types, conditions) ?? best;
  return accessPath === undefined ? orderedScan.nodes! : collections(accessPath);
}

/** The first access path of each rank, the best first: a second one is never tried, and each holds all other conditions. */
function accessPathsOf(sql: Sql, types: readonly number[], conditions: readonly RowCondition[]): AccessPath[] {
  const byRank = new Map<number, { accessPath: AccessPath; condition: RowCondition }>();
  let tries = 0;
  for (const condition of conditions) {
    const path = accessPathOf(sql, types, condition);
    if (path === undefined || byRank.has(path.rank) || tries === mostTried) continue;
    tries += 1;
    const accessPath = together(sql, path, condition, without(conditions, condition));
    if (accessPath !== undefined) byRank.set(accessPath.rank, { accessPath, condition });
  }
  return [...byRank.values()]
    .map(({ accessPath, condition }) => withRest(accessPath, without(conditions, condition)))
    .sort((a, b) => a.rank - b.rank);
}

/** The access path of a condition that holds if one of several combinations of codes does; undefined if there is no such condition. */
function branchedPath(sql: Sql, types: readonly number[], conditions: readonly RowCondition[]): AccessPath | undefined {
  const condition = conditions.find(isBranched);
  if (condition === undefined) return undefined;
  const path = accessPathOf(sql, types, condition);
  if (path?.rank !== rank.many) return undefined;
  const others = without(conditions, condition);
  const accessPath = together(sql, path, condition, others);
  return accessPath && withRest(accessPath, others);
}

function without(conditions: readonly RowCondition[], one: RowCondition): readonly RowCondition[] {
  const at = conditions.indexOf(one);
  return at < 0 ? conditions : conditions.toSpliced(at, 1);
}

function collections({ sources }: AccessPath): PlanNode[] {
  return sources.map((source) => ({ kind: 'collect', source }));
}

/**
 * The ordered scan in the order asked for, if there is one, and that of all rows. `within`: it stays within a patient; `checksNothing`: all
 * that it finds meets the conditions.
 */
function orderedScanOf(
  sql: Sql,
  {
    types,
    conditions,
    columns,
  }: { types: readonly number[]; conditions: readonly RowCondition[]; columns: readonly SortColumn[] },
): { nodes: PlanNode[] | undefined; all: PlanNode[] | undefined; within: boolean; checksNothing: boolean } {
  const [column] = columns;
  const none = { nodes: undefined, all: undefined, within: false, checksNothing: false };
  if (columns.some(({ ofContained }) => ofContained === true)) return none;
  // Of several columns an index has the first: few rows may have equal values in it, since these are sorted as a whole.
  if (columns.length > 1 && !fine.has(column!.by.kind)) return none;
  if (column!.by.kind !== 'main-date') {
    // The values of each type have their own keys.
    const node = types.length > 1 ? undefined : orderedScanByValue(sql, types[0]!, column!, conditions);
    return node === undefined
      ? none
      : { nodes: [node], all: [node], within: false, checksNothing: conditions.length === 0 };
  }
  const { descending } = column!;
  const listed = [listByDate(sql, types, conditions, descending)];
  const sorted = conditions.toSorted((a, b) => Number(b.op === 'patient') - Number(a.op === 'patient'));
  for (const condition of sorted.slice(0, mostTried)) {
    const others = without(conditions, condition);
    const nodes = orderedScansByDate(sql, types, { condition, others, descending });
    if (nodes !== undefined) {
      const checksNothing = isDecidedByScan(condition) && others.every(isMainDate);
      return { nodes, all: listed, within: condition.op === 'patient', checksNothing };
    }
  }
  return { nodes: listed, all: listed, within: false, checksNothing: conditions.every(isMainDate) };
}

/** Kinds of values that few resources share. */
const fine: ReadonlySet<SortColumn['by']['kind']> = new Set([
  'main-date',
  'last-updated',
  'id',
  'date',
  'number',
  'quantity',
  'string',
]);

/** Whether it holds if one of several combinations of conditions does. */
function isBranched(condition: RowCondition): boolean {
  return condition.op === 'any' && condition.of.some(({ op }) => op === 'all');
}

/** Whether an ordered scan finds exactly the rows that meet the condition. */
function isDecidedByScan(condition: RowCondition): boolean {
  return condition.op === 'any' ? condition.of.every(isDecidedByScan) : condition.op !== 'all';
}

function isMainDate(condition: RowCondition): boolean {
  return condition.op === 'date' && condition.key === 'main';
}

/** All keys that must be there at once. */
function byAllKeys(sql: Sql, types: readonly number[], conditions: readonly RowCondition[]): AccessPath | undefined {
  const keys = conditions.filter((each) => each.op === 'keys');
  if (keys.length === 0) return undefined;
  return withRest(
    byMeetingKeys(sql, types, keys),
    conditions.filter((each) => each.op !== 'keys'),
  );
}

/** Every row of the types. */
export function listing(sql: Sql, types: readonly number[], where: RowCondition): AccessPath {
  const source = {
    row: true,
    repeats: false,
    from: sql`fhir.search c`,
    where: ofTypes(sql, sql`c.ty`, types),
    rest: where,
  };
  return { rank: rank.most, name: 'all', sources: [source] };
}

export function signature(where: RowCondition): string {
  return JSON.stringify(where, text);
}

function text(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
