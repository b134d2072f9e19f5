import type { ConceptSystem } from '../source/concept-system.ts';
import { grammarSystem } from './grammar-system.ts';

/** RFC 3986, appendix A, as far as it decides: a scheme, a colon, and nothing that a URI may not hold. */
const form = /^[a-z][a-z0-9+.-]*:[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/i;

/** URIs as codes (`urn:ietf:rfc:3986`): what is identified by a URI of its own. */
export function uris(): ConceptSystem {
  return grammarSystem({
    url: 'urn:ietf:rfc:3986',
    name: 'URIs',
    title: 'Uniform Resource Identifiers',
    caseSensitive: true,
    read: (code) => (form.test(code) && !/%(?![\da-f]{2})/i.test(code) ? {} : undefined),
  });
}
