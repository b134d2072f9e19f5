/** For how long a link counts before it begins, after it has ended, and while nobody ends it. */

/** In days. */
export interface CareWindow {
  /** Before the link begins, as before a visit that is planned. */
  readonly before: number;
  /** After it has ended, as after a discharge. */
  readonly after: number;
  /** A link without an end counts for so long from its beginning; undefined: until it is ended. */
  readonly open?: number | undefined;
}

/** Types whose links lead to a patient. */
export const windowedTypes = [
  'Encounter',
  'EpisodeOfCare',
  'CareTeam',
  'Patient',
  'ServiceRequest',
  'Task',
  'Appointment',
] as const;
type WindowedType = (typeof windowedTypes)[number];

export type CareWindows = Readonly<Record<WindowedType, CareWindow>>;

/** Windows of a policy that says nothing of them. */
export const usualWindows: CareWindows = {
  Encounter: { before: 1, after: 30, open: 180 },
  EpisodeOfCare: { before: 0, after: 30 },
  CareTeam: { before: 0, after: 0 },
  Patient: { before: 0, after: 0 },
  ServiceRequest: { before: 0, after: 30, open: 180 },
  Task: { before: 0, after: 30, open: 180 },
  Appointment: { before: 7, after: 30, open: 180 },
};

/** Returns the windows of a policy: what it does not say of a type is as usual. */
export function windowsOf(given: Readonly<Partial<Record<WindowedType, Partial<CareWindow>>>> = {}): CareWindows {
  const all = windowedTypes.map((type) => [type, { ...usualWindows[type], ...given[type] }] as const);
  return Object.fromEntries(all) as CareWindows;
}

/** Kinds of links that lead to a group of actors, from one of it; and what is known of the group. */
export const membershipKinds = [
  /** Of a Practitioner in a PractitionerRole. */
  'role',
  /** Of a person, a role, an organisation or another team in a CareTeam. */
  'team',
  /** Of an actor in a Group. */
  'group',
  /** Of an Organization in the one that it is a part of. */
  'unit',
  /** Of a role, a team or a group, which has members of its own, in another one: whoever it has belongs to that, too. */
  'part',
  /** Of itself: all that belong to it are told by links. */
  'whole',
] as const;
export type MembershipKind = (typeof membershipKinds)[number];

/** The kinds of links by their numbers, which are stored: to patients, then those of membership. */
export const linkKinds = [...windowedTypes, ...membershipKinds] as const;

/** Whether a kind of links is of membership: it counts from its beginning to its end, and has no window. */
export function isMembership(kind: (typeof linkKinds)[number]): kind is MembershipKind {
  return membershipKinds.some((each) => each === kind);
}
