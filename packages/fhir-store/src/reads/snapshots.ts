/** Resources as they were stored at a time, for exports: pages of whole types, in a stable order. docs/decisions/0095-bulk-export.md */
import { isId, resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { Pools } from '../pools.ts';
import { readAt, readChangedSince, readStoredBehind, settleNow, type RowAt } from '../statements/read-at.ts';
import { guarded } from '../store-unavailable.ts';
import type { StoredVersion } from '../versions.ts';

/** The requested times: versions that were current just before `until`, if they were stored at `since` or later. */
export interface SnapshotTimes {
  readonly until: Date;
  readonly since?: Date | undefined;
}

/** A page of a type. */
export interface SnapshotPage {
  /** By id; deletions among them. */
  readonly versions: readonly StoredVersion[];
  /** The last id that was read, behind which the next page begins; undefined behind the last page. */
  readonly last: string | undefined;
}

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface Snapshots {
  /** The time now, and a time before which all is stored that ever will be; that is earlier as long as a write takes that began before. */
  settleNow(): Promise<{ readonly now: Date; readonly until: Date }>;
  /**
   * A page of all resources of a type, each in the version of that time. Whatever is stored meanwhile, reading all pages gives each of them
   * once. All writes before `until` must have ended (`settleNow`).
   * @param behind an id; '' for the first page
   */
  page(type: string, times: SnapshotTimes, behind: string): Promise<SnapshotPage>;
  /** The same for some resources, whose ids are in the order of `sortedIds`. */
  pageOf(type: string, times: SnapshotTimes, ids: readonly string[]): Promise<SnapshotPage>;
  /** Ids of those of a type that were stored or deleted at a time or later; undefined if they are more than `most`. */
  changedSince(type: string, since: Date, most: number): Promise<string[] | undefined>;
  /**
   * The times at which the first and the last of the current versions of a type, deletions included, were stored, of those stored after a
   * time (absent: of all).
   */
  storedBehind(
    type: string,
    time: Date | undefined,
  ): Promise<{ readonly first: Date; readonly last: Date } | undefined>;
}

/** Resources of a page, and bytes of their contents: a larger resource has its own page. */
const size = 1_000;
const bytes = 8 * 1024 ** 2;
const nothing = Buffer.alloc(0);
const allTypes = resourceTypes.map((type) => typeNumber(type)!);

export function createSnapshots({ pages, writes }: Pick<Pools, 'pages' | 'writes'>): Snapshots {
  const read = async (
    type: string,
    { until, since }: SnapshotTimes,
    of: Parameters<typeof readAt>[1]['of'],
    length: number,
  ): Promise<SnapshotPage> => {
    const asked = { ty: typeNumber(type)!, until: until.getTime(), since: since?.getTime(), of, most: bytes };
    const rows = await guarded(() => readAt(pages, asked));
    const cut = rows.findIndex(({ version }) => version !== undefined && version.content === undefined);
    const whole = cut < 0 ? rows : rows.slice(0, cut);
    const isLast = cut < 0 && rows.length < length;
    return { versions: whole.flatMap((row) => versionOf(type, row)), last: isLast ? undefined : whole.at(-1)?.id };
  };
  return {
    async settleNow() {
      const { now, until } = await guarded(() => settleNow(writes, allTypes));
      return { now: new Date(now), until: new Date(until) };
    },
    page: (type, times, behind) => read(type, times, { behind, count: size }, size),
    async pageOf(type, times, ids) {
      const asked = ids.filter(isId).slice(0, size);
      // Ids that never were have no row.
      const page = asked.length === 0 ? { versions: [], last: undefined } : await read(type, times, asked, 0);
      return { ...page, last: page.last ?? (ids.length > size ? asked.at(-1) : undefined) };
    },
    async changedSince(type, since, most) {
      const found = await guarded(() => readChangedSince(pages, typeNumber(type)!, since.getTime(), most + 1));
      return found.length > most ? undefined : found;
    },
    async storedBehind(type, time) {
      const found = await guarded(() => readStoredBehind(pages, typeNumber(type)!, time?.getTime()));
      return found && { first: new Date(found.first), last: new Date(found.last) };
    },
  };
}

function versionOf(type: string, { id, version }: RowAt): StoredVersion[] {
  if (version === undefined) return [];
  const { ver, upd, deleted, content = nothing } = version;
  return [{ type, id, versionId: ver, lastUpdated: new Date(upd), deleted, content }];
}

/** In the order of the database: that of the bytes. */
export function sortedIds(ids: Iterable<string>): string[] {
  return [...new Set(ids)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
