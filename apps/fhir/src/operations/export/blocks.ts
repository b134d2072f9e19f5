/** An export patient by patient: the block of each has the resources of the compartment. docs/decisions/0159-associated-data.md */
import { patientCompartment, type JsonResource } from '@dhp/fhir-search';
import type { StoredVersion } from '@dhp/fhir-store';
import { sortedIds } from '@dhp/fhir-store/jobs';
import { storedPage } from '../../access/seen-snapshot.ts';
import { headerType } from './blocks-anew.ts';
import { Moved } from './moved.ts';
import { foundAbout, pagesOf, targetsOf } from './targets.ts';
import { allPatients, foundOf, ownPatients, shown, sinceOf, type Place, type Walk } from './walk.ts';

/** Of the block of a patient. */
export interface Piece {
  readonly patient: string;
  /** Behind the block. */
  readonly place: Place;
  readonly versions: readonly StoredVersion[];
  /** Whether the block is over with it. */
  readonly isLast: boolean;
}

interface Member {
  readonly patient: string;
  readonly place: Place;
}

/** Patients whose blocks are gathered together, and bytes of them at most. A block that is larger is read as it is written. */
const together = 100;
const mostGathered = 32 * 1024 ** 2;
const bytesOfPiece = 4 * 1024 ** 2;

interface Reading {
  /** Called before it is decided which of the next resources the caller sees. */
  readonly begin: () => Promise<void>;
  /** Bytes of a file, where they are few: so much of several is not gathered. */
  readonly mostBytes: number | undefined;
}

/** @param from behind it; absent: from the beginning */
export async function* blocks(of: Walk, { begin, mostBytes }: Reading, from?: Place): AsyncGenerator<Piece, void> {
  const moved = new Moved(of.services, of.times.until);
  const most = Math.min(mostGathered, 2 * (mostBytes ?? mostGathered));
  let within = from?.within;
  // As many as fit: of patients with large records fewer.
  let size = together;
  for await (const members of membersOf(of, from))
    for (let n = 0, count = size; n < members.length;) {
      const some = members.slice(n, n + count);
      await begin();
      const gathered = within === undefined && count > 1 ? await gather(of, moved, some, most) : undefined;
      if (gathered !== undefined && 'fewer' in gathered) {
        count = gathered.fewer;
        if (!gathered.isOfOne) size = count;
        continue;
      }
      if (gathered === undefined) for (const one of some) yield* blockOf(of, moved, one, within);
      else for (const one of some) yield* whole(one, gathered.blocks.get(one.patient) ?? []);
      if (gathered !== undefined && gathered.bytes < most / 4) size = Math.min(together, 2 * size);
      [n, count, within] = [n + some.length, size, undefined];
    }
}

function* whole({ patient, place }: Member, versions: readonly StoredVersion[]): Generator<Piece, void> {
  if (versions.length > 0) yield { patient, place, versions, isLast: true };
}

/** Patients in the order of their blocks. One whose block is not over stands alone. */
async function* membersOf({ services, times, patients }: Walk, from?: Place): AsyncGenerator<readonly Member[], void> {
  const isWithin = from?.within !== undefined;
  if (patients !== undefined) {
    const place = (part: number): Place => ({ type: headerType, part, behind: '' });
    const all = patients.ids.map((patient, part) => ({ patient, place: place(part) }));
    const meant = all.filter(({ patient }) => patients.places.has(patient) && !patients.gone.has(patient));
    if (isWithin) yield meant.filter((one) => one.place.part === from.part);
    const left = meant.filter((one) => one.place.part > (from?.part ?? -1));
    for (let n = 0; n < left.length; n += together) yield left.slice(n, n + together);
    return;
  }
  const member = (patient: string): Member => ({
    patient,
    place: { type: headerType, part: allPatients, behind: patient },
  });
  if (isWithin) yield [member(from.behind)];
  for (let behind = from?.behind ?? ''; ;) {
    const { versions, last } = await storedPage(services, 'Patient', { until: times.until }, behind);
    // Also deleted or unseen patients: the rest of their records may be seen.
    const left = versions.map(({ id }) => member(id));
    for (let n = 0; n < left.length; n += together) yield left.slice(n, n + together);
    if (last === undefined) return;
    behind = last;
  }
}

interface Gathered {
  readonly blocks: ReadonlyMap<string, readonly StoredVersion[]>;
  readonly bytes: number;
}

/** Where they are too large: so many of them may fit. */
interface TooLarge {
  readonly fewer: number;
  /** Whether that is because of one of them, who has most of it. */
  readonly isOfOne: boolean;
}

