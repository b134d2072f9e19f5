import { weighted } from './weighted.ts';

/**
 * The coding in which to send a body, from Accept-Encoding (RFC 9110 section 12.5.3): the offered one with the greatest weight, the first
 * of equals. `x-gzip` means `gzip`, `*` means every coding that is not named.
 * @returns undefined for no coding: if none is accepted, or `identity` is preferred to all
 * @example
 * chooseCoding('gzip, br', ['br', 'gzip']); // 'br'
 */
export function chooseCoding<Coding extends 'br' | 'gzip'>(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  const accepted = weighted(acceptEncoding);
  const weightOf = (...names: readonly string[]): number | undefined =>
    accepted.find(({ value }) => names.includes(value))?.weight;
  let best: Coding | undefined;
  let heaviest = 0;
  for (const coding of offered) {
    const weight = (coding === 'gzip' ? weightOf('gzip', 'x-gzip') : weightOf(coding)) ?? weightOf('*') ?? 0;
    if (weight > heaviest) [best, heaviest] = [coding, weight];
  }
  return (weightOf('identity') ?? 0) > heaviest ? undefined : best;
}
