/**
 * Searches: the query is limited to what the caller may see, resolved to conditions on search rows, and answered by the first plan
 * alternative that finds the page. `SearchServer` runs the statements. docs/decisions/0007-search.md
 */
import { isResourceType } from '@dhp/fhir-model';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { Condition } from '../condition/condition.ts';
import { includedWith } from '../include/includes.ts';
import type { Branch } from '../page/branches.ts';
import { findNear, findRows, type Finding, type FoundRows, type Seen } from '../page/find-rows.ts';
import { neighbours, pageRow, type PageRow } from '../page/page.ts';
import { bodies, identities } from '../page/page-statement.ts';
import { marksOf, shownOf } from '../page/shown.ts';
import { sortColumnsOfContained, type Matching } from '../page/sort-contained.ts';
import { contextOf } from '../page/sort-context.ts';
import { totalOf, type Counting, type Total } from '../page/total.ts';
import type { SearchQuery } from '../query/search-query.ts';
import { permitted, type ReadPermission } from '../resolve/access.ts';
import { containersOf, together } from '../resolve/contained.ts';
import { before, isFollowing, settledFor, type Settle } from '../resolve/following.ts';
import { createLookups } from '../resolve/lookups.ts';
import { resolve, resolvedAtOnce, type Lookups } from '../resolve/resolve.ts';
import { amongPatients, conjuncts, leadsAlongMany, type RowCondition } from '../row-condition/row-condition.ts';
import { parseCursor, type Position } from '../sort/cursor.ts';
import { anyOrder, isBackward, type Order } from '../sort/order.ts';
import { sortColumns } from '../sort/sort-columns.ts';
import { scoreOf } from '../types/special/sorting.ts';
import { booleanOf, numberOf, textOf } from '../sql/columns.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';
import { CursorExpired } from '../sql/search-errors.ts';
import type { SearchPage, SearchRequest } from './search-request.ts';

/** The ports of a store that every search works with. */
export interface SearchServer {
  readonly finding: Finding;
  /** For counting, with a separate time limit. */
  readonly counting: Omit<Counting, 'budget'>;
  readonly ownBases: readonly string[];
  /** The current search parameters of the environment. */
  readonly known: () => OwnParameters;
  readonly settle: Settle;
  /** Whether a snapshot from before a restart of the database server still describes what its statement could see. */
  readonly seesTheSame: (seen: Seen) => Promise<boolean>;
}

/** Resources that includes may add, unless the request sets another limit. */
const mostIncluded = 1_000;

/**
 * One page of a search, its includes and its total.
 * @throws CursorExpired, LackingDefinition, SearchNotPossible, SearchTimeout, and the errors of `Run`
 * @throws TypeError for a cursor that no page of this search has
 */
export async function search(server: SearchServer, request: SearchRequest): Promise<SearchPage> {
  const { counting } = server;
  const { query, access, cursor, total = 'none', budget } = request;
  const finding = { ...server.finding, budget };
  const { failedPlans } = finding;
  const until = isFollowing(query) ? await settledFor(server.settle, query, cursor) : undefined;
  const asked = until === undefined ? query : before(query, until);
  const found = { ...server, finding };
  // On several nodes a look-up queries each separately.
  const isHere = finding.costLimits.apart === undefined;
  const isReferred = total === 'none' && isHere && mayBeNear(asked, request);
  const near = isReferred ? await nearPage(found, asked, request, until) : undefined;
  if (near !== undefined) return near;
  const sought = await soughtBy(finding, asked, access);
  const page = pageOf(found, sought, { request, until, find: findRows });
  if (total === 'none') return page;
  const counted = (): Promise<Total> =>
    countedOf({ ...counting, budget, failedPlans, lookedAt: finding.costLimits.lookedAt }, sought, total);
  if (!mayHoldAll(sought, request)) {
    const [shown, value] = await Promise.all([page, counted()]);
    return { ...shown, total: value };
  }
  const shown = await page;
  const isAll = shown.next === undefined;
  return { ...shown, total: isAll ? { value: shown.matches.length, accurate: true } : await counted() };
}

