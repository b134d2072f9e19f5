/** All that an export shows, page by page, in an order by which it can be continued. */
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import { sortedIds, type SnapshotPage, type SnapshotTimes } from '@dhp/fhir-store/jobs';
import type { Condition } from '@dhp/search-index';
import { changedSince, contentBefore, seenNow, storedPage } from '../../access/seen-snapshot.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { hiddenMembership, inCompartmentOfPatients } from '../../search/within-compartment.ts';
import { parseOptions } from '../../search/understood.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import type { Asked } from './asked.ts';
import { meetsFilter } from './filters.ts';
import { associatedIn, noteNewest, type Newest } from './associated.ts';
import { targetsIn } from './targets.ts';

/** The place behind a page: a type, a part of its patients, and an id. */
export interface Place {
  readonly type: string;
  readonly part: number;
  readonly behind: string;
  /** `Type/id` of the last line of a block that is not over. */
  readonly within?: string;
}

export interface WalkPage {
  readonly place: Place;
  /** As the caller sees them at the moment of the call; deletions among them. */
  readonly versions: () => Promise<readonly StoredVersion[]>;
}

export interface Walk {
  readonly services: Services;
  readonly call: Call;
  readonly asked: Pick<Asked, 'types' | 'isOfPatients' | 'filters'> & Partial<Pick<Asked, 'associated'>>;
  readonly times: SnapshotTimes;
  /** The patients that are meant; undefined: all. */
  readonly patients: Patients | undefined;
  /** Where of each resource the newest Provenance alone is meant. */
  readonly newest?: Newest | undefined;
  /** Its rows are those of `$viewdefinition-run`. */
  readonly isOfTable?: true;
}

/** Ids of patients, in an order that stays, and the places in it of those whom the caller sees. */
export interface Patients {
  readonly ids: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** Those who were deleted since the requested time: only deletions are exported for them. */
  readonly gone: ReadonlySet<string>;
  /** This many parts at the beginning are of patients who count since the requested time: their resources are included with any time. */
  readonly joinedParts: number;
}

/** Patients whose resources are looked up together. */
export const patientsOfPart = 500;

/** Most ids that are listed if only recently stored resources are included. If there are more, the whole type is scanned. */
const mostListed = 100_000;

/** The place of a part that has all patients. */
export const allPatients = -1;

/** Each resource comes once, and others may write meanwhile. @param from behind it; absent: from the beginning */
export async function* walk(of: Walk, from?: Place): AsyncGenerator<WalkPage> {
  for (const type of of.asked.types) {
    if (from !== undefined && type < from.type) continue;
    // Files of Provenances are begun when all are noted.
    if (of.newest !== undefined && isAssociated(of, type) && type !== from?.type) yield* noting(of, of.newest);
    for (const part of await partsOf(of, type, type === from?.type ? from.part : undefined)) {
      const behind = type === from?.type && part === from.part ? from.behind : '';
      for await (const page of ahead(storedPages(of, type, part, behind))) {
        const versions = (): Promise<StoredVersion[]> => shown(of, type, part, page.versions);
        yield { place: { type, part, behind: page.last ?? last }, versions };
      }
    }
  }
}

/** Goes through all Provenances, and notes the newest of each resource: an attempt after a kill notes the same. */
export async function* noting(of: Walk, newest: Newest): AsyncGenerator<WalkPage> {
  const { services, asked } = of;
  const { types } = asked;
  for await (const { versions, last: behind } of ahead(storedPages(of, 'Provenance', allPatients, ''))) {
    const note = async (): Promise<StoredVersion[]> => {
      const there = versions.filter(({ deleted }) => !deleted);
      await noteNewest(services, { types, newest }, await filtered(of, 'Provenance', await seenNow(services, there)));
      return [];
    };
    yield { place: { type: 'Provenance', part: allPatients, behind: behind ?? last }, versions: note };
  }
}

/** The time of a part before which nothing of it is meant; undefined if all is. */
export function sinceOf(of: Walk, type: string, part: number): Date | undefined {
  const { times, patients } = of;
  if (isAssociated(of, type)) return undefined;
  const { joinedParts = 0 } = patients ?? {};
  return joinedParts > 0 && part < joinedParts ? undefined : times.since;
}

/** @param from the part to continue with; undefined: the type is begun */
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
    // It is rethrown when it is awaited.
    next.catch(() => undefined);
    yield value;
  }
}

async function* storedPages(of: Walk, type: string, part: number, from: string): AsyncGenerator<SnapshotPage, void> {
  const { services, times } = of;
  let ids = await listed(of, type, part);
  for (let behind = from; ;) {
    ids = ids?.filter((id) => id > behind);
    const page = await storedPage(
      services,
      type,
      { until: times.until, since: sinceOf(of, type, part) },
      ids ?? behind,
    );
    yield page;
    if (page.last === undefined) return;
    behind = page.last;
  }
}

/** Ids of a part, or of recently stored resources; undefined if the type is scanned. */
async function listed(of: Walk, type: string, part: number): Promise<string[] | undefined> {
  const { services, times, patients } = of;
  if (patients !== undefined && part !== allPatients) {
    const some = patientsIn(patients, part);
    if (type === 'Patient') return sortedIds(some);
    const found = await foundOf(of, type, some);
    // Every resource changed since may have been theirs then, and not be now; deleted ones are in no index.
    const changed = await changedSince(services, type, times.since ?? times.until, mostListed);
    return changed === undefined ? undefined : sortedIds([...found, ...changed]);
  }
  const since = sinceOf(of, type, part);
  if (since === undefined) return undefined;
  const changed = await changedSince(services, type, since, mostListed);
  return changed && sortedIds(changed);
}

