/** Which engines agree on an expression. */
import type { Answer } from './engines.ts';

/**
 * - `all`: the three agree.
 * - `ours with HL7's`, `ours with fhirpath.js`: the third is alone.
 * - `both against ours`: they give the same values, and ours gives others or refuses. That is a fault, until somebody has read the specification.
 * - `none`: each is alone, or refuses.
 */
export type Vote = 'all' | "ours with HL7's" | 'ours with fhirpath.js' | 'both against ours' | 'none';

/** Engines that refuse the same agree as well, though not against one that answers: each refuses what it cannot do. */
export function voteOf(ours: Answer, hl7: Answer, js: Answer): Vote {
  const withHl7 = same(ours, hl7);
  const withJs = same(ours, js);
  if (withHl7 && withJs) return 'all';
  if (withHl7) return "ours with HL7's";
  if (withJs) return 'ours with fhirpath.js';
  return hl7 !== undefined && same(hl7, js) ? 'both against ours' : 'none';
}

const same = (a: Answer, b: Answer): boolean =>
  a === undefined || b === undefined ? a === b : a.length === b.length && a.every((text, i) => text === b[i]);
