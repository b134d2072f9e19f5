import { hash64, referenceText } from '@dhp/search-index/keys';

/** The hash of `Type/<id>`, as text: by it rows are those of a resource, also where two resources share a number of a row. */
export function ownHash(type: string, id: string): string {
  return String(hash64(referenceText(type, id)));
}
