import type { Finding } from './finding.ts';

/** A kind of findings of the reference validator that we do not have on purpose. */
export interface Exemption {
  readonly reason: string;
  /** Where the specification, or the place that decides it, says so. */
  readonly section: string;
  readonly fits: (finding: Finding & { readonly text: string }) => boolean;
}

const external = /currencies|ISO-?4217|iso3166|timezones|mimetypes|bcp:?13|bcp:?47/i;

/** Findings of the reference validator that are not asked of us, the first that fits. Each is counted in the comparison. */
export const exemptions: readonly Exemption[] = [
  {
    reason: 'a failure inside the reference validator (a NullPointerException), told as a finding',
    section: 'none: no rule is stated',
    fits: ({ text }) => text.includes('Cannot invoke "'),
  },
  {
    reason:
      'the language of the resource is taken for the language of displays, so that every code of the resource is an error',
    section: 'https://hl7.org/fhir/R5/resource-definitions.html#Resource.language',
    fits: ({ text }) => text.includes('Invalid displayLanguage'),
  },
  {
    reason: 'needs a terminology server: the code system is not in the packages',
    section: 'https://hl7.org/fhir/R5/terminologies-systems.html#external',
    fits: ({ id, text }) =>
      id === 'Error_validating_code_running_without_terminology_services' ||
      text.includes('does not support batch validation') ||
      (/^(?:Terminology_TX_NoValid|UNABLE_TO_INFER)/.test(id) && external.test(text)),
  },
  {
    reason: 'a second finding for a code that is not in its value set, which is told as code-invalid already',
    section: 'https://hl7.org/fhir/R5/terminologies.html#code',
    fits: ({ id }) => id === 'UNABLE_TO_INFER_CODESYSTEM',
  },
  {
    reason: 'a policy of HL7 for what it publishes itself, no rule of FHIR',
    section: 'none: the policies are those of the publisher',
    fits: ({ id }) => /^VALIDATION_HL7_/.test(id),
  },
  {
    reason: 'a fullUrl that does not fit the resource is told at the first entry, whichever entry it is',
    section: 'https://hl7.org/fhir/R5/bundle.html#bundle-unique',
    fits: ({ id, expression }) => id === 'BUNDLE_ENTRY_URL_MATCHES_TYPE_ID' && expression.endsWith('entry[0]'),
  },
];

/** Why a finding of the reference validator is not asked of us; undefined when it is. */
export function exemptionOf(finding: Finding & { readonly text: string }): Exemption | undefined {
  return exemptions.find(({ fits }) => fits(finding));
}
