/** Array literals of PostgreSQL, `''` for empty ones, and the instants in them. */
export function array(values: readonly (bigint | number | string)[]): string {
  return values.length === 0 ? '' : `{${values.join(',')}}`;
}

/** Returns the literal of an instant for PostgreSQL, whose calendar has the year 1 BC in place of the year 0. */
export function timestamp(milliseconds: number): string {
  if (milliseconds === Infinity) return 'infinity';
  if (milliseconds < yearZero) return '-infinity';
  const text = new Date(milliseconds).toISOString();
  return text.startsWith('0000') ? `0001${text.slice(4)} BC` : text.replace('+0', '');
}

const yearZero = Date.parse('0000-01-01T00:00:00Z'); // the first day of FHIR may still be in it, by its zone
