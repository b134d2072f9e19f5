/** ViewDefinitions of SQL on FHIR with their versions. docs/decisions/0161-stored-view-definitions.md */
import { scanJson } from '@dhp/fhir-model';
import { formatInstant } from '@dhp/fhir-model/instant';
import { sameButForStamp, stampResource } from '@dhp/fhir-model/stamp';
import type { Pools } from './pools.ts';
import type { HistoryPage } from './resource-store.ts';
import type { Session } from './statements/session.ts';
import {
  insertViewDefinition,
  lockViewDefinitions,
  selectSameCanonical,
  selectViewDefinition,
  selectViewDefinitions,
  selectViewVersions,
  type ViewCriteria,
  type ViewElements,
  type ViewRow,
} from './statements/view-definitions.ts';
import { guarded } from './store-unavailable.ts';
import type { Deletion, StoredVersion, Update, WriteOutcome } from './versions.ts';

/** A request to store a ViewDefinition; conditions as of `Update`. */
export interface ViewWrite extends Pick<Update, 'id' | 'source' | 'ifMatch' | 'requireMatch' | 'createAllowed'> {
  readonly method: 'POST' | 'PUT';
  readonly elements: ViewElements;
}

/** `canonical-taken`: another one has the same url and version. */
export type ViewOutcome = WriteOutcome | { readonly kind: 'canonical-taken'; readonly by: string };

/** All methods reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. Outcomes are those of `ResourceStore`. */
export interface ViewDefinitionStore {
  put(write: ViewWrite): Promise<ViewOutcome>;
  delete(deletion: Pick<Deletion, 'id' | 'ifMatch'>): Promise<WriteOutcome>;
  /** @param versionId absent: the current version */
  read(id: string, versionId?: number): Promise<StoredVersion | undefined>;
  history(id: string, page: Parameters<typeof selectViewVersions>[2]): Promise<HistoryPage>;
  /** Current ones by their ids. @param page.after the id before the first one, '' for the beginning */
  search(
    criteria: ViewCriteria,
    page: { readonly count: number; readonly after: string },
  ): Promise<{ readonly versions: StoredVersion[]; readonly total: number }>;
}

export function createViewDefinitionStore(
  { writes, pages }: Pick<Pools, 'writes' | 'pages'>,
  timeZone: string,
): ViewDefinitionStore {
  return {
    put: (write) =>
      guarded(() =>
        writes.begin(async (session) => {
          const now = await lockViewDefinitions(session);
          return put(session, write, { now, timeZone });
        }),
      ),
    delete: (deletion) =>
      guarded(() =>
        writes.begin(async (session) => {
          const now = await lockViewDefinitions(session);
          return remove(session, deletion, now);
        }),
      ),
    read: (id, versionId) =>
      guarded(async () => {
        const row = await selectViewDefinition(pages, id, versionId);
        return row && versionOf(row);
      }),
    history: (id, page) =>
      guarded(async () => {
        const { rows, total } = await selectViewVersions(pages, id, page);
        return { versions: rows.map(versionOf), total };
      }),
    search: (criteria, page) =>
      guarded(async () => {
        const { rows, total } = await selectViewDefinitions(pages, criteria, page);
        return { versions: rows.map(versionOf), total };
      }),
  };
}

async function put(
  session: Session,
  { id, source, elements, method, ifMatch, requireMatch, createAllowed }: ViewWrite,
  { now, timeZone }: { readonly now: Date; readonly timeZone: string },
): Promise<ViewOutcome> {
  const before = await selectViewDefinition(session, id);
  const isThere = before !== undefined && before.content !== null;
  const current = isThere ? before.ver : 0;
  if (ifMatch !== undefined && !(isThere && (ifMatch === '*' || ifMatch.includes(before.ver))))
    return { kind: 'version-mismatch', current };
  if (ifMatch === undefined && isThere && requireMatch) return { kind: 'match-required', current };
  if (!isThere && !createAllowed) return { kind: 'not-found' };
  if (isThere && sameButForStamp(scanJson(before.content), source))
    return { kind: 'unchanged', version: versionOf(before) };
  const by = elements.url === undefined ? undefined : await selectSameCanonical(session, id, elements);
  if (by !== undefined) return { kind: 'canonical-taken', by };
  const ver = (before?.ver ?? 0) + 1;
  const upd = later(now, before);
  const stamp = { id, versionId: String(ver), lastUpdated: formatInstant(upd, timeZone) };
  const row: ViewRow = { id, ver, upd, method, content: stampResource(source, stamp) };
  await insertViewDefinition(session, row, elements);
  return { kind: isThere ? 'updated' : 'created', version: versionOf(row) };
}

async function remove(
  session: Session,
  { id, ifMatch }: Pick<Deletion, 'id' | 'ifMatch'>,
  now: Date,
): Promise<WriteOutcome> {
  const before = await selectViewDefinition(session, id);
  if (before === undefined) return { kind: 'not-found' };
  if (ifMatch?.includes(before.ver) === false)
    return { kind: 'version-mismatch', current: before.content === null ? 0 : before.ver };
  if (before.content === null) return { kind: 'already-deleted', version: versionOf(before) };
  const row: ViewRow = { id, ver: before.ver + 1, upd: later(now, before), method: 'DELETE', content: null };
  await insertViewDefinition(session, row, undefined);
  return { kind: 'deleted', version: versionOf(row) };
}

/** In milliseconds, as shown to clients; later than the previous version, whatever the clock says. */
function later(now: Date, before: ViewRow | undefined): Date {
  return new Date(Math.max(now.getTime(), before === undefined ? 0 : before.upd.getTime() + 1));
}

function versionOf({ id, ver, upd, method, content }: ViewRow): StoredVersion {
  return {
    ...{ type: 'ViewDefinition', id, versionId: ver, lastUpdated: upd },
    ...{ deleted: content === null, content: Buffer.from(content ?? ''), method, isNew: ver === 1 },
  };
}
