/** Locates findings in the JSON that was sent. */
import { createPauses } from '@dhp/budget';
import { placeIssuesInParts } from '@dhp/fhir-validation';
import type { FindingInEntry } from './outcome.ts';

/**
 * Findings with their places. Others get their turn meanwhile.
 * @param root FHIRPath of the resource in the text, where it is only a part of it
 */
export async function withPlaces(
  findings: readonly FindingInEntry[],
  text: string,
  root?: string,
): Promise<readonly FindingInEntry[]> {
  const rooted =
    root === undefined
      ? findings
      : findings.map((one) => ({ ...one, expression: one.expression.replace(/^\w+/, root) }));
  const places = await placeIssuesInParts(rooted, { text }, createPauses());
  return findings.map((finding, n) => ({ ...finding, place: places[n]! }));
}
