import { distance } from 'fastest-levenshtein';

/** The name that was probably meant: the one that differs least, if by little. Undefined when none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const most = name.length < 5 ? 1 : 2;
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue;
    const changes = candidate.toLowerCase() === name.toLowerCase() ? 0 : distance(name, candidate);
    if (changes < least) [best, least] = [candidate, changes];
  }
  return best;
}
