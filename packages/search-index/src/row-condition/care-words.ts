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
  /** Of all clients that write by themselves for the same organisations. @param references of these */
  organizations: (references: readonly string[]): bigint =>
    hash64(['care organizations', ...[...new Set(references)].sort()].join('\n')),
  /** Of one that wrote by itself when nobody recorded for which organisations: it may be the own hand of any client. */
  someClient: hash64('care client of unknown organizations'),
};

/** Types whose links tell who belongs to what. */
export const memberTypeNames: readonly string[] = ['CareTeam', 'Group', 'Organization', 'PractitionerRole'];
/** Their numbers. */
export const memberTypes: readonly number[] = memberTypeNames.map((type) => typeNumber(type)!);

/** Grows with what their rows say. */
export const memberDefinition = 5;
