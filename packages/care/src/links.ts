/**
 * The links of a resource: actors who care for a patient, or who belong to another actor, with their times. A link is the current state of the
 * record: a status of an error, a draft or a refusal makes none.
 */
import { group, organization, wholeCareTeam, wholeRole } from './member-links.ts';
import { linksTo, list, patientOf, timesOf, type CareLink, type Reader, type Reading } from './reading.ts';
import { always, both, coversOf, dateOf, objectsOf, type CareMeans, type Json } from './values.ts';

export type { CareLink } from './reading.ts';
export type { CareMeans } from './values.ts';

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
    // An unreadable date never comes.
    const isAnyTime = link.since < Infinity && link.until > -Infinity && link.since <= link.until;
    if (!isAnyTime || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

const visit = { open: ['planned', 'in-progress', 'on-hold'], ended: ['discharged', 'completed', 'discontinued'] };

function encounter(resource: Json, to: Reading): CareLink[] {
  const { subject, actualPeriod, serviceProvider, careTeam } = resource;
  const of = patientOf(subject, to);
  const actual = coversOf(actualPeriod, to.means);
  const isPlanned = resource['status'] === 'planned' || actual.since === -Infinity;
  const { since } = isPlanned ? dateOf(resource, 'plannedStartDate', to.means, actual) : actual;
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

function patient(resource: Json, to: Reading): CareLink[] {
  if (resource['active'] === false) return [];
  const references = [...list(resource['generalPractitioner']), resource['managingOrganization']];
  return linksTo('Patient', to.own, { since: -Infinity, until: Infinity, stated: true }, references, to);
}

const request = { open: ['active', 'on-hold'], ended: ['completed'] };

function serviceRequest(resource: Json, to: Reading): CareLink[] {
  const { subject, requester, performer } = resource;
  const { since } = dateOf(resource, 'authoredOn', to.means, always);
  const times = timesOf(resource, request, { since, until: Infinity }, to);
  return linksTo('ServiceRequest', patientOf(subject, to), times, [requester, ...list(performer)], to);
}

const work = { open: ['requested', 'received', 'accepted', 'ready', 'in-progress', 'on-hold'], ended: ['completed'] };

function task(resource: Json, to: Reading): CareLink[] {
  const { executionPeriod, owner, requester } = resource;
  const { since } = dateOf(resource, 'authoredOn', to.means, always);
  const until = resource['status'] === 'completed' ? coversOf(executionPeriod, to.means).until : Infinity;
  const times = timesOf(resource, work, { since, until }, to);
  return linksTo('Task', patientOf(resource['for'], to), times, [owner, requester], to);
}

const booking = { open: ['pending', 'booked', 'arrived', 'checked-in', 'waitlist'], ended: ['fulfilled'] };

/**
 * Only with patients who participate: an appointment is not in the compartment of a `subject` alone, so anybody could write it. An appointment
 * with a begin and without an end has ended at its begin.
 */
function appointment(resource: Json, to: Reading): CareLink[] {
  const start = dateOf(resource, 'start', to.means, always);
  const { since } = start;
  const { until } = dateOf(resource, 'end', to.means, start);
  const times = timesOf(resource, booking, { since, until }, to);
  const participants = objectsOf(resource['participant']).filter(({ status }) => status !== 'declined');
  const references = participants.map(({ actor }) => actor);
  const patients = new Set(references.flatMap((each) => patientOf(each, to) ?? []));
  return [...patients].flatMap((of) => linksTo('Appointment', of, times, references, to));
}

const readers: ReadonlyMap<string, Reader> = new Map(
  Object.entries({
    ...{ Encounter: encounter, EpisodeOfCare: episodeOfCare, CareTeam: wholeCareTeam, Patient: patient },
    ...{ ServiceRequest: serviceRequest, Task: task, Appointment: appointment, PractitionerRole: wholeRole },
    ...{ Group: group, Organization: organization },
  } satisfies Record<string, Reader>),
);
