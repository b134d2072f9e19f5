import { distance } from 'fastest-levenshtein';

/** Longer than any name of a search: still longer texts are not compared, since that costs their length for each name. */
const longest = 100;

/** The names that differ least from an unknown one, at most five, the nearest first; empty if no name is near. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  if (name.length > longest) return [];
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const found: { readonly name: string; readonly changes: number }[] = [];
  for (const one of known) {
    const other = one.toLowerCase();
    const isPart = wanted.length > 2 && (other.includes(wanted) || wanted.includes(other));
    const changes = isPart ? 1.5 : distance(wanted, other);
    if (changes <= limit) found.push({ name: one, changes });
  }
  found.sort((a, b) => a.changes - b.changes || (a.name < b.name ? -1 : 1));
  return found.slice(0, 5).map((one) => one.name);
}
