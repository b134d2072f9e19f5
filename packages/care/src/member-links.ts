/** Links of membership: the members of a role, a team, a group or an organisation, and whether they are complete. */
import { linksTo, patientOf, timesOf, type CareLink, type Reading } from './reading.ts';
import { both, coversOf, isPeriod, localReference, objectsOf, type Json } from './values.ts';

const members = /^(Practitioner|PractitionerRole|CareTeam|Organization|Group|Patient|RelatedPerson|Device)\//;

/** A team without a status is active. */
const team = { open: ['active', undefined], ended: ['inactive'] };

/** Each member cares for the patient of the team, and acts as the team does, while it is active. */
function careTeam(resource: Json, to: Reading): CareLink[] {
  const { subject, period } = resource;
  const times = timesOf(resource, team, coversOf(period, to.means), to);
  return objectsOf(resource['participant']).flatMap(({ member, coveragePeriod }) => {
    const own = times && { ...times, ...both(times, coversOf(coveragePeriod, to.means)) };
    const isActing = resource['status'] !== 'inactive';
    return [
      ...linksTo('CareTeam', patientOf(subject, to), own, [member], to),
      ...linksTo('team', isActing ? to.own : undefined, own, [member], to, members),
    ];
  });
}

/** With the mark whether its members are known. */
export function wholeCareTeam(resource: Json, to: Reading): CareLink[] {
  const members = objectsOf(resource['participant']).map(({ member, coveragePeriod }) => ({
    reference: member,
    periods: [resource['period'], coveragePeriod],
  }));
  return [...careTeam(resource, to), ...told(members, to)];
}

/** A person acts in the role; only persons do. */
function practitionerRole(resource: Json, to: Reading): CareLink[] {
  if (resource['active'] === false) return [];
  const times = { ...coversOf(resource['period'], to.means), stated: true };
  const links = linksTo('role', to.own, times, [resource['practitioner']], to);
  return links.filter(({ actor }) => actor.startsWith('Practitioner/'));
}

/** A role without a person may belong to anybody of the organisation: its members are unknown. */
export function wholeRole(resource: Json, to: Reading): CareLink[] {
  const { practitioner, period } = resource;
  const known = told([{ reference: practitioner, periods: [period] }], to);
  return [...practitionerRole(resource, to), ...known.filter(({ kind }) => kind === 'whole')];
}

/** Its members, if it lists them: groups by characteristics, such as an age, are not evaluated. */
export function group(resource: Json, to: Reading): CareLink[] {
  const { active, membership } = resource;
  const listed = objectsOf(resource['member']).filter(({ inactive }) => inactive !== true);
  const links = listed.flatMap(({ entity, period }) => {
    const times = { ...coversOf(period, to.means), stated: true };
    return linksTo('group', active === false ? undefined : to.own, times, [entity], to, members);
  });
  const known = listed.map(({ entity, period }) => ({ reference: entity, periods: [period] }));
  return [...links, ...(membership === 'enumerated' ? told(known, to) : [])];
}

interface Member {
  readonly reference: unknown;
  readonly periods: readonly unknown[];
}

/** Links to members that have members themselves; and one of the group itself, if its members are completely known. */
function told(all: readonly Member[], { means, own }: Reading): CareLink[] {
  const always = { since: -Infinity, until: Infinity, stated: true };
  const named = all.map(({ reference }) => localReference(reference, means));
  const parts = named.filter((each) => each !== undefined && /^(PractitionerRole|CareTeam|Group)\//.test(each));
  const isWhole = all.every(({ periods }, n) => {
    const actor = named[n];
    const isRead = actor !== undefined && (members.test(actor) || nobody.test(actor));
    return isRead && periods.every((each) => isPeriod(each, means));
  });
  return [
    ...parts.map((actor): CareLink => ({ kind: 'part', of: own, actor: actor!, ...always })),
    ...(isWhole ? [{ kind: 'whole', of: own, actor: own, ...always } as const] : []),
  ];
}

/** Types of members of a Group that never are callers. */
const nobody = /^(Location|Medication|Substance|Specimen)\//;

/** By `Organization.partOf` the part belongs to the whole. */
export function organization(resource: Json, to: Reading): CareLink[] {
  const whole = localReference(resource['partOf'], to.means);
  if (resource['active'] === false || whole?.startsWith('Organization/') !== true) return [];
  return [{ kind: 'unit', of: whole, actor: to.own, since: -Infinity, until: Infinity, stated: true }];
}
