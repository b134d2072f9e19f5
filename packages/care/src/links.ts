/**
 * The links of a resource: which actors care for which patient by it, or belong to which actor, and from when to when. A link is what the record
 * says now: of a status that speaks of an error, a draft or a refusal there is none.
 */
import {
  both,
  coversOf,
  highOf,
  localReference,
  lowOf,
  objectsOf,
  type CareMeans,
  type Covers,
  type Json,
} from './values.ts';
import type { linkKinds } from './windows.ts';

export type { CareMeans } from './values.ts';

export interface CareLink extends Covers {
  readonly kind: (typeof linkKinds)[number];
  /** `Patient/1`; of a membership the actor to whom it belongs, `CareTeam/3` or `PractitionerRole/4`. */
  readonly of: string;
  /** `Practitioner/2`, `PractitionerRole/4`, `CareTeam/3`, `Organization/7`. */
  readonly actor: string;
  /** False where the link has ended and the record does not say when: it ended at the latest when this was stored. */
  readonly stated: boolean;
}

type Reader = (resource: Json, to: Reading) => CareLink[];

interface Reading {
  readonly means: CareMeans;
  /** `Type/id` of the resource. */
  readonly own: string;
  /** Milliseconds since 1970 at which the version was stored. */
  readonly upd: number;
}

/** Whether resources of the type may have links. */
export function isCareType(type: string): boolean {
  return readers.has(type);
}

/**
 * Returns the links of a resource that is stored at a time.
 * @param id under which it is stored: the resource may not have it yet
 * @param upd milliseconds since 1970
 * @example
 * const visit = {
 *   ...{ resourceType: 'Encounter', status: 'in-progress', subject: { reference: 'Patient/1' } },
 *   participant: [{ actor: { reference: 'Practitioner/2' } }],
 * };
 * linksOf(visit, 'e', Date.now(), { timeZone: 'Asia/Tashkent', ownBases: [] })[0]?.actor; // 'Practitioner/2'
 */
