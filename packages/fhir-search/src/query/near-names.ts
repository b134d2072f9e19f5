/** Longer than any name that a search has: what is longer still is compared with none, since that costs its length for each. */
const longest = 100;

/** The names that differ least from one that is none, at most five, the nearest first; nothing when none is near. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  if (name.length > longest) return [];
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const one of known) {
    const other = one.toLowerCase();
    const distance =
      wanted.length > 2 && (other.includes(wanted) || wanted.includes(other))
        ? 1.5
        : editDistance(wanted, other, limit);
    if (distance <= limit) found.push({ name: one, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return found.slice(0, 5).map((one) => one.name);
}

/** Levenshtein's distance, or anything above the limit as soon as it must be above it. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, previous[j]! + 1, row[j - 1]! + 1));
    }
    if (Math.min(...row) > limit) return limit + 1;
    previous = row;
  }
  return previous[b.length]!;
}
