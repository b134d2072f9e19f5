/**
 * Searches: what is asked is narrowed to what the caller may see, resolved to conditions on search rows, and answered by the
 * first plan alternative that finds the page. docs/decisions/0007-search.md
 */
import { isResourceType } from '@dhp/fhir-model';
import { createDatabaseMemory, type DatabaseMemory, type Sql as Pool } from '@dhp/postgres';
import { generationOf } from '@dhp/fhir-search/parameters';
import type { Condition, SearchQuery } from '@dhp/search-index';
import type { ResourceStore } from '../resource-store.ts';
import type { IndexProgress } from '../indexing/index-progress.ts';
import { numberOf, textOf } from '../statements/columns.ts';
import { usualCostLimits, type CostLimits } from './plan/cost-limits.ts';
import { createFullText } from './full-text/keep-words.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { ownDefinition, programDefinitions, type PlacedDefinition } from '../statements/index-definition.ts';
import { permitted, type Access } from './resolve/access.ts';
import { containersOf, together } from './resolve/contained.ts';
import { parseCursor } from './sort/cursor.ts';
import { findRows, type Branch, type Finding } from './page/find-rows.ts';
import { fragmentsOn, type Fragment, type Sql } from './statement/fragment.ts';
import { includedWith } from './include/includes.ts';
import { createLookups } from './resolve/lookups.ts';
import { createFailedPlans } from './plan/failed-plans.ts';
import { anyOrder, isBackward, type Order } from './sort/order.ts';
import { scoreOf, sortColumns } from './sort/sort-columns.ts';
import { sortColumnsOfContained, type Matching } from './page/sort-contained.ts';
import { neighbours, pageRow, type PageRow } from './page/page.ts';
import { bodies, identities } from './page/page-statement.ts';
import { resolve } from './resolve/resolve.ts';
import { before, isFollowing, settledFor } from './resolve/following.ts';
import { explaining, running, type Explained, type Run } from './statement/run.ts';
import type { SearchPage, SearchRequest } from './search-request.ts';
import { marksOf, shownOf } from './page/shown.ts';
import { totalOf, type Total } from './page/total.ts';
import { contextOf } from './page/sort-context.ts';

export type Searcher = Pick<ResourceStore, 'search' | 'find' | 'explain'> & {
  /** Waits for what it does in the background. */
  finish(): Promise<void>;
};

/** Parts of the store that a search needs. */
export interface SearchOptions {
  readonly sql: Sql;
  /** The same for statements that only read indexes in their order: they must not sort what an index finds. */
  readonly ordered: Sql;
  /** For counting, with a time limit of its own. */
  readonly counting: Sql;
  /** For keeping the words of the full text. */
  readonly background: Pool;
  readonly ownBases: readonly string[];
  readonly parameters: Pick<Parameters, 'known'>;
  /** The definition of the index that is searched, as it is known by now (default: that of this program, in the first tables). */
  readonly searched?: () => PlacedDefinition;
  readonly costLimits?: CostLimits;
  /** Runs what reads the index. */
  readonly reading: IndexProgress['reading'];
  /** Memory between searches (default: one of their own). */
  readonly database?: DatabaseMemory;
}

/** Context that all searches of a store share. */
interface Server {
  readonly finding: Finding;
  readonly counting: { readonly sql: Sql; readonly run: Run };
  readonly ownBases: readonly string[];
  readonly parameters: Pick<Parameters, 'known'>;
}

/** Resources that includes may add, unless the request says otherwise. */
const mostIncluded = 1_000;

const everything: Access = () => true;

const programSearched = (): PlacedDefinition => ({ definition: ownDefinition(programDefinitions), tables: 'a' });

export function createSearcher({
  sql,
  ordered,
  counting,
  background,
  ownBases,
  parameters,
  searched = programSearched,
  costLimits = usualCostLimits,
  reading,
  database = createDatabaseMemory(),
}: SearchOptions): Searcher {
  const failedPlans = createFailedPlans(database);
  const fullText = createFullText(background, { database, caughtUp: () => failedPlans.clear() });
  /**
   * Returns the generation that a search depends on: that of its own parameters, else the known one, because access rules and includes may
   * use parameters as well.
   */
  const followed = (asked: number | undefined): number | undefined => asked ?? generationOf(parameters.known());
  /** All statements of one search read the same definition: each asks whether it is still the one that is searched. */
  const serverOn = (runOn: (version: number) => Run): Server => {
    const { definition, tables } = searched();
    const on = (own: Sql): Sql => (tables === 'a' ? own : fragmentsOn(own.pool, tables));
    const run = runOn(definition.version);
    return {
      finding: { sql: on(sql), ordered: on(ordered), run, failedPlans, costLimits, fullText, definition },
      counting: { sql: on(counting), run },
      ...{ ownBases, parameters },
    };
  };

  return {
    search: (request) =>
      reading(() =>
        search(
          serverOn((version) => running(version, followed(request.query.follows))),
          request,
        ),
      ),
    find: (type, where, limit, access = everything, follows?) =>
      reading(() =>
        find(serverOn((version) => running(version, followed(follows))).finding, { type, where, limit, access }),
      ),
    explain: (request) =>
      reading(async () => {
        const statements: Explained[] = [];
        await search(
          serverOn((version) => explaining(statements, version, followed(request.query.follows))),
          request,
        );
        return { statements };
      }),
    finish: () => fullText.close(),
  };
}

