import { hash64 } from '../keys/hash.ts';
import { referenceSeed } from '../keys/shared-references.ts';

/** Keys of a Bundle by the subject of its Composition or MessageHeader's focus, without the subject. */
export const firstSubjects: readonly bigint[] = ['subject', 'author', 'attester'].map(
  (parameter) => referenceSeed('Composition', parameter) ^ hash64('Bundle.composition'),
);
