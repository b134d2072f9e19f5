/** Whether a record of the FHIR server is still in use, and for whom a RelatedPerson stands now. */

export interface PatientState {
  active?: boolean;
  link?: { type?: string }[];
}

interface RelatedPerson {
  active?: boolean;
  period?: { start?: string; end?: string };
  patient?: { reference?: string };
}

/** False for a Patient that is marked inactive or was merged into another one (R5 `Patient.link`, `replaced-by`). */
export function isInUse({ active, link = [] }: PatientState): boolean {
  return active !== false && !link.some(({ type }) => type === 'replaced-by');
}

/** The id of the Patient; undefined when the relation is inactive, has not begun, is over, or names no Patient. */
export function representedIn({ active, period = {}, patient }: RelatedPerson, now: Date): string | undefined {
  const { start, end } = period;
  const hasBegun = start === undefined || !isBefore(now, start);
  const isOver = end !== undefined && isPast(now, end);
  if (active === false || !hasBegun || isOver) return undefined;
  return /(?:^|\/)Patient\/([A-Za-z0-9.-]{1,64})$/.exec(patient?.reference ?? '')?.[1];
}

/** A date without a time is compared by its calendar day, month or year, in UTC: its last day still belongs to the period. */
function isPast(now: Date, end: string): boolean {
  if (end.includes('T')) return Date.parse(end) < now.getTime();
  return end < now.toISOString().slice(0, end.length);
}

function isBefore(now: Date, start: string): boolean {
  if (start.includes('T')) return now.getTime() < Date.parse(start);
  return now.toISOString().slice(0, start.length) < start;
}
