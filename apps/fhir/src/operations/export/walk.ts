/** All that an export shows, page by page, in an order by which it can be gone on with. */
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import { sortedIds, type SnapshotPage, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import type { Condition } from '@dhp/search-index';
import { changedSince, contentBefore, seenNow, storedPage } from '../../access/seen-snapshot.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { hiddenMembership, inCompartmentOfPatients } from '../../search/within-compartment.ts';
import { parseOptions } from '../../search/understood.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../search/store-failure.ts';
import type { Asked } from './asked.ts';
import { meetsFilter } from './filters.ts';
import { targetsIn } from './targets.ts';

/** The place behind a page: a type, a part of its patients, and an id. */
export interface Place {
  readonly type: string;
  readonly part: number;
  readonly behind: string;
}

export interface WalkPage {
  readonly place: Place;
  /** As the caller sees them at the moment of the call; deletions among them. */
  readonly versions: () => Promise<readonly StoredVersion[]>;
}

export interface Walk {
  readonly services: Services;
  readonly call: Call;
  readonly asked: Pick<Asked, 'types' | 'isOfPatients' | 'filters'>;
  readonly times: SnapshotTimes;
  /** The patients that are meant; undefined: all. */
  readonly patients: Patients | undefined;
  /** Its rows are those of `$viewdefinition-run`. */
  readonly isOfTable?: true;
}

/** Ids of patients, in an order that stays, and the places in it of those whom the caller sees. */
export interface Patients {
  readonly ids: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** Those of them who were deleted since the time that is asked for: only what was deleted is told of them. */
  readonly gone: ReadonlySet<string>;
  /** So many parts at the beginning are of those who are meant since the time that is asked for: theirs come whatever their time is. */
  readonly joinedParts: number;
}

/** Patients of whom resources are looked up together. */
export const patientsOfPart = 500;

/** Ids that are listed where only what was stored lately is meant. Where it is more, the type is gone through as a whole. */
const mostListed = 100_000;

/** The place of a part that has all patients. */
const allPatients = -1;

/** Each resource comes once, and others may write meanwhile. @param from behind it; absent: from the beginning */
export async function* walk(of: Walk, from?: Place): AsyncGenerator<WalkPage> {
  for (const type of of.asked.types) {
    if (from !== undefined && type < from.type) continue;
    for (const part of await partsOf(of, type, type === from?.type ? from.part : undefined)) {
      const behind = type === from?.type && part === from.part ? from.behind : '';
      for await (const page of ahead(storedPages(of, type, part, behind))) {
        const versions = (): Promise<StoredVersion[]> => shown(of, type, part, page.versions);
        yield { place: { type, part, behind: page.last ?? last }, versions };
      }
    }
  }
}

/** The time of a part before which nothing of it is meant; undefined where all is. */
function sinceOf({ times, patients }: Walk, part: number): Date | undefined {
  const { joinedParts = 0 } = patients ?? {};
  return joinedParts > 0 && part < joinedParts ? undefined : times.since;
}

/** @param from the part to go on with; undefined: the type is begun */
async function partsOf(of: Walk, type: string, from: number | undefined): Promise<number[]> {
  const { patients, services, times } = of;
  // No index tells whose resources a Provenance is about.
  if (from === allPatients || (patients !== undefined && goesByTargets(of, type))) return [allPatients];
  const parts = patients === undefined ? 1 : Math.ceil(patients.ids.length / patientsOfPart);
  if (from === undefined && parts > 1 && type !== 'Patient') {
    // Each part looks at all that has changed. Where that is much, the type is gone through once for all of them.
    const changed = await changedSince(services, type, times.since ?? times.until, Math.floor(mostListed / parts));
    if (changed === undefined) return [allPatients];
  }
  return Array.from({ length: parts }, (_, part) => part).slice(from ?? 0);
}

/** Behind all ids: these have letters, digits, `-` and `.` alone. */
const last = '~';

/** The next page is read while this one is worked on. */
async function* ahead<Page>(pages: AsyncGenerator<Page, void>): AsyncGenerator<Page> {
  let next = pages.next();
  for (;;) {
    const { done, value } = await next;
    if (done === true) return;
    next = pages.next();
    // It is told when it is waited for.
    next.catch(() => undefined);
    yield value;
  }
}

async function* storedPages(of: Walk, type: string, part: number, from: string): AsyncGenerator<SnapshotPage, void> {
  const { services, times } = of;
  let ids = await listed(of, type, part);
  for (let behind = from; ;) {
    ids = ids?.filter((id) => id > behind);
    const page = await storedPage(services, type, { until: times.until, since: sinceOf(of, part) }, ids ?? behind);
    yield page;
    if (page.last === undefined) return;
    behind = page.last;
  }
}

/** Ids of a part, or of what was stored lately; undefined where the type is gone through. */
async function listed(of: Walk, type: string, part: number): Promise<string[] | undefined> {
  const { services, times, patients } = of;
  if (patients !== undefined && part !== allPatients) {
    const some = patientsIn(patients, part);
    if (type === 'Patient') return sortedIds(some);
    const found = await foundOf(of, type, some);
    // All that has changed since may have been theirs then, and is not now; what was deleted is in no index.
    const changed = await changedSince(services, type, times.since ?? times.until, mostListed);
    return changed === undefined ? undefined : sortedIds([...found, ...changed]);
  }
  const since = sinceOf(of, part);
  if (since === undefined) return undefined;
  const changed = await changedSince(services, type, since, mostListed);
  return changed && sortedIds(changed);
}

function patientsIn({ ids, places }: Patients, part: number): readonly string[] {
  return ids.slice(part * patientsOfPart, (part + 1) * patientsOfPart).filter((id) => places.has(id));
}

/** Resources that one look-up returns. */
const mostFound = 50_000;

/** Ids of what is in the compartments of some patients now, and may be found by the caller. Where it is too much it is looked up by halves. */
async function foundOf(of: Walk, type: string, patients: readonly string[]): Promise<string[]> {
  if (patients.length === 0) return [];
  const { services, call } = of;
  const where: Condition = inCompartmentOfPatients(patients, type, parseOptions(services, call));
  const limit = patients.length === 1 ? Number.MAX_SAFE_INTEGER : mostFound;
  const scope = { path: '/$export', interaction: '$export', of: type };
  const { store } = services.reading('s');
  const found = await fromStore(
    () => store.find(type, where, Math.min(limit, 2 ** 31 - 1), searchAccess(services)),
    scope,
  );
  if (found.length < limit) return found.map(({ id }) => id);
  const half = Math.ceil(patients.length / 2);
  return [...(await foundOf(of, type, patients.slice(0, half))), ...(await foundOf(of, type, patients.slice(half)))];
}

async function shown(
  of: Walk,
  type: string,
  part: number,
  versions: readonly StoredVersion[],
): Promise<StoredVersion[]> {
  const { services, call, asked, times } = of;
  // Without a time to begin with nobody has what was deleted.
  const tellsDeleted =
    times.since !== undefined && !(asked.isOfPatients && isMembershipHidden(type, parseOptions(services, call)));
  const wanted = tellsDeleted ? versions : versions.filter(({ deleted }) => !deleted);
  const seen = await seenNow(services, wanted);
  const filter = asked.filters.get(type);
  if (!asked.isOfPatients && filter === undefined) return seen;
  const left: StoredVersion[] = [];
  const told = asked.isOfPatients && goesByTargets(of, type) ? await targetsIn(services, times, seen) : undefined;
  for (const version of seen) {
    const content = version.deleted ? await contentBefore(services, version) : version.content;
    if (content === undefined) continue;
    const resource = JSON.parse(content.toString('utf8')) as JsonResource;
    const own = asked.isOfPatients ? (told?.(resource) ?? ownPatients(services, version, resource)) : [];
    const isMeant = !asked.isOfPatients || (isOfPart(of, part, version, own) && isOfTime(of, version, own));
    if (isMeant && (filter === undefined || meetsFilter(services, call, resource, filter))) left.push(version);
  }
  return left;
}

/** The guide counts a Provenance of a record among the records, and a view is of compartments alone. */
function goesByTargets({ isOfTable }: Walk, type: string): boolean {
  return type === 'Provenance' && isOfTable !== true;
}

/** The patient of a deleted record stands in what was stored: the deletion would tell those elements to a caller who does not see them. */
function isMembershipHidden(type: string, options: ReturnType<typeof parseOptions>): boolean {
  return hiddenMembership('Patient', type, options) !== undefined;
}

/** Ids of the patients in whose compartments it is. */
function ownPatients({ baseUrl }: Services, { type, id }: StoredVersion, resource: JsonResource): readonly string[] {
  return type === 'Patient' ? [id] : patientCompartment(resource, [baseUrl]);
}

/** Whether it was stored, or deleted, in the time that is asked for, or is of somebody of whom all is meant. */
function isOfTime({ patients, times }: Walk, { lastUpdated, deleted }: StoredVersion, own: readonly string[]): boolean {
  const { joinedParts = 0 } = patients ?? {};
  if (joinedParts === 0 || times.since === undefined || lastUpdated >= times.since) return true;
  return !deleted && own.some((id) => (patients?.places.get(id) ?? Infinity) < joinedParts * patientsOfPart);
}

/** Whether it is of the patients of a part: what is of several patients comes with the first of them. */
function isOfPart({ patients }: Walk, part: number, { deleted }: StoredVersion, own: readonly string[]): boolean {
  if (patients === undefined) return own.length > 0;
  const meant = own.filter((patient) => deleted || !patients.gone.has(patient));
  const places = meant.flatMap((patient) => patients.places.get(patient) ?? []);
  if (part === allPatients) return places.length > 0;
  return places.length > 0 && Math.floor(Math.min(...places) / patientsOfPart) === part;
}
