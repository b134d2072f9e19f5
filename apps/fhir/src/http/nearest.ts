import { distance } from 'fastest-levenshtein';

/** Most names that are suggested. */
const most = 3;

/** The names that differ from a given one in capitals only, else by at most two typing errors; the nearest first. */
export function nearest(given: string, names: readonly string[]): string[] {
  const lower = given.toLowerCase().slice(0, 60);
  return names
    .map((name) => ({ name, changes: distance(lower, name.toLowerCase()) }))
    .filter(({ changes }) => changes < 3)
    .sort((a, b) => a.changes - b.changes)
    .slice(0, most)
    .map(({ name }) => name);
}
