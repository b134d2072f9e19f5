/** Labels of confidentiality, which have an order. https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html */

const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
/** Unrestricted, low, moderate, normal, restricted, very restricted. */
const levels = ['U', 'L', 'M', 'N', 'R', 'V'].map((code) => `${system}|${code}`);
const normal = levels.indexOf(`${system}|N`);

/** All of them, for records about a resource. */
export const confidentialities: readonly string[] = levels;

/** Confidentialities that are withheld whenever labels are: above normal. */
export const restricted: readonly string[] = levels.slice(normal + 1);

/** The highest of them. */
export const mostRestricted = levels.at(-1)!;

/** Whether a label means a normal confidentiality or less, as of any record of a patient. */
export function isOrdinary(label: string): boolean {
  const level = levels.indexOf(label);
  return level >= 0 && level <= normal;
}

/**
 * The highest confidentiality among labels (`system|code`); undefined without one.
 * @example
 * const of = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
 * highestConfidentiality([`${of}|N`, `${of}|R`]); // `${of}|R`
 */
export function highestConfidentiality(labels: Iterable<string>): string | undefined {
  let highest = -1;
  for (const label of labels) highest = Math.max(highest, levels.indexOf(label));
  return levels[highest];
}

/**
 * The labels that withhold a resource from a caller with some clearances: a clearance for a confidentiality includes all below it.
 * @param guarded labels that are withheld from callers without a clearance
 */
export function withholding(guarded: readonly string[], cleared: readonly string[]): string[] {
  const upTo = Math.max(-1, ...cleared.map((label) => levels.indexOf(label)));
  return guarded.filter(
    (label) => !cleared.includes(label) && !(levels.includes(label) && levels.indexOf(label) <= upTo),
  );
}

/** A label as a Coding. */
export function codingOf(label: string): { system: string; code: string } {
  const at = label.indexOf('|');
  return { system: label.slice(0, at), code: label.slice(at + 1) };
}
