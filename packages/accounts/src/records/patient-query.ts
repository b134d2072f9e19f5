/** Turns the text that a health worker typed to find a patient into a FHIR search: names in any script, a PINFL, a date of birth. */
import { pinflSystem } from './directory.ts';

/** Undefined if the input is too little to search by: without a name, a PINFL or a date every patient would match. */
export function patientQuery(text: string, birthDate = ''): URLSearchParams | undefined {
  const query = new URLSearchParams();
  const date = dateIn(birthDate);
  if (date !== undefined) query.append('birthdate', date);
  const words = text
    .normalize('NFC')
    .trim()
    .split(/[\s,;]+/)
    .slice(0, maxWords);
  for (const word of words) {
    const born = dateIn(word);
    if (/^\d{14}$/.test(word)) query.append('identifier', `${pinflSystem}|${word}`);
    else if (born !== undefined) query.append('birthdate', born);
    // In a search value, a backslash escapes characters of the search syntax.
    else if (letters(word) > 0) query.append('name', word.replace(/[\\$,|]/g, '\\$&'));
  }
  const isEnough = query.has('identifier') || query.has('birthdate') || letters(text) >= 2;
  return isEnough && query.size > 0 ? query : undefined;
}

const maxWords = 6;

function letters(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}

/** Returns `1990-05-14` for that text and for `14.05.1990`; undefined for an invalid date. */
function dateIn(text: string): string | undefined {
  const [, day, month, year] = /^(\d{1,2})[./](\d{1,2})[./](\d{4})$/.exec(text.trim()) ?? [];
  const date = day === undefined ? text.trim() : `${year!}-${month!.padStart(2, '0')}-${day.padStart(2, '0')}`;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
  const parsed = new Date(`${date}T00:00:00Z`);
  return Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(date) ? undefined : date;
}
