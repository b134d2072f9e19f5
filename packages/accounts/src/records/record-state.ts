/** Whether a record of the FHIR server is still in use, and whom a RelatedPerson represents now. */

export interface PatientState {
  active?: boolean;
  link?: { type?: string }[];
}

interface RelatedPerson {
  active?: boolean;
  /** Unchecked, as a client has sent it. */
  period?: unknown;
  patient?: { reference?: string };
}

/** False for a Patient that is marked inactive or was merged into another one (R5 `Patient.link`, `replaced-by`). */
export function isInUse({ active, link = [] }: PatientState): boolean {
  return active !== false && !link.some(({ type }) => type === 'replaced-by');
}

/**
 * The id of the Patient; undefined if the relation is inactive, has not begun, has ended, has an unreadable period, or names no Patient.
 * @param timeZone IANA name, for dates without a time: the last day still belongs to the period
 */
export function representedIn(
  { active, period = {}, patient }: RelatedPerson,
  now: Date,
  timeZone = 'Asia/Tashkent',
): string | undefined {
  if (active === false || !isWithin(period, now, timeZone)) return undefined;
  return /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})$/.exec(patient?.reference ?? '')?.[1];
}

function isWithin(period: unknown, now: Date, timeZone: string): boolean {
  if (typeof period !== 'object' || period === null || Array.isArray(period)) return false;
  const of = period as Readonly<Record<string, unknown>>;
  const { start, end } = of;
  const isTold = ['start', 'end'].every((name) => of[name] !== undefined || of[`_${name}`] === undefined);
  const isSilent = start === undefined && end === undefined && 'extension' in of;
  if (!isTold || isSilent || ![start, end].every((each) => each === undefined || isDate(each))) return false;
  return (
    (start === undefined || compared(now, start as string, timeZone) >= 0) &&
    (end === undefined || compared(now, end as string, timeZone) <= 0)
  );
}

const dateTime = /^\d{4}(-\d\d(-\d\d(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/;

/** A date, month or year of the calendar, or a time with its zone. */
function isDate(value: unknown): boolean {
  if (typeof value !== 'string' || !dateTime.test(value) || Number.isNaN(Date.parse(value))) return false;
  const [day] = value.split('T') as [string];
  return new Date(day).toISOString().startsWith(day); // there is no 30 February
}

/** Negative if now is before the date; a date without a time is compared by calendar day, month or year. */
function compared(now: Date, date: string, timeZone: string): number {
  if (date.includes('T')) return now.getTime() - Date.parse(date);
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now).slice(0, date.length);
  return today < date ? -1 : today > date ? 1 : 0;
}
