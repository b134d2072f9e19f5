/** The patients whose records an export is about: members of a Group, or who is named. */
import type { Group } from '@dhp/fhir-model';
import { sortedIds, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import { seenNow, storedPage } from '../../access/seen-snapshot.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { fail } from '../../http/errors.ts';
import { requireCurrent } from '../../interactions/current.ts';
import { invalid } from '../input.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../search/store-failure.ts';
import type { Asked } from './asked.ts';
import type { Patients } from './walk.ts';

/**
 * Fails with `resource-not-found` for a Group that is not there, and `parameter-invalid` for patients who are not, or are no members: for what the caller does not
 * see as for what never was.
 */
export async function requirePatients(services: Services, call: Call, { group, patients }: Asked): Promise<void> {
  const members = group === undefined ? undefined : new Set(await currentMembers(services, group));
  for (const id of patients ?? []) call.recording?.patients.add(id);
  if (patients === undefined) return;
  const stranger = patients.find((id) => members?.has(id) === false);
  if (stranger !== undefined) invalid('patient', `Patient/${stranger} is no member of Group/${group!}.`);
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

async function currentMembers(services: Services, id: string): Promise<string[]> {
  const version = await services.reading('r').store.read('Group', id);
  requireCurrent(version, 'Group', id);
  return membersOf(services, version.content);
}

/** At the time of the export, as far as the caller sees them; undefined where all patients are meant. */
export async function patientsOf(
  services: Services,
  { group, patients }: Asked,
  times: SnapshotTimes,
): Promise<Patients | undefined> {
  if (group === undefined && patients === undefined) return undefined;
  const { until, since } = times;
  const members = group === undefined ? undefined : new Set(await membersThen(services, group, until));
  const meant = sortedIds(patients ?? members!).filter((id) => members?.has(id) !== false);
  // A part has the same patients in each attempt, whoever of them is seen by then.
  const place = new Map(meant.map((id, n) => [id, n]));
  const places = new Map<string, number>();
  const gone = new Set<string>();
  for (let left = meant; left.length > 0;) {
    const page = await storedPage(services, 'Patient', { until }, left);
    const told = page.versions.filter(
      ({ deleted, lastUpdated }) => !deleted || (since !== undefined && lastUpdated >= since),
    );
    for (const { id, deleted } of await seenNow(services, told)) {
      places.set(id, place.get(id)!);
      if (deleted) gone.add(id);
    }
    left = page.last === undefined ? [] : left.filter((id) => id > page.last!);
  }
  return { ids: meant, places, gone };
}

async function membersThen(services: Services, id: string, until: Date): Promise<string[]> {
  const { versions } = await storedPage(services, 'Group', { until }, [id]);
  const [version] = await seenNow(services, versions);
  if (version === undefined || version.deleted)
    fail('resource-not-found', { type: 'Group', id }, { diagnostics: `There is no Group/${id} here.` });
  return membersOf(services, version.content);
}

function membersOf({ baseUrl }: Services, content: Buffer): string[] {
  const { member = [] } = JSON.parse(content.toString('utf8')) as Group;
  return member.flatMap(({ entity, inactive }) => {
    const [, id] = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(entity.reference?.replace(`${baseUrl}/`, '') ?? '') ?? [];
    return id === undefined || inactive === true ? [] : [id];
  });
}
