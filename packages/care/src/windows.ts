/** How long a link counts before it begins, after it has ended, and while it has no end. */

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

/** Windows of a policy without own ones. */
export const usualWindows: CareWindows = {
  Encounter: { before: 1, after: 30, open: 180 },
  EpisodeOfCare: { before: 0, after: 30 },
  CareTeam: { before: 0, after: 0 },
  Patient: { before: 0, after: 0 },
  ServiceRequest: { before: 0, after: 30, open: 180 },
  Task: { before: 0, after: 30, open: 180 },
  Appointment: { before: 7, after: 30, open: 180 },
};

/** Returns the windows of a policy, with the default for types that it does not name. */
export function windowsOf(given: Readonly<Partial<Record<WindowedType, Partial<CareWindow>>>> = {}): CareWindows {
  const all = windowedTypes.map((type) => [type, { ...usualWindows[type], ...given[type] }] as const);
  return Object.fromEntries(all) as CareWindows;
}

/** Kinds of links from a member to a group of actors; and the mark of a complete group. */
export const membershipKinds = [
  /** Of a Practitioner in a PractitionerRole. */
  'role',
  /** Of a person, a role, an organisation or another team in a CareTeam. */
  'team',
  /** Of an actor in a Group. */
  'group',
  /** From an Organization to the one of which it is a part. */
  'unit',
  /** From a role, a team or a group, which has members itself, to another one: its members belong to that, too. */
  'part',
  /** Of itself: links give all of its members. */
  'whole',
] as const;
export type MembershipKind = (typeof membershipKinds)[number];

/** The kinds of links by their numbers, which are stored: to patients, then those of membership. */
export const linkKinds = [...windowedTypes, ...membershipKinds] as const;

/** Whether a kind of links is of membership: it counts from its beginning to its end, and has no window. */
export function isMembership(kind: (typeof linkKinds)[number]): kind is MembershipKind {
  return membershipKinds.some((each) => each === kind);
}
