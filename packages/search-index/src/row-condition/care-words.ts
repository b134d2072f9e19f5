/** Words of `fhir.care_link`: hashes by which a link and a caller meet. */
import { typeNumber } from '@dhp/fhir-model';
import { hash64 } from '../keys/hash.ts';

/** Hashes of what links name, and of those who write them. They are stored: none may change without new rows. */
export const careHash = {
  /** @param reference local, such as `Practitioner/2`; of a patient that of the index */
  reference: (reference: string): bigint => hash64(reference),
  subject: (subject: string): bigint => hash64(`care subject\n${subject}`),
  /** Of a client that writes by itself. */
  client: (id: string): bigint => hash64(`care client\n${id}`),
};

/** Numbers of the types whose links tell who belongs to what. */
export const memberTypes: readonly number[] = ['CareTeam', 'Group', 'Organization', 'PractitionerRole'].map((type) =>
  typeNumber(type)!,
);

/** Grows with what their rows say. */
export const memberDefinition = 3;
