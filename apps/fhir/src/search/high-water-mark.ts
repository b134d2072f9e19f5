/** The high-water mark of a Bundle: as confidential as the most confidential of what it holds. https://hl7.org/fhir/R5/security-labels.html#hcs */
import type { StoredVersion } from '@dhp/fhir-store';
import { highestConfidentiality, mostRestricted } from '@dhp/labels';
import { shownCoding } from '../contract/label-mark.ts';

/** The member `meta` of a Bundle with these, with a comma behind it; empty if none of them has a label of confidentiality. */
export function highWaterMark(versions: Iterable<object>): string {
  const meta = markOf(labelsOf(versions));
  return meta === '' ? '' : `${meta},`;
}

/** The highest confidentiality of these; undefined if none of them has one. */
export function confidentialityOf(versions: Iterable<object>): string | undefined {
  return highestConfidentiality(labelsOf(versions));
}

/** Labels of resources together; of one that has too much in it to be looked at, the most restricted. */
export function labelsOf(versions: Iterable<object>): Set<string> {
  const all = new Set<string>();
  for (const version of versions) {
    const { labels = [] } = version as Pick<StoredVersion, 'labels'>; // whoever shows no labels gives none
    for (const label of labels === 'all' ? [mostRestricted] : labels) all.add(label);
  }
  return all;
}

/** The member `meta`; empty if there is nothing to say. */
export function markOf(labels: Iterable<string>): string {
  const highest = highestConfidentiality(labels);
  return highest === undefined ? '' : `"meta":${JSON.stringify({ security: [shownCoding(highest)] })}`;
}
