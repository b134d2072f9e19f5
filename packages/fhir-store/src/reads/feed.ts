import { resourceTypes, typeName, typeNumber } from '@dhp/fhir-model';
import type { DatabaseMemory } from '@dhp/postgres';
import { hasForeignTransactions, readHorizon, type Horizon } from '../statements/read-horizon.ts';
import {
  beginning,
  comparePositions,
  formatPosition,
  lastOf,
  parsePosition,
  type Position,
} from '../commit-order/position.ts';
import type { Change, ChangeFeed, ChangesPage, FeedPage, FeedPlace } from '../change-feed.ts';
import type { StoreAdmin } from '../store-admin.ts';
import type { Hints } from '../hints.ts';
import type { Pools } from '../pools.ts';
import { countResources } from '../statements/read-current.ts';
import { readChanges, type AskedChanges, type ChangeRow } from '../statements/read-changes.ts';
import { readChangesSpread } from '../statements/read-spread.ts';
import { readReports } from '../statements/reported-events.ts';
import { hasSamePast, noteServerRun } from '../statements/server-runs.ts';
import { guarded } from '../store-unavailable.ts';
import { createAwaitedChanges, reportsNumber, usualPace } from './awaited-changes.ts';
import { follow } from './follow.ts';

/** Reads over all resources. */
export type Feed = ChangeFeed & Pick<StoreAdmin, 'statistics'>;

const allTypes = resourceTypes.map((type) => typeNumber(type)!);
const nothing = Buffer.alloc(0);

export function createFeed(
  { pages, words }: Pick<Pools, 'pages' | 'words'>,
  memory: DatabaseMemory,
  { hints, isSpread }: { readonly hints: Pick<Hints, 'overhear'>; readonly isSpread: () => boolean },
): Feed {
  const read = (page: AskedChanges): Promise<ChangeRow[]> =>
    isSpread() ? readChangesSpread(pages, page) : readChanges(pages, page);
  const changesOn = async (
    server: string | undefined,
    { since, limit, types, currentOnly = false }: ChangesPage,
  ): Promise<Change[]> => {
    const position = since === undefined ? beginning : parsePosition(since);
    const numbers = types?.map((type) => typeNumber(type)!) ?? allTypes;
    const page = { types: numbers, since: position, limit, currentOnly, server };
    const rows = await guarded(() => read(page));
    return rows.map(change);
  };
  const horizon = async (): Promise<Horizon> => {
    const found = await guarded(() => readHorizon(pages));
    memory.seen(found.server);
    return found;
  };
  /** The server to which places belong: whether it is still the same is read from its runs. */
  const noted = memory.part('run of the feed', () => ({ isNoted: false, server: '' }));
  const horizonNoted = async (): Promise<Horizon> => {
    const now = await horizon();
    const run = noted();
    if (!run.isNoted) await guarded(() => noteServerRun(words));
    Object.assign(run, { isNoted: true, server: `${now.server}@${now.database}` });
    return now;
  };
  /** A copy that was restored beside the database, in the same cluster, knows the runs of the other one. */
  const isPlace = async ({ server, position }: FeedPlace, now: Horizon): Promise<boolean> => {
    const [run = '', database] = server.split('@');
    if (database !== now.database) return false;
    if (run === now.server) return true;
    return guarded(() => hasSamePast(pages, { server: run, txid: parsePosition(position).txid }));
  };
  const placeAt = ({ server, database }: Horizon, position: Position): FeedPlace => {
    return { server: `${server}@${database}`, position: formatPosition(position) };
  };
  /** The furthest position of a page: on one server, open transactions in other databases of the cluster do not delay a page. */
  const endOf = ({ ended, settled }: Horizon): Position => lastOf((isSpread() ? ended : settled) - 1n);
  const awaited = createAwaitedChanges(pages, hints, { ...usualPace, isSpread });
  return {
    async feedPage({ behind, types, limit, bytes, reports: asksReports = false }) {
      // After a page of the same server: the statement finds nothing on another server, and ended transactions matter only at the end.
      const isHere = behind !== undefined && !asksReports && !isSpread() && noted().server === behind.server;
      const next = isHere ? await pageBehind(read, behind, { types, limit, bytes }) : undefined;
      if (next !== undefined) return next;
      const now = await horizonNoted();
      if (behind !== undefined && !(await isPlace(behind, now))) return undefined;
      const since = behind === undefined ? beginning : parsePosition(behind.position);
      const asked = { types: types.map((type) => typeNumber(type)!), since, limit, currentOnly: false, most: bytes };
      const rows = await guarded(() => read({ ...asked, server: now.server }));
      const { whole, hasMore } = wholeOf(rows, limit);
      const last = whole.at(-1)?.position ?? since;
      // After the changes, so that all reports before them are seen: their transactions have ended.
      const to = hasMore ? last : later(last, endOf(now));
      const reports = asksReports ? await guarded(() => readReports(pages, { since, to, limit })) : [];
      const { end, ...page } = joined(whole, reports, { since, to, limit });
      return { ...page, place: placeAt(now, end), hasMore: hasMore || reports.length === limit, ended: now.ended };
    },
    async feedEnd() {
      const now = await horizonNoted();
      return placeAt(now, endOf(now));
    },
    feedGrows: ({ types, reports = false, ...rest }) => {
      const numbers = types.map((type) => typeNumber(type)!);
      return awaited({ types: reports ? [...numbers, reportsNumber] : numbers, ...rest });
    },
    changes: (page) => changesOn(undefined, page),
    follow: (types, apply, options) => follow({ changesOn, horizon }, types, apply, options),
    safeWatermark: async () => (await horizon()).ended,
    async statistics() {
      const counts = await guarded(() => countResources(pages));
      return counts.map(({ ty, count }) => ({ type: typeName(ty)!, count })).sort((a, b) => (a.type < b.type ? -1 : 1));
    },
  };
}

