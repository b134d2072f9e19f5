import { createBatcher } from '@dhp/postgres';
import { isId, resourceTypes, typeName, typeNumber } from '@dhp/fhir-model';
import { DamagedVersion } from '@dhp/search-index/packed';
import type { HistoryTimes, ResourceStore } from '../resource-store.ts';
import type { StoreAdmin } from '../store-admin.ts';
import type { StoredVersion } from '../versions.ts';
import { servingConnections } from '../connections.ts';
import type { Pools } from '../pools.ts';
import { toldOfRead, type AskedOfRead } from '../statements/asked-of-read.ts';
import {
  readCurrent,
  readCurrentAsked,
  readCurrentUnstated,
  readSpread,
  type ResourceKey,
  type VersionRow,
} from '../statements/read-current.ts';
import { readNear, readVersionNear } from '../statements/read-near.ts';
import type { HistoryFilter, Listed } from '../statements/history-filter.ts';
import { readTerms } from '../statements/terms.ts';
import { readHistory, type HistoryPosition } from '../statements/read-history.ts';
import { readCreator, readWriters } from '../statements/writer.ts';
import { readSettled, settle, type Settled } from '../statements/settled.ts';
import type { Session } from '../statements/session.ts';
import { readHistorySpread } from '../statements/read-spread.ts';
import {
  countVersions,
  readEach,
  readVersion,
  readVersions,
  readVersionSpread,
  type VersionKey,
} from '../statements/read-version.ts';
import { LRUCache } from 'lru-cache';
import type { NearNodes } from '../placement/near-nodes.ts';
import { isLostNode } from '../placement/node-errors.ts';
import { guarded, storeError } from '../store-unavailable.ts';
import { highestVersion, isVersion } from '../writes/decide.ts';
import { isSnapshot } from '../commit-order/snapshot.ts';
import type { PlacedDefinition } from '../statements/index-definition.ts';

export interface Reader
  extends Pick<ResourceStore, 'read' | 'vread' | 'history' | 'historyOf'>, Pick<StoreAdmin, 'writersOf' | 'creatorOf'> {
  /** As `ResourceStore.words`, while the version is that of the definition that is searched. */
  words(version: number, ...asked: Parameters<ResourceStore['words']>): ReturnType<ResourceStore['words']>;
  /** Resolves when every read submitted is answered. */
  close(): Promise<void>;
}

const maxBatch = 64;
/** Bytes. Larger bodies are read one by one on separate connections: 64 of them at once could be gigabytes. */
const largeBody = 256 * 1024;
const noLimit = 2 ** 31 - 1;
const nothing = Buffer.alloc(0);
const opposite = { older: 'newer', newer: 'older' } as const;
const allTypes = resourceTypes.map((type) => typeNumber(type)!);

type ReaderPools = Pick<Pools, 'reads' | 'pages'>;

interface ReaderOptions {
  /** Connections for reads by id. */
  readonly readers: number;
  /** The index definition that is searched, as last known. */
  readonly searched: () => PlacedDefinition;
  /** Whether the rows are on several nodes. */
  readonly isSpread: () => boolean;
  /** Sessions with each of several nodes. */
  readonly near?: () => NearNodes | undefined;
}

