import type { Row, Status } from './messages.ts';

/** Messages that no resource can be at fault for here, by their ids, with the place that says why. The first that fits counts. */
const sorted: readonly (readonly [ids: RegExp, status: Status, section: string])[] = [
  [
    /^(?:VALIDATION_HL7_|IG_HL7_)|_SHAREABLE_(?:EXTRA_)?MISSING|^CODESYSTEM_THO_CHECK$|^VALIDATION_NO_EXPERIMENTAL_CONTENT$/,
    'not a rule',
    'none: asked of what HL7 publishes itself, when the validator is told that it is for publication',
  ],
  [
    /MATCHETYPE/,
    'not a rule',
    'none: templates of tests are no resources; https://hl7.org/fhir/R5/testing.html does not have them',
  ],
  [/^VALIDATION_AI_/, 'not a rule', 'none: an opinion of a language model about a narrative'],
  [
    /^All_observations_should_have_/,
    'not a rule',
    'https://hl7.org/fhir/R5/observation.html states them as good practice',
  ],
  [/^CDA_/, 'not a rule', 'none: CDA is another standard'],
  [
    /^Not_done_yet|^Internal_|_SVC$|^Resource_resolution_services/,
    'not a rule',
    'none: a part of the program that is missing',
  ],
  [
    /NOSVC|_NoServer$|NO_SERVER$|NO_BATCH_ON_SERVER|TXVER_BATCH|NO_OID_SERVICES|running_without_terminology|_SERVER_SIDE$|SYSTEM_UNSUPPORTED$|CS_NO_SUPPORT$/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
];

/** A row of which no pair is recorded, sorted where its id or the way it is told says enough. */
export function sortedRow(row: Row): Row {
  const found = sorted.find(([ids]) => ids.test(row.id));
  if (found !== undefined) {
    const [, status, section] = found;
    return status === 'needs a terminology server' ? { ...row, status } : { ...row, status, section };
  }
  if (row.told === 'failure') return { ...row, status: 'no finding' };
  return row.told === 'hint' ? { ...row, status: 'hint' } : row;
}