/** Undefined if the position no longer exists, or the database is on another server. */
async function pageBehind(
  read: (page: AskedChanges) => Promise<ChangeRow[]>,
  { server, position }: FeedPlace,
  { types, limit, bytes }: Pick<Parameters<ChangeFeed['feedPage']>[0], 'types' | 'limit' | 'bytes'>,
): Promise<FeedPage | undefined> {
  const since = parsePosition(position);
  const asked = { types: types.map((type) => typeNumber(type)!), since, limit, currentOnly: false, most: bytes };
  const rows = await guarded(() => read({ ...asked, server: server.slice(0, server.indexOf('@')) }));
  const { whole, hasMore } = wholeOf(rows, limit);
  const last = whole.at(-1);
  if (last === undefined) return undefined;
  const place = { server, position: formatPosition(last.position) };
  return { changes: whole.map(toldChange), reports: [], place, hasMore, ended: BigInt(last.position.txid) };
}

/**
 * Requires that the database has one order of commits.
 * @throws Error for a database restored from another cluster
 */
export async function assertOneOrder({ pages }: Pools): Promise<void> {
  if (!(await guarded(() => hasForeignTransactions(pages, allTypes)))) return;
  throw new Error(
    'The database was restored from another PostgreSQL cluster, whose transactions were numbered higher: ' +
      'run "select fhir.restart_commit_order()" in it once, before any server starts',
  );
}

/** The rows that fit in the page. More may follow a full page. */
function wholeOf(rows: ChangeRow[], limit: number): { readonly whole: ChangeRow[]; readonly hasMore: boolean } {
  const cut = rows.findIndex(({ isCut }) => isCut);
  const whole = cut < 0 ? rows : rows.slice(0, cut);
  return { whole, hasMore: whole.length < rows.length || rows.length === limit };
}

type Reports = Awaited<ReturnType<typeof readReports>>;

/**
 * Changes and reports in one order, and the place behind them; if there may be more reports, the changes after the last one are left out.
 */
function joined(
  whole: readonly ChangeRow[],
  reports: Reports,
  { since, to, limit }: { readonly since: Position; readonly to: Position; readonly limit: number },
): Pick<FeedPage, 'changes' | 'reports'> & { readonly end: Position } {
  const until = reports.length === limit ? reports.at(-1)!.position : to;
  const changes = whole.filter(({ position }) => comparePositions(position, until) <= 0);
  return {
    changes: changes.map(toldChange),
    reports: reports.map(({ position, ...report }) => ({
      ...report,
      position: formatPosition(position),
      behind: changes.findLastIndex((each) => comparePositions(each.position, position) < 0) + 1,
    })),
    end: [changes.at(-1), reports.at(-1)].reduce((at, row) => later(at, row?.position ?? at), since),
  };
}

function later(a: Position, b: Position): Position {
  return comparePositions(a, b) < 0 ? b : a;
}

function toldChange(row: ChangeRow): Change {
  const { method, isNew } = row;
  return { ...change(row), ...(method !== undefined && { method }), ...(isNew !== undefined && { isNew }) };
}

function change({ ty, id, ver, upd, deleted, content = nothing, position }: ChangeRow): Change {
  return {
    type: typeName(ty)!,
    id,
    versionId: ver,
    lastUpdated: new Date(upd),
    deleted,
    content,
    position: formatPosition(position),
  };
}