/** Concurrent reads by id share statements while all reader connections are busy; a single read does not wait. */
export function createReader({ reads, pages }: ReaderPools, options: ReaderOptions): Reader {
  const { isSpread } = options;
  const { small, large } = currentReads({ reads, pages }, options);
  const earlier = versionReads({ reads, pages }, options);
  return {
    async read(type, id, asked) {
      const named = keyOf(type, id);
      if (named === undefined) return undefined;
      const key = asked === undefined ? named : { ...named, asked };
      try {
        const row = await small.submit(key);
        const whole = row !== undefined && row.content === undefined ? await large.submit(key) : row;
        if (whole === undefined) return undefined;
        const found = version(type, id, whole);
        return asked === undefined ? found : withTold(found, asked, whole.told ?? 0);
      } catch (error) {
        throw storeError(error);
      }
    },
    async vread(type, id, versionId) {
      const key = keyOf(type, id);
      if (key === undefined || !isVersion(versionId)) return undefined;
      const row = await guarded(() => earlier.read({ ...key, ver: versionId }));
      return row === undefined ? undefined : version(type, id, row);
    },
    async history(type, id, { count, before = highestVersion, after, ...times }) {
      const key = keyOf(type, id);
      if (key === undefined) return { versions: [], total: 0 };
      const filter = { ...filterOf(times), versions: versionsOf(times, type, id) };
      const range =
        after === undefined ? { before: Math.min(before, highestVersion) } : { after: Math.min(after, highestVersion) };
      const page = { ...filter, count, range, isSpread: isSpread() };
      const [rows, total] = await guarded(() =>
        Promise.all([readVersions(pages, key, page), countVersions(pages, key, { ...filter, isSpread: isSpread() })]),
      );
      return { versions: rows.map((row) => version(type, id, row)), total };
    },
    async historyOf({ type, types: some, count, cursor, order = 'newest-first', ...times }) {
      const named = some ?? (type === undefined ? undefined : [type]);
      const types = named === undefined ? allTypes : named.map(typeNumber).filter((ty) => ty !== undefined);
      const after = cursor === undefined ? undefined : parseCursor(cursor);
      const forward = order === 'newest-first' ? 'older' : 'newer';
      const towards = after?.towards ?? forward;
      const isFollowed = times.since !== undefined || order === 'oldest-first';
      const settled = after?.settled ?? (await guarded(() => settledOf(pages, isFollowed ? types : undefined)));
      const { until } = settled;
      const query = { ...filterOf(times), until, types, count, towards, after, only: listedOf(times, types) };
      const { rows, more } = await guarded(() => (isSpread() ? readHistorySpread : readHistory)(pages, query));
      const isForward = towards === forward;
      if (!isForward) rows.reverse();
      const versions = rows.map((row) => version(typeName(row.ty)!, row.id, row));
      // In the direction from which the page was reached there is a page; in the other, one more row was read.
      const hasNext = isForward ? more : rows.length > 0;
      const hasPrevious = isForward ? after !== undefined && rows.length > 0 : more;
      const link = (row: (typeof rows)[number] | undefined, towards: typeof forward): string =>
        formatCursor({ ...row!.position, towards }, settled);
      return {
        versions,
        settled: new Date(settled.before),
        ...(hasNext && { next: link(rows.at(-1), forward) }),
        ...(hasPrevious && { previous: link(rows[0], opposite[forward]) }),
      };
    },
    async writersOf(type, id) {
      const key = keyOf(type, id);
      return key === undefined ? [] : guarded(() => readWriters(pages, key, isSpread()));
    },
    async creatorOf(type, id) {
      const key = keyOf(type, id);
      return key === undefined ? undefined : guarded(() => readCreator(pages, key, isSpread()));
    },
    words: (version, ...asked) => guarded(() => readTerms(pages, version, ...asked)),
    async close() {
      await Promise.all([small.close(), large.close(), earlier.close()]);
    },
  };
}

function withTold(found: StoredVersion, { consents, keys }: AskedOfRead, told: number): StoredVersion {
  if ((told & toldOfRead.unrefused) !== 0 && consents !== undefined) found.unrefused = consents;
  if ((told & toldOfRead.unlabelled) !== 0) found.unlabelled = true;
  if ((told & toldOfRead.hasKey) !== 0 && keys !== undefined) found.hasOneOf = keys;
  return found;
}

