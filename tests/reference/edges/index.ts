/**
 * Inputs at the edges of what FHIR allows, one oddity each, listed and not drawn: every element and attribute of a narrative, every primitive
 * type, links of each form, Bundles of each type, XML in each odd form. What generators make is like what somebody has published; these are
 * what nobody would publish.
 */
import type { Subject } from '../mutants.ts';
import { bundles } from './bundles.ts';
import { links } from './links.ts';
import { narratives } from './narratives.ts';
import { values } from './values.ts';
import { xml } from './xml.ts';

const all = { ...narratives, ...values, ...links, ...bundles, ...xml };

/** All of them, in the order in which they are listed. */
export function* edges(): Generator<Subject> {
  for (const [kind, one] of Object.entries(all))
    yield { kind, file: 'edges', text: typeof one === 'string' ? one : JSON.stringify(one) };
}
