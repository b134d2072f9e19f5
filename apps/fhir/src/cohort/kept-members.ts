/** Members of Groups by characteristic as one export has them, in all of its attempts. */
import { sortedIds, type ExportStore, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { seenNow, storedPage } from '../access/seen-snapshot.ts';
import type { Call, Services } from '../contract/interaction.ts';
import type { Work } from '../contract/jobs.ts';
import { fail } from '../http/errors.ts';
import { memberFilters } from './member-filter.ts';
import { joinedSince, membersNow } from './members.ts';

export interface CohortMembers {
  /** In the order of `sortedIds`. */
  readonly ids: readonly string[];
  /** Those of them who may have become members since the time that is requested. */
  readonly joined: ReadonlySet<string>;
}

/** By the id of the Group; those that list their members are not there. */
export type Cohorts = ReadonlyMap<string, CohortMembers>;

interface Asked {
  readonly groups: readonly string[] | undefined;
  /** Whether a time was requested as of which all is to be shown. */
  readonly until?: Date | undefined;
}

/** Patients of one row. */
const together = 20_000;

/**
 * The members that the first attempt has found. They are found after the time of the export: a patient who became a member meanwhile is
 * exported as of that time, and completely with the next export. Fails as `membersNow` does, with `parameter-invalid` as `requireNow` does,
 * and with `export-too-large` for more members than one request may read.
 */
export async function keptMembers(
  services: Services,
  call: Call,
  { groups = [], until }: Asked,
  {
    exports,
    attempt,
    times,
  }: { readonly exports: ExportStore; readonly attempt: Work['attempt']; readonly times: SnapshotTimes },
): Promise<Cohorts> {
  const all = new Map<string, CohortMembers>();
  for (const group of groups) {
    const { versions } = await storedPage(services, 'Group', { until: times.until }, [group]);
    const [version] = await seenNow(services, versions);
    if (version === undefined || version.deleted) continue;
    const filters = memberFilters(JSON.parse(version.content.toString('utf8')) as Record<string, unknown>);
    if (filters === undefined) continue;
    requireNow(group, until);
    const kept = await exports.membersOf(attempt.id, group);
    all.set(
      group,
      membersIn(kept ?? (await found(services, call, { group, filters, exports, attempt, since: times.since }))),
    );
  }
  return all;
}

/** They are in the memory of the process that makes the export, which serves others too. */
function tooMany(group: string, most: number): never {
  const diagnostics = `Group/${group} has more than ${String(most)} members, the most that are found at once (DHP_REQUEST_ROWS). Let its searches find fewer, or export all patients with Patient/$export.`;
  fail('export-too-large', {}, { diagnostics });
}

type Parts = NonNullable<Awaited<ReturnType<ExportStore['membersOf']>>>;

interface Finding {
  readonly group: string;
  readonly filters: NonNullable<ReturnType<typeof memberFilters>>;
  readonly exports: ExportStore;
  readonly attempt: Work['attempt'];
  readonly since: Date | undefined;
}

async function found(
  services: Services,
  call: Call,
  { group, filters, exports, attempt, since }: Finding,
): Promise<Parts> {
  const most = services.costs.rows;
  const members = await membersNow(services, call, { filters }, { limit: most + 1 });
  if (members.length > most) tooMany(group, most);
  const ids = sortedIds(members);
  const joined = since === undefined ? new Set<string>() : await joinedSince(services, call, { filters }, since);
  const parts: { isJoined: boolean; ids: string[] }[] = [];
  for (const isJoined of [true, false]) {
    const some = ids.filter((id) => (joined?.has(id) ?? true) === isJoined);
    for (let at = 0; at < some.length; at += together) parts.push({ isJoined, ids: some.slice(at, at + together) });
  }
  // A Group without members has one part all the same: it was looked through.
  await exports.keepMembers(attempt, group, parts.length === 0 ? [{ isJoined: false, ids: [] }] : parts);
  const kept = await exports.membersOf(attempt.id, group);
  if (kept === undefined) throw new Error('the members of a Group were found for a job of another holder');
  return kept;
}

function membersIn(parts: Parts): CohortMembers {
  const joined = parts.flatMap(({ isJoined, ids }) => (isJoined ? ids : []));
  return { ids: sortedIds(parts.flatMap(({ ids }) => ids)), joined: new Set(joined) };
}

/** The index holds current resources only: earlier members are unknown. Fails with `parameter-invalid`. */
export function requireNow(group: string, until: Date | undefined): void {
  if (until === undefined) return;
  const diagnostics = `The members of Group/${group} are found by searches of what is stored now; nobody knows who they were. Leave out _until.`;
  fail('parameter-invalid', { name: '_until' }, { diagnostics });
}

/**
 * Patients who were deleted since a time: each may have been a member, and a client that follows the Group must learn of it. Ids as stored,
 * without access rules.
 */
export async function deletedSince(services: Services, { until, since }: SnapshotTimes): Promise<string[]> {
  const gone: string[] = [];
  for (let behind: string | undefined = ''; behind !== undefined;) {
    const { versions, last } = await storedPage(services, 'Patient', { until, since }, behind);
    for (const { id, deleted } of versions) if (deleted) gone.push(id);
    behind = last;
  }
  return gone;
}
