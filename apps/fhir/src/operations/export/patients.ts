/** The patients whose records an export is about: members of a Group, or named patients. */
import type { Group } from '@dhp/fhir-model';
import { sortedIds, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { deletedSince, requireNow, type Cohorts } from '../../cohort/kept-members.ts';
import { memberFilters } from '../../cohort/member-filter.ts';
import { membersNow } from '../../cohort/members.ts';
import { seenNow, storedPage, storedVersions } from '../../access/seen-snapshot.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { requireCurrent } from '../../interactions/current.ts';
import { invalid } from '../input.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import type { Asked } from './asked.ts';
import { patientsOfPart, type Patients } from './walk.ts';

/**
 * Fails with `resource-not-found` for a missing Group, and `parameter-invalid` for patients that are missing or not members; unseen
 * resources count as missing.
 */
export async function requirePatients(
  services: Services,
  call: Call,
  { groups, patients, until }: Pick<Asked, 'groups' | 'patients'> & Partial<Pick<Asked, 'until'>>,
): Promise<void> {
  const members = await idsOf(groups, (id) => currentMembers(services, call, id, { patients, until }));
  for (const id of patients ?? []) call.recording?.patients.add(id);
  if (patients === undefined) return;
  const stranger = patients.find((id) => members?.has(id) === false);
  if (stranger !== undefined) invalid('patient', `Patient/${stranger} is no member of Group/${groups!.join()}.`);
  const { store } = services.reading('s');
  const scope = { path: '/Patient/$export', interaction: '$export', of: 'Patient' };
  const permitted = searchAccess(services);
  const found = await fromStore(
    () => store.find('Patient', { op: 'id', any: patients }, patients.length, permitted),
    scope,
  );
  const known = new Set(found.map(({ id }) => id));
  const missing = patients.find((id) => !known.has(id));
  if (missing !== undefined) invalid('patient', `There is no Patient/${missing} here.`);
}

/** Members of any of some Groups; undefined without Groups. */
async function idsOf(
  groups: readonly string[] | undefined,
  membersIn: (group: string) => Promise<readonly string[]>,
): Promise<ReadonlySet<string> | undefined> {
  if (groups === undefined) return undefined;
  const all = new Set<string>();
  for (const group of groups) for (const id of await membersIn(group)) all.add(id);
  return all;
}

/** @param asked of a Group by characteristic, those of the patients alone who are asked for */
async function currentMembers(
  services: Services,
  call: Call,
  id: string,
  { patients, until }: { readonly patients: readonly string[] | undefined; readonly until: Date | undefined },
): Promise<string[]> {
  const version = await services.reading('r').store.read('Group', id);
  requireCurrent(version, 'Group', id);
  const filters = memberFilters(JSON.parse(version.content.toString('utf8')) as Record<string, unknown>);
  if (filters === undefined) return membersOf(services, version.content);
  requireNow(id, until);
  // A search that cannot be run is refused at once, for any patients.
  return membersNow(services, call, { filters }, { among: patients ?? [] });
}

/**
 * At the time of the export, as far as the caller sees them; undefined: all patients.
 * @param withJoined whether the whole records of members who joined since the requested time are included
 * @param cohorts members of those of the Groups that are by characteristic
 */
export async function patientsOf(
  services: Services,
  { groups, patients }: Pick<Asked, 'groups' | 'patients'>,
  times: SnapshotTimes,
  { withJoined = false, cohorts = new Map() }: { readonly withJoined?: boolean; readonly cohorts?: Cohorts } = {},
): Promise<Patients | undefined> {
  if (groups === undefined && patients === undefined) return undefined;
  const { until, since } = times;
  const members = await idsOf(groups, (id) => membersThen(services, id, until, cohorts));
  const left =
    patients === undefined
      ? await idsOf(groups, (id) =>
          cohorts.has(id) ? deletedSince(services, times) : leftSince(services, id, times, members!),
        )
      : undefined;
  const dropped = left ?? new Set<string>();
  const meant = sortedIds(patients ?? [...members!, ...dropped]).filter(
    (id) => members?.has(id) !== false || dropped.has(id),
  );
  const before =
    withJoined && since !== undefined
      ? await idsOf(groups, (id) => membersBefore(services, id, since, cohorts))
      : undefined;
  const joined = meant.filter((id) => before?.has(id) === false && members?.has(id) === true);
  // A part has the same patients in each attempt, even if some of them are no longer seen, and has either joined members or others.
  const joinedParts = Math.ceil(joined.length / patientsOfPart);
  const gap = Array.from({ length: joinedParts * patientsOfPart - joined.length }, () => '');
  const isJoined = new Set(joined);
  const ids = [...joined, ...gap, ...meant.filter((id) => !isJoined.has(id))];
  const place = new Map(ids.map((id, n) => [id, n]));
  const places = new Map<string, number>();
  const gone = new Set<string>();
  for (let rest = meant; rest.length > 0;) {
    const page = await storedPage(services, 'Patient', { until }, rest);
    const told = page.versions.filter(({ id, deleted, lastUpdated }) =>
      deleted ? since !== undefined && lastUpdated >= since : !dropped.has(id),
    );
    for (const { id, deleted } of await seenNow(services, told)) {
      places.set(id, place.get(id)!);
      if (deleted) gone.add(id);
    }
    rest = page.last === undefined ? [] : rest.filter((id) => id > page.last!);
  }
  return { ids, places, gone, joinedParts };
}

async function membersThen(services: Services, id: string, until: Date, cohorts: Cohorts): Promise<readonly string[]> {
  const { versions } = await storedPage(services, 'Group', { until }, [id]);
  const [version] = await seenNow(services, versions);
  if (version === undefined || version.deleted)
    fail('resource-not-found', { type: 'Group', id }, { diagnostics: `There is no Group/${id} here.` });
  return cohorts.get(id)?.ids ?? membersOf(services, version.content);
}

/** The members just before a moment; nobody where the Group was not there, or is not seen as it was. */
async function membersBefore(
  services: Services,
  id: string,
  until: Date,
  cohorts: Cohorts,
): Promise<readonly string[]> {
  const cohort = cohorts.get(id);
  if (cohort !== undefined) return cohort.ids.filter((member) => !cohort.joined.has(member));
  const { versions } = await storedPage(services, 'Group', { until }, [id]);
  const [version] = await seenNow(services, versions);
  return version === undefined || version.deleted ? [] : membersOf(services, version.content);
}

/** Versions of a Group that are read together. */
const versionsOfPage = 20;

/**
 * Patients who were members at some time since the requested moment, and no longer are. A deleted patient is dropped from a Group sooner or
 * later; a client that follows the Group by its exports must learn of the deletion all the same.
 */
async function leftSince(
  services: Services,
  group: string,
  { since, until }: SnapshotTimes,
  members: ReadonlySet<string>,
): Promise<string[]> {
  if (since === undefined) return [];
  const left = new Set<string>();
  for (let before: number | undefined; ;) {
    const page = await storedVersions(services, 'Group', group, { at: [since, until], count: versionsOfPage, before });
    for (const { deleted, content } of await seenNow(services, page)) {
      if (!deleted) for (const id of membersOf(services, content)) if (!members.has(id)) left.add(id);
    }
    if (page.length < versionsOfPage) return [...left];
    before = page.at(-1)!.versionId;
  }
}

function membersOf({ baseUrl }: Services, content: Buffer): string[] {
  const { member = [] } = JSON.parse(content.toString('utf8')) as Group;
  return member.flatMap(({ entity, inactive }) => {
    const [, id] = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(entity.reference?.replace(`${baseUrl}/`, '') ?? '') ?? [];
    return id === undefined || inactive === true ? [] : [id];
  });
}