/**
 * Whether a page without a next one also gives the total: counting few matches takes as long as finding them. This is not known before, so the
 * count waits for the page. docs/decisions/0190-orders-and-totals-for-less.md
 */
function mayHoldAll({ inside }: Sought, { count, cursor }: SearchRequest): boolean {
  return count > 0 && cursor === undefined && inside === undefined;
}

/** The branches that a search goes through. */
interface Sought {
  readonly branches: readonly Branch[];
  /** Where contained resources are searched. */
  readonly inside?: Matching & { readonly containers: readonly Branch[] };
  /** The same, if matches are parts of the found resources. */
  readonly parts?: Sought['inside'];
}

async function soughtBy(finding: Finding, query: SearchQuery, access: ReadPermission): Promise<Sought> {
  const { contained } = query;
  if (contained === undefined) return { branches: await resolved(finding, query, access) };
  const { containers, held } = await containersOf(finding, query.branches, access);
  const stored = contained.alsoStored ? await resolved(finding, query, access) : [];
  const branches = together(stored, containers);
  const inside = { stored, containers, held };
  return contained.shown === 'container' ? { branches, inside } : { branches, inside, parts: inside };
}

/** The share of the candidates of a look-up that is tried before the referring rows of the first resources of a type are looked up. */
const few = 8;

/**
 * The page of a search with `_has`, if that leads to many, and so to some of the first resources of the type: testing these takes less than looking
 * up all. Undefined if it leads to few, or the first do not fill the page.
 */
async function nearPage(
  server: SearchServer,
  query: SearchQuery,
  request: SearchRequest,
  until: number | undefined,
): Promise<SearchPage | undefined> {
  const { finding } = server;
  const fewReferring = Math.ceil(finding.costLimits.few / few);
  const sought = await soughtBy({ ...finding, fewReferring }, query, request.access);
  const joined = sought.branches.flatMap(({ where }) =>
    conjuncts(where).flatMap((each) => (each.op === 'referred' ? [each.where] : [])),
  );
  // Everything that refers to a candidate is read: if that leads further, the cost is unknown.
  if (joined.some((where) => leadsAlongMany(where))) return undefined;
  return pageOf(server, sought, { request, until, find: joined.length > 0 ? findNear : findRows });
}

function mayBeNear({ branches, contained }: SearchQuery, { count }: SearchRequest): boolean {
  const [branch, ...others] = branches;
  if (branch === undefined || others.length > 0 || contained !== undefined || count === 0) return false;
  return asksForReferring(branch.where);
}

function asksForReferring(where: Condition): boolean {
  return where.op === 'referred' || (where.op === 'all' && where.of.some(({ op }) => op === 'referred'));
}

async function countedOf(
  counting: Counting,
  { branches, parts }: Sought,
  total: 'estimate' | 'accurate',
): Promise<Total> {
  if (parts === undefined) return totalOf(counting, branches, total);
  const each = await Promise.all([
    totalOf(counting, parts.stored, total),
    totalOf(counting, parts.containers, total, parts.held),
  ]);
  return {
    value: each[0].value + each[1].value,
    accurate: each[0].accurate && each[1].accurate,
  };
}

/** The page of a request. */
interface PageSought<Rows extends FoundRows | undefined> {
  readonly request: SearchRequest;
  readonly until: number | undefined;
  readonly find: (...asked: Parameters<typeof findRows>) => Promise<Rows>;
}

const nothingIncluded = { included: [], cut: false };