/** Reads by id, and those of large bodies, which share no statement. */
function currentReads({ reads, pages }: ReaderPools, { readers, searched, isSpread, near }: ReaderOptions) {
  const stating = new LRUCache<string, true>({ max: mostStating });
  const readApart = (keys: readonly ResourceKey[]): ReturnType<typeof readSpread> => {
    const nodes = near?.();
    return nodes === undefined ? readSpread(reads, keys, largeBody) : readNear(reads, nodes, keys, largeBody);
  };
  const small = createBatcher<ResourceKey, VersionRow | undefined>({
    name: 'reads',
    concurrency: readers,
    maxBatch,
    gather: true,
    run: (keys) => (isSpread() ? readApart(keys) : readSmall(reads, keys, { searched, stating })),
    // A batch may ask several nodes: resources of the reachable nodes are answered although one node is away.
    isRolledBack: (error) => isSpread() && isLostNode(error),
  });
  const large = createBatcher<ResourceKey, VersionRow | undefined>({
    name: 'large reads',
    concurrency: servingConnections.pages,
    maxBatch: 1,
    run: (keys) => (isSpread() ? readSpread : readCurrent)(pages, keys, noLimit),
    onError: 'fail',
  });
  return { small, large };
}

/** Versions that are requested at nearly the same time share a statement; a large one has its own. */
function versionReads({ reads, pages }: ReaderPools, { isSpread, near }: ReaderOptions) {
  const together = createBatcher<VersionKey, VersionRow | undefined>({
    name: 'version reads',
    concurrency: servingConnections.pages,
    maxBatch,
    gather: true,
    patience: 2,
    async run(keys) {
      const [only] = keys;
      if (only !== undefined && keys.length === 1) return [await readVersion(pages, only, only.ver)];
      const rows = await readEach(pages, keys, largeBody);
      for (const [n, row] of rows.entries())
        if (row?.content === undefined && row?.deleted === false)
          rows[n] = await readVersion(pages, keys[n]!, keys[n]!.ver);
      return rows;
    },
    // A damaged resource does not make the other reads of the batch fail.
    onError: 'split',
    isRolledBack: (error) => error instanceof DamagedVersion,
  });
  const read = (key: VersionKey): Promise<VersionRow | undefined> => {
    const nodes = near?.();
    if (!isSpread()) return together.submit(key);
    return nodes === undefined
      ? readVersionSpread(pages, key, key.ver)
      : readVersionNear({ reads, pages }, nodes, key, largeBody);
  };
  return { read, close: () => together.close() };
}

interface Asking extends Pick<ReaderOptions, 'searched'> {
  /** Resources whose patients have stated consents, or whose patient is unknown: their reads ask for the consents at once. */
  readonly stating: LRUCache<string, true>;
}

/** Some 100 bytes each. */
const mostStating = 20_000;

/** Only reads that ask for consents and labels pay for them. */
async function readSmall(
  sql: Session,
  keys: readonly ResourceKey[],
  { searched, stating }: Asking,
): Promise<(VersionRow | undefined)[]> {
  if (keys.every(({ asked }) => asked === undefined)) return readCurrent(sql, keys, largeBody);
  const { definition, tables } = searched();
  const asked = (some: readonly ResourceKey[]): Promise<(VersionRow | undefined)[]> =>
    readCurrentAsked(sql, some, largeBody, { version: definition.version, tables });
  if (!keys.every((key) => asksConsentsAlone(key) && !stating.has(nameOf(key)))) return asked(keys);
  const found = await readCurrentUnstated(sql, keys, largeBody);
  const isLeft = (n: number): boolean => {
    const row = found[n];
    return row?.told === undefined && row?.deleted === false && keys[n]!.asked !== undefined;
  };
  const left = keys.filter((_, n) => isLeft(n));
  if (left.length === 0) return found;
  for (const key of left) stating.set(nameOf(key), true);
  const rest = await asked(left);
  let at = 0;
  return found.map((row, n) => (isLeft(n) ? rest[at++] : row));
}

