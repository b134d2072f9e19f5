import type { Finding } from './official-cases.ts';

/** Why only one of the two validators, the reference validator or ours, reports a finding. */
export interface Reason {
  readonly kind: 'XML' | 'terminology server' | 'differs on purpose';
  readonly reason: string;
}

/** The first entry whose pattern matches `case: severity code expression text` gives the reason. */
const reasons: readonly (readonly [RegExp, Reason['kind'], string])[] = [
  [
    /\(xml\)| \/f:|\/\?:|XML Root|out of order|XML encoding/,
    'XML',
    'about the XML text; the case is run from its JSON form',
  ],
  [/^list-bad-syntax/, 'XML', 'the XML cannot be read; its JSON form holds what could be saved of it'],
  [
    /^list-empty2|^xml_UTF8.*code-system-empty/,
    'XML',
    'an empty element is told as such here, which is what JSON shows',
  ],
  [/^specimendefinition.*(?:ele-1|object-empty)/, 'XML', 'the attribute of the XML became an empty object in JSON'],
  [
    /^cs-v2-0550.*whitespace rules|^observation-triglyceride-good.*pattern-value/,
    'XML',
    'an entity of the XML stands as plain text in the JSON form',
  ],
  [/^primitive-bad.*(?:'1e4'|'00\.1'|decimal|0000-01-01)/, 'XML', 'JSON cannot write the literal as the XML does'],
  [
    /has a status of|Wrong Display|valid but is not active/,
    'terminology server',
    'needs SNOMED CT, LOINC or ATC, or the status of a concept',
  ],
  [
    /ValueSet '.*\|4\.0\.0' not found/,
    'differs on purpose',
    'a profile of R4 is laid over R5: what its snapshot repeats of R4 is not asked',
  ],
  [
    /code-system-unknown|definition for CodeSystem/,
    'differs on purpose',
    'the place is the system, always; the reference validator tells it at the coding when the system has been asked for often',
  ],
  [
    /inactive#codeRetired|maximum value set|clinical-findings/,
    'terminology server',
    'the small terminology of this test cannot tell',
  ],
  [/^narrative-binary/, 'differs on purpose', 'the data of the image is no base64'],
  [/^reference-bad-logical/, 'differs on purpose', 'the stated type is not among those the element allows'],
  [/owning committee/, 'differs on purpose', 'asked of what HL7 publishes itself; no rule of FHIR'],
  [/standards status/, 'differs on purpose', 'which statuses go together is a policy of HL7, no rule of FHIR'],
  [/^extension-version-restriction/, 'differs on purpose', 'the place is the extension, as with every other context'],
  [/implies a property|not a valid code in this code system/, 'terminology server', 'the system is not at hand here'],
];

export function reasonFor(name: string, { severity, code, expression, text }: Finding): Reason | undefined {
  const line = `${name}: ${severity} ${code} ${expression} ${text}`;
  const found = reasons.find(([pattern]) => pattern.test(line));
  return found === undefined ? undefined : { kind: found[1], reason: found[2] };
}