export function linksOf(resource: Json, id: string, upd: number, means: CareMeans): CareLink[] {
  const type = String(resource['resourceType']);
  const links = readers.get(type)?.(resource, { means, own: `${type}/${id}`, upd }) ?? [];
  const seen = new Set<string>();
  return links.filter((link) => {
    const name = JSON.stringify(Object.values(link));
    // A date that cannot be read is one that never comes.
    const isAnyTime = link.since < Infinity && link.until > -Infinity && link.since <= link.until;
    if (!isAnyTime || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** The words of a status: while the link is open, and when it has ended. Of all others there is no link. */
interface Words {
  readonly open: readonly unknown[];
  readonly ended?: readonly unknown[];
}

/** From when to when, by the status; undefined: not at all. */
function timesOf(
  resource: Json,
  { open, ended = [] }: Words,
  given: Covers,
  { upd }: Reading,
): (Covers & { readonly stated: boolean }) | undefined {
  const { status } = resource;
  if (open.includes(status)) return { ...given, stated: true };
  if (!ended.includes(status)) return undefined;
  return given.until === Infinity ? { ...given, until: upd, stated: false } : { ...given, stated: true };
}

const actors = /^(Practitioner|PractitionerRole|CareTeam|Organization)\//;

/** Links of the actors of references. */
function linksTo(
  kind: CareLink['kind'],
  of: string | undefined,
  times: (Covers & { readonly stated: boolean }) | undefined,
  references: readonly unknown[],
  { means }: Reading,
): CareLink[] {
  if (of === undefined || times === undefined) return [];
  return references.flatMap((reference) => {
    const actor = localReference(reference, means);
    return actor === undefined || !actors.test(actor) ? [] : { kind, of, actor, ...times };
  });
}

function patientOf(reference: unknown, { means }: Reading): string | undefined {
  const local = localReference(reference, means);
  return local?.startsWith('Patient/') === true ? local : undefined;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const visit = { open: ['planned', 'in-progress', 'on-hold'], ended: ['discharged', 'completed', 'discontinued'] };

function encounter(resource: Json, to: Reading): CareLink[] {
  const { subject, actualPeriod, plannedStartDate, serviceProvider, careTeam } = resource;
  const of = patientOf(subject, to);
  const actual = coversOf(actualPeriod, to.means);
  const begins = resource['status'] === 'planned' || actual.since === -Infinity ? plannedStartDate : undefined;
  const since = begins === undefined ? actual.since : lowOf(begins, to.means, Infinity);
  const times = timesOf(resource, visit, { ...actual, since }, to);
  const participants = objectsOf(resource['participant']).flatMap(({ actor, period }) =>
    linksTo('Encounter', of, times && { ...times, ...both(times, coversOf(period, to.means)) }, [actor], to),
  );
  return [...participants, ...linksTo('Encounter', of, times, [serviceProvider, ...list(careTeam)], to)];
}

const episode = { open: ['planned', 'waitlist', 'active', 'onhold'], ended: ['finished'] };

function episodeOfCare(resource: Json, to: Reading): CareLink[] {
  const { patient, careManager, managingOrganization, careTeam, period } = resource;
  const times = timesOf(resource, episode, coversOf(period, to.means), to);
  const references = [careManager, managingOrganization, ...list(careTeam)];
  return linksTo('EpisodeOfCare', patientOf(patient, to), times, references, to);
}

/** A team without a status is one that acts. */
const team = { open: ['active', undefined], ended: ['inactive'] };

/** Each member cares for the patient of the team, and acts wherever the team does, as long as it is active. */
function careTeam(resource: Json, to: Reading): CareLink[] {
  const { subject, period } = resource;
  const times = timesOf(resource, team, coversOf(period, to.means), to);
  return objectsOf(resource['participant']).flatMap(({ member, coveragePeriod }) => {
    const own = times && { ...times, ...both(times, coversOf(coveragePeriod, to.means)) };
    const isActing = resource['status'] !== 'inactive';
    return [
      ...linksTo('CareTeam', patientOf(subject, to), own, [member], to),
      ...linksTo('team', isActing ? to.own : undefined, own, [member], to),
    ];
  });
}

function patient(resource: Json, to: Reading): CareLink[] {
  if (resource['active'] === false) return [];
  const references = [...list(resource['generalPractitioner']), resource['managingOrganization']];
  return linksTo('Patient', to.own, { since: -Infinity, until: Infinity, stated: true }, references, to);
}

const request = { open: ['active', 'on-hold'], ended: ['completed'] };

function serviceRequest(resource: Json, to: Reading): CareLink[] {
  const { subject, authoredOn, requester, performer } = resource;
  const since = authoredOn === undefined ? -Infinity : lowOf(authoredOn, to.means, Infinity);
  const times = timesOf(resource, request, { since, until: Infinity }, to);
  return linksTo('ServiceRequest', patientOf(subject, to), times, [requester, ...list(performer)], to);
}

const work = { open: ['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold'], ended: ['completed'] };

function task(resource: Json, to: Reading): CareLink[] {
  const { authoredOn, executionPeriod, owner, requester } = resource;
  const since = authoredOn === undefined ? -Infinity : lowOf(authoredOn, to.means, Infinity);
  const until = resource['status'] === 'completed' ? coversOf(executionPeriod, to.means).until : Infinity;
  const times = timesOf(resource, work, { since, until }, to);
  return linksTo('Task', patientOf(resource['for'], to), times, [owner, requester], to);
}

const booking = { open: ['pending', 'booked', 'arrived', 'checked-in', 'waitlist'], ended: ['fulfilled'] };

/**
 * Of the patients who take part: in the compartment of a `subject` alone it is not, and so anybody could write it. One that begins and does not
 * say when it ends has ended when it begins.
 */
function appointment(resource: Json, to: Reading): CareLink[] {
  const { start, end } = resource;
  const since = start === undefined ? -Infinity : lowOf(start, to.means, Infinity);
  const until = highOf(end ?? start, to.means, Infinity);
  const times = timesOf(resource, booking, { since, until }, to);
  const participants = objectsOf(resource['participant']).filter(({ status }) => status !== 'declined');
  const references = participants.map(({ actor }) => actor);
  const patients = new Set(references.flatMap((each) => patientOf(each, to) ?? []));
  return [...patients].flatMap((of) => linksTo('Appointment', of, times, references, to));
}

/** A person acts in the role; only persons do. */
function practitionerRole(resource: Json, to: Reading): CareLink[] {
  if (resource['active'] === false) return [];
  const times = { ...coversOf(resource['period'], to.means), stated: true };
  const links = linksTo('role', to.own, times, [resource['practitioner']], to);
  return links.filter(({ actor }) => actor.startsWith('Practitioner/'));
}

const readers: ReadonlyMap<string, Reader> = new Map(
  Object.entries({
    ...{ Encounter: encounter, EpisodeOfCare: episodeOfCare, CareTeam: careTeam, Patient: patient },
    ...{ ServiceRequest: serviceRequest, Task: task, Appointment: appointment, PractitionerRole: practitionerRole },
  } satisfies Record<string, Reader>),
);
