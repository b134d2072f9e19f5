import type { ConceptSystem } from '../source/concept-system.ts';
import { grammarSystem } from './grammar-system.ts';

/** The top-level types of the registry (https://www.iana.org/assignments/media-types). */
const types = /^(application|audio|font|haptics|image|message|model|multipart|text|video)\//i;

/** RFC 6838, section 4.2; parameters as RFC 2045, section 5.1 writes them. */
const form = /^[a-z]+\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}(\s*;\s*[a-z0-9!#$&^_.+-]+=("[^"]*"|[^\s";]+))*$/i;

/** Media types (BCP 13). Which subtypes are registered changes weekly, so any that is well-formed is accepted. */
export function mediaTypes(): ConceptSystem {
  return grammarSystem({
    url: 'urn:ietf:bcp:13',
    name: 'MimeTypes',
    title: 'Media types',
    caseSensitive: false,
    read: (code) => (code.length <= 255 && types.test(code) && form.test(code) ? { display: code } : undefined),
  });
}