function patientsIn({ ids, places }: Patients, part: number): readonly string[] {
  return ids.slice(part * patientsOfPart, (part + 1) * patientsOfPart).filter((id) => places.has(id));
}

/** Resources that one look-up returns. */
const mostFound = 50_000;

/**
 * Ids of resources in the compartments of some patients now that the caller may find. If they are too many, each half is looked up
 * separately.
 */
export async function foundOf(of: Walk, type: string, patients: readonly string[]): Promise<string[]> {
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

export async function shown(
  of: Walk,
  type: string,
  part: number,
  versions: readonly StoredVersion[],
): Promise<StoredVersion[]> {
  const { services, call, asked, times } = of;
  const options = parseOptions(services, call);
  // Without a start time the client has no earlier export, so deletions do not matter.
  const tellsDeleted = times.since !== undefined && !(asked.isOfPatients && isMembershipHidden(type, options));
  // Nobody deletes a Provenance.
  const isOfOthers = isAssociated(of, type);
  const seen = await seenNow(
    services,
    tellsDeleted && !isOfOthers ? versions : versions.filter(({ deleted }) => !deleted),
  );
  if (isOfOthers) return associated(of, await filtered(of, type, seen));
  if (!asked.isOfPatients) return filtered(of, type, seen);
  const left: StoredVersion[] = [];
  const told = goesByTargets(of, type) ? await targetsIn(services, times, seen) : undefined;
  for (const version of seen) {
    const resource = await resourceOf(services, version);
    if (resource === undefined) continue;
    const own = told?.(resource) ?? ownPatients(services, version, resource);
    if (isOfPart(of, part, version, own) && isOfTime(of, version, own)) left.push(version);
  }
  return filtered(of, type, left);
}

/** The content; of a deletion that before it. */
async function resourceOf(services: Services, version: StoredVersion): Promise<JsonResource | undefined> {
  const content = version.deleted ? await contentBefore(services, version) : version.content;
  return content && (JSON.parse(content.toString('utf8')) as JsonResource);
}

/** Those that meet a filter of their type, where there is one. */
async function filtered(of: Walk, type: string, versions: StoredVersion[]): Promise<StoredVersion[]> {
  const { services, call, asked } = of;
  const filter = asked.filters.get(type);
  if (filter === undefined) return versions;
  const left: StoredVersion[] = [];
  for (const version of versions) {
    const resource = await resourceOf(services, version);
    if (resource !== undefined && meetsFilter(services, call, resource, filter)) left.push(version);
  }
  return left;
}

/** The Provenances about resources of this export. */
function associated(of: Walk, seen: readonly StoredVersion[]): Promise<StoredVersion[]> {
  const { services, asked, times, newest } = of;
  const since = sinceOf(of, '', allPatients);
  const told = (type: string, versions: readonly StoredVersion[]): Promise<StoredVersion[]> =>
    shown(of, type, allPatients, versions);
  return associatedIn(services, { types: asked.types, until: times.until, newest, since, told }, seen);
}

/** Whether resources of a type are exported only if they are about exported ones. */
function isAssociated({ asked }: Walk, type: string): boolean {
  return type === 'Provenance' && asked.associated !== undefined;
}

/** The guide counts a Provenance of a record among the records, and a view is of compartments alone. */
function goesByTargets({ isOfTable }: Walk, type: string): boolean {
  return type === 'Provenance' && isOfTable !== true;
}

/**
 * The patient of a deleted record is known from the stored version: the deletion would reveal those elements to a caller who does not see
 * them.
 */
function isMembershipHidden(type: string, options: ReturnType<typeof parseOptions>): boolean {
  return hiddenMembership('Patient', type, options) !== undefined;
}

/** Ids of the patients in whose compartments it is. */
export function ownPatients(
  { baseUrl }: Services,
  { type, id }: StoredVersion,
  resource: JsonResource,
): readonly string[] {
  return type === 'Patient' ? [id] : patientCompartment(resource, [baseUrl]);
}

/** Whether it was stored or deleted in the requested time, or belongs to a patient whose whole record is included. */
function isOfTime({ patients, times }: Walk, { lastUpdated, deleted }: StoredVersion, own: readonly string[]): boolean {
  const { joinedParts = 0 } = patients ?? {};
  if (joinedParts === 0 || times.since === undefined || lastUpdated >= times.since) return true;
  return !deleted && own.some((id) => (patients?.places.get(id) ?? Infinity) < joinedParts * patientsOfPart);
}

/** Whether it belongs to the patients of a part: a resource of several patients is exported with the first of them. */
function isOfPart({ patients }: Walk, part: number, { deleted }: StoredVersion, own: readonly string[]): boolean {
  if (patients === undefined) return own.length > 0;
  const meant = own.filter((patient) => deleted || !patients.gone.has(patient));
  const places = meant.flatMap((patient) => patients.places.get(patient) ?? []);
  if (part === allPatients) return places.length > 0;
  return places.length > 0 && Math.floor(Math.min(...places) / patientsOfPart) === part;
}
