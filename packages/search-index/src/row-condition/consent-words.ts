/** Words of `fhir.consent`: hashes by which the row of a consent and a caller meet. */
import { hash64 } from '../keys/hash.ts';

/** Hashes of actors, clients and purposes. They are stored: none may change without new rows. */
export const consentHash = {
  /** @param reference local, such as `Practitioner/2` */
  actor: (reference: string): bigint => hash64(`consent actor\n${reference}`),
  client: (id: string): bigint => hash64(`consent client\n${id}`),
  purpose: (code: string): bigint => hash64(`consent purpose\n${code}`),
};

/** Bits. */
export const consentVerbs = { read: 1, write: 2 } as const;

/** Bits of kinds of actors of whom it may not be known whether a caller is one. */
export const undecidedActors = { organizations: 1, others: 4 } as const;
