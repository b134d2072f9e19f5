/** The side door to the keys of the index. */
export { exactTextOf, exactTexts } from './keys/exact-texts.ts';
export { containedKey, containsKey } from './keys/contained-keys.ts';
export { hash64 } from './keys/hash.ts';
export { anyReference, keyOf, ofPatients, oneOfPatients, referenceText, seedOf, tokenText } from './keys/keys.ts';
export { postedParameters } from './keys/posted-parameters.ts';
export { isSubject, referenceSeed } from './keys/shared-references.ts';
export { cutMark, longTextKey, maxStringLength } from './keys/text-for-index.ts';
export { isPresent, presentParameters, type Presence } from './keys/usual-parameters.ts';
