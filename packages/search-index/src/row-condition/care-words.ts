/** Hashes of `fhir.care_link`, in which links and callers are compared. */
import { typeNumber } from '@dhp/fhir-model';
import { hash64 } from '../keys/hash.ts';

/** Hashes of the things that links name, and of their writers. They are stored: none may change without new rows. */
export const careHash = {
  /** @param reference local, such as `Practitioner/2`; of a patient that of the index */
  reference: (reference: string): bigint => hash64(reference),
  subject: (subject: string): bigint => hash64(`care subject\n${subject}`),
  /** Of a client that writes by itself. */
  client: (id: string): bigint => hash64(`care client\n${id}`),
  /** Of all clients that write by themselves for the same organisations. @param references of these */
  organizations: (references: readonly string[]): bigint =>
    hash64(['care organizations', ...[...new Set(references)].sort()].join('\n')),
  /** For a client that wrote by itself while its organisations were not recorded: it may be the own write of any client. */
  someClient: hash64('care client of unknown organizations'),
};

/** Types whose links define memberships. */
export const memberTypeNames: readonly string[] = ['CareTeam', 'Group', 'Organization', 'PractitionerRole'];
/** Their numbers. */
export const memberTypes: readonly number[] = memberTypeNames.map((type) => typeNumber(type)!);

/** Grows when their rows change their meaning. */
export const memberDefinition = 5;
