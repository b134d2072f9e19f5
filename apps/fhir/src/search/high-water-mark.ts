/** The high-water mark of a Bundle: as confidential as its most confidential resource. https://hl7.org/fhir/R5/security-labels.html#hcs */
import type { StoredVersion } from '@dhp/fhir-store';
import { highestConfidentiality, mostRestricted } from '@dhp/labels';
import { shownCoding } from '../contract/label-mark.ts';

/** The member `meta` of a Bundle with these resources, followed by a comma; empty if none of them has a confidentiality label. */
export function highWaterMark(versions: Iterable<object>): string {
  const meta = markOf(labelsOf(versions));
  return meta === '' ? '' : `${meta},`;
}

/** The highest confidentiality of these; undefined if none has a label. */
export function confidentialityOf(versions: Iterable<object>): string | undefined {
  return highestConfidentiality(labelsOf(versions));
}

/** The combined labels of resources; the most restricted one for a resource with too much content to examine. */
export function labelsOf(versions: Iterable<object>): Set<string> {
  const all = new Set<string>();
  for (const version of versions) {
    const { labels = [] } = version as Pick<StoredVersion, 'labels'>; // whoever shows no labels gives none
    for (const label of labels === 'all' ? [mostRestricted] : labels) all.add(label);
  }
  return all;
}

/** The member `meta`; empty if there is no label. */
export function markOf(labels: Iterable<string>): string {
  const highest = highestConfidentiality(labels);
  return highest === undefined ? '' : `"meta":${JSON.stringify({ security: [shownCoding(highest)] })}`;
}
