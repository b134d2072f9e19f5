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

/**
 * The kinds of links by their numbers, which are stored. Those behind the types are of membership: that of a person in a PractitionerRole, and
 * of a person, a role or an organisation in a CareTeam.
 */
export const linkKinds = [...windowedTypes, 'role', 'team'] as const;