/** The blocks of some patients. */
async function gather(of: Walk, moved: Moved, members: readonly Member[], most: number): Promise<Gathered | TooLarge> {
  const all = new Map(members.map(({ patient }): [string, StoredVersion[]] => [patient, []]));
  const bytesOf = new Map<string, number>();
  let bytes = 0;
  for await (const [version, own] of recordsOf(of, moved, [...all.keys()])) {
    const { length } = version.content;
    for (const patient of own) {
      all.get(patient)?.push(version);
      bytesOf.set(patient, (bytesOf.get(patient) ?? 0) + length);
    }
    bytes += length * own.length;
    if (bytes <= most) continue;
    const large = members.findIndex(({ patient }) => (bytesOf.get(patient) ?? 0) > most / 2);
    return large < 0
      ? { fewer: Math.ceil(members.length / 2), isOfOne: false }
      : { fewer: Math.max(1, large), isOfOne: true };
  }
  return { blocks: all, bytes };
}

/** The block of one patient as it is read. @param within `Type/id` behind which it begins */
async function* blockOf(
  of: Walk,
  moved: Moved,
  { patient, place }: Member,
  within: string | undefined,
): AsyncGenerator<Piece, void> {
  let versions: StoredVersion[] = [];
  let bytes = 0;
  for await (const [version] of recordsOf(of, moved, [patient])) {
    if (within !== undefined && !isBehind(of, version, within)) continue;
    versions.push(version);
    bytes += version.content.length;
    if (bytes < bytesOfPiece) continue;
    yield { patient, place, versions, isLast: false };
    [versions, bytes] = [[], 0];
  }
  yield { patient, place, versions, isLast: true };
}

/** The Patient comes first, and Provenances of the others last. */
function orderOf({ asked }: Walk): readonly string[] {
  const rank = (type: string): number => (type === 'Patient' ? 0 : type === 'Provenance' ? 2 : 1);
  return [...asked.types].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function isBehind(of: Walk, { type, id }: StoredVersion, within: string): boolean {
  const [lastType = '', lastId = ''] = within.split('/');
  const order = orderOf(of);
  return type === lastType ? id > lastId : order.indexOf(type) > order.indexOf(lastType);
}

/** Records of some patients, each with those of them whose it is, in the order of a block. One of several patients comes once. */
async function* recordsOf(
  of: Walk,
  moved: Moved,
  patients: readonly string[],
): AsyncGenerator<[version: StoredVersion, own: readonly string[]], void> {
  const { services, times } = of;
  const meant = new Set(patients);
  const names = new Map(patients.map((patient): [string, Set<string>] => [patient, new Set()]));
  for (const type of orderOf(of)) {
    const ids = await idsOf(of, moved, type, names);
    const since = sinceOf(of, type, allPatients);
    for await (const [, page] of pagesOf(services, new Map([[type, ids]]), { until: times.until, since }))
      for (const version of await shown(of, type, allPatients, page)) {
        if (version.deleted) continue;
        const resource = JSON.parse(version.content.toString('utf8')) as JsonResource;
        const all = type === 'Provenance' ? about(of, resource, names) : ownPatients(services, version, resource);
        const own = all.filter((patient) => meant.has(patient));
        if (own.length === 0) continue;
        for (const patient of own) names.get(patient)?.add(`${type}/${version.id}`);
        yield [version, own];
      }
  }
}

/** @param names of resources in the blocks so far */
async function idsOf(
  of: Walk,
  moved: Moved,
  type: string,
  names: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<ReadonlySet<string>> {
  const patients = [...names.keys()];
  if (type === 'Patient') return new Set(patients);
  const found = await foundOf(of, type, patients);
  if (type !== 'Provenance') return new Set([...found, ...(await moved.of(type, patients))]);
  // Nobody changes a Provenance.
  const targets = new Set(patients.map((patient) => `Patient/${patient}`));
  for (const each of names.values()) for (const name of each) targets.add(name);
  return new Set([...found, ...(await foundAbout(of, sortedIds(targets)))]);
}

/** The patients in whose blocks a Provenance belongs: it is about a resource there, or about the patient. */
function about(
  { services, asked }: Walk,
  provenance: JsonResource,
  names: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const targets = targetsOf(provenance, services.baseUrl).map((each) => each.join('/'));
  const own = asked.associated === undefined ? patientCompartment(provenance, [services.baseUrl]) : [];
  const isAbout = (patient: string): boolean =>
    asked.associated === undefined && targets.includes(`Patient/${patient}`);
  return [...names].flatMap(([patient, there]) =>
    own.includes(patient) || isAbout(patient) || targets.some((target) => there.has(target)) ? [patient] : [],
  );
}