async function search(server: Server, request: SearchRequest): Promise<SearchPage> {
  const { finding, counting } = server;
  const { query, access, cursor, total = 'none' } = request;
  const until = isFollowing(query) ? await settledFor(finding.sql.pool, query, cursor) : undefined;
  const sought = await soughtBy(finding, until === undefined ? query : before(query, until), access);
  const [page, counted] = await Promise.all([
    pageOf(server, sought, request, until),
    total === 'none' ? undefined : countedOf(counting, sought, total),
  ]);
  return counted === undefined ? page : { ...page, total: counted };
}

/** The branches that a search goes through. */
interface Sought {
  readonly branches: readonly Branch[];
  /** Where contained resources are searched. */
  readonly inside?: Matching & { readonly containers: readonly Branch[] };
  /** The same, where matches are parts of what is found. */
  readonly parts?: Sought['inside'];
}

async function soughtBy(finding: Finding, query: SearchQuery, access: Access): Promise<Sought> {
  const { contained } = query;
  if (contained === undefined) return { branches: await resolved(finding, query, access) };
  const { containers, held } = await containersOf(finding, query.branches, access);
  const stored = contained.alsoStored ? await resolved(finding, query, access) : [];
  const branches = together(stored, containers);
  const inside = { stored, containers, held };
  return contained.shown === 'container' ? { branches, inside } : { branches, inside, parts: inside };
}

async function countedOf(
  counting: Server['counting'],
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

async function pageOf(
  { finding, ownBases, parameters }: Server,
  { branches, inside, parts }: Sought,
  { query, access, count, cursor, scored = false, includeLimit: limit = mostIncluded }: SearchRequest,
  until: number | undefined,
): Promise<SearchPage> {
  const context = await contextOf(finding, query);
  const columns =
    inside === undefined ? sortColumns(query.sort, context) : sortColumnsOfContained(query.sort, context, inside);
  const from = cursor === undefined ? undefined : parseCursor(cursor, columns);
  if (count === 0) return { matches: [], included: [], includesCut: false };
  const order: Order = { columns, from };
  const score = scored ? scoreOf(context) : undefined;
  const marks = parts && ((sql: Sql, row: Fragment): Fragment => marksOf(sql, row, parts.stored, parts.held));
  const found = await findRows(finding, branches, {
    order,
    rows: count + 1,
    columns: bodies(finding.sql, order, { score, marks }),
  });
  const rows = found.rows.map(pageRow);
  const shown = isBackward(order) ? rows.reverse() : rows;
  const snapshot = from?.snapshot ?? found.snapshot ?? '';
  const matchesOf = (row: PageRow): number => shownOf(row).length;
  const { rows: page, ...links } = neighbours(shown, {
    ...{ count, from, snapshot, known: found.known, until },
    ...(parts && { matchesOf }),
  });
  const matches = page.flatMap(shownOf);
  const including = { access, ownBases, own: parameters.known(), limit };
  const { included, cut } = await includedWith(finding, matches, query.includes, including);
  const scores = scored ? { scores: page.flatMap((row) => shownOf(row).map(() => row.score ?? 0)) } : {};
  return { matches, included, includesCut: cut, ...scores, ...links };
}

/** Returns the branches of a search, as conditions on search rows. */
async function resolved(finding: Finding, { branches }: SearchQuery, access: Access): Promise<Branch[]> {
  const lookups = createLookups(finding);
  return Promise.all(
    branches
      .filter(({ type }) => isResourceType(type))
      .map(async ({ type, where }) => ({ type, where: await resolve(type, permitted(type, where, access), lookups) })),
  );
}

async function find(
  finding: Finding,
  { type, where, limit, access }: { type: string; where: Condition; limit: number; access: Access },
): Promise<{ id: string; versionId: number }[]> {
  const branches = await resolved(finding, { branches: [{ type, where }], sort: [], includes: [] }, access);
  const { rows } = await findRows(finding, branches, {
    order: anyOrder,
    rows: limit,
    columns: identities(finding.sql),
  });
  return rows.map(([id, ver]) => ({ id: textOf(id), versionId: numberOf(ver) }));
}