/** Undefined if `find` does. */
async function pageOf<Rows extends FoundRows | undefined>(
  { finding, ownBases, known, seesTheSame }: SearchServer,
  { branches, inside, parts }: Sought,
  { request, until, find }: PageSought<Rows>,
): Promise<SearchPage | Extract<Rows, undefined>> {
  const { query, access, count, cursor, scored = false, includeLimit: limit = mostIncluded } = request;
  const labels = finding.costLimits.apart === undefined ? request.labels : undefined;
  const context = await contextOf(finding, query);
  const columns =
    inside === undefined ? sortColumns(query.sort, context) : sortColumnsOfContained(query.sort, context, inside);
  const from = cursor === undefined ? undefined : parseCursor(cursor, columns, finding.sql.commits);
  if (count === 0) return { matches: [], included: [], includesCut: false };
  const order: Order = { columns, from };
  const score = scored ? scoreOf(context) : undefined;
  const marks = parts && ((sql: Sql, row: Fragment): Fragment => marksOf(sql, row, parts.stored, parts.held));
  const found = await find(finding, branches, {
    order,
    rows: count + 1,
    columns: bodies(finding.sql, order, { score, marks, labels }),
  });
  if (found === undefined) return found as Extract<Rows, undefined>;
  const rows = found.rows.map(pageRow);
  const shown = isBackward(order) ? rows.reverse() : rows;
  const seen = from === undefined ? (found.seen ?? { snapshot: '' }) : await seenBy(from, found.seen, seesTheSame);
  const matchesOf = (row: PageRow): number => shownOf(row).length;
  const { rows: page, ...links } = neighbours(shown, {
    ...{ count, from, seen, known: found.known, until },
    ...(parts && { matchesOf }),
  });
  const matches = page.flatMap(shownOf);
  const including = { access, ownBases, own: known(), limit };
  const { included, cut } =
    query.includes.length === 0 ? nothingIncluded : await includedWith(finding, matches, query.includes, including);
  const scores = scored ? { scores: page.flatMap((row) => shownOf(row).map(() => row.score ?? 0)) } : {};
  const told = labels !== undefined && isNone(found.also) ? ({ unlabelled: true } as const) : {};
  return { matches, included, includesCut: cut, ...scores, ...told, ...links };
}

/** Whether the statement looked for labels and found none. */
function isNone(also: FoundRows['also']): boolean {
  return also !== undefined && also !== null && !booleanOf(also);
}

/**
 * The state of the database that all pages show: that of the first one.
 * @throws CursorExpired if the snapshot no longer describes it: its transaction numbers may be those of others
 */
async function seenBy(
  { snapshot, server }: Position,
  now: Seen | undefined,
  seesTheSame: SearchServer['seesTheSame'],
): Promise<Pick<Position, 'snapshot' | 'server'>> {
  if (server === undefined) return { snapshot };
  const isSame = now === undefined || now.server === server || (await seesTheSame({ snapshot, server }));
  if (!isSame) throw new CursorExpired();
  return { snapshot, server };
}

/** Returns the branches of a search, as conditions on search rows. */
async function resolved(finding: Finding, { branches }: SearchQuery, access: ReadPermission): Promise<Branch[]> {
  let lookups: Lookups | undefined;
  const each = branches
    .filter(({ type }) => isResourceType(type))
    .map(({ type, where }): Branch | Promise<Branch> => {
      const asked = permitted(type, where, access);
      const branch = (found: RowCondition): Branch => ({ type, where: amongPatients(found) });
      const plain = resolvedAtOnce(type, asked);
      return plain === undefined
        ? resolve(type, asked, (lookups ??= createLookups(finding))).then(branch)
        : branch(plain);
    });
  return each.some((one) => one instanceof Promise)
    ? Promise.all(each.map((one) => Promise.resolve(one)))
    : (each as Branch[]);
}

/** The first resources of a type that meet a condition, in any order. @throws as `search` */
export async function find(
  finding: Finding,
  { type, where, limit, access }: { type: string; where: Condition; limit: number; access: ReadPermission },
): Promise<{ id: string; versionId: number }[]> {
  const branches = await resolved(finding, { branches: [{ type, where }], sort: [], includes: [] }, access);
  const { rows } = await findRows(finding, branches, {
    order: anyOrder,
    rows: limit,
    columns: identities(finding.sql),
  });
  return rows.map(([id, ver]) => ({ id: textOf(id), versionId: numberOf(ver) }));
}