/** Questions other than consents alone cannot be answered from the row of the resource. */
function asksConsentsAlone({ asked }: ResourceKey): boolean {
  return asked === undefined || (asked.labels !== true && asked.keys === undefined);
}

function nameOf({ ty, id }: ResourceKey): string {
  return `${String(ty)}/${id}`;
}

/** @param types the types of a history whose end may be the beginning of the next one; undefined for other histories */
async function settledOf(sql: Session, types: readonly number[] | undefined): Promise<Settled> {
  const [settled, until] = await Promise.all([readSettled(sql), types === undefined ? undefined : settle(sql, types)]);
  return { ...settled, until };
}

/** Undefined for a malformed id, so that no statement receives it. */
function keyOf(type: string, id: string): ResourceKey | undefined {
  const ty = typeNumber(type);
  return ty === undefined || !isId(id) ? undefined : { ty, id };
}

function version(
  type: string,
  id: string,
  { ver, upd, deleted, content = nothing, method, isNew }: VersionRow,
): StoredVersion {
  const made: StoredVersion = { type, id, versionId: ver, lastUpdated: new Date(upd), deleted, content };
  if (method !== undefined) made.method = method;
  if (isNew !== undefined) made.isNew = isNew;
  return made;
}

function filterOf({ since, at }: HistoryTimes): HistoryFilter {
  const period = at === undefined ? undefined : { from: at[0].getTime(), to: at[1]?.getTime() };
  return { since: since?.getTime(), at: period };
}

/** Returns the versions of a resource that a list names; empty if the resource is not in the list, undefined if all versions are. */
function versionsOf({ only }: HistoryTimes, type: string, id: string): number[] | undefined {
  const named = only?.filter((each) => each.type === type && each.id === id);
  const versions = named?.map(({ versionId }) => versionId).filter((versionId) => versionId !== undefined);
  return versions === undefined || versions.length < named!.length ? undefined : versions.filter(isVersion);
}

/** Returns the entries of a list for some types, without duplicates. */
function listedOf({ only }: HistoryTimes, types: readonly number[]): Listed | undefined {
  if (only === undefined) return undefined;
  const listed = new Map<string, Listed[number]>();
  const whole = new Set(only.filter(({ versionId }) => versionId === undefined).map(({ type, id }) => `${type}/${id}`));
  for (const { type, id, versionId: ver } of only) {
    const [key, name] = [keyOf(type, id), `${type}/${id}`];
    if (key === undefined || !types.includes(key.ty) || (ver !== undefined && !isVersion(ver))) continue;
    if (whole.has(name)) listed.set(name, { ...key, ver: undefined });
    else listed.set(`${name}/${ver}`, { ...key, ver });
  }
  return [...listed.values()];
}

/** A position as a text for URLs. */
function formatCursor({ towards, snapshot, upd, rid, ver }: HistoryPosition, { before, until }: Settled): string {
  return Buffer.from(`${snapshot} ${upd} ${rid} ${ver} ${towards} ${before} ${until ?? '-'}`).toString('base64url');
}

/**
 * Without `settled` if a server of the previous version has made it.
 * @throws TypeError for a text that is not of `formatCursor`
 */
function parseCursor(cursor: string): HistoryPosition & { readonly settled: Settled | undefined } {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const match =
    /^(\d{1,19}:\d{1,19}:[\d,]*) (-?\d{1,15}) (\d{1,15}) (\d{1,9}) (older|newer)(?: (\d{1,13}) (\d{1,13}|-))?$/.exec(
      text,
    );
  if (match === null || !isSnapshot(match[1]!)) throw new TypeError(`"${cursor}" is not a position in a history`);
  const towards = match[5] as HistoryPosition['towards'];
  const until = match[7] === '-' ? undefined : Number(match[7]);
  const settled = match[6] === undefined ? undefined : { before: Number(match[6]), until };
  return { towards, snapshot: match[1]!, upd: Number(match[2]), rid: Number(match[3]), ver: Number(match[4]), settled };
}
