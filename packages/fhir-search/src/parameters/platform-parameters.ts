import type { EncodedSearchParameter } from './encoding.ts';

/** Search parameters of this platform, not of FHIR R5; their canonicals are `urn:dhp:search-parameter:<id>`. */
export const platformParameters: readonly EncodedSearchParameter[] = [
  {
    // The national guide searches practitioners by what qualifies them: by a diploma's number or by what it is for.
    id: 'Practitioner-qualification-code',
    code: 'qualification-code',
    type: 'token',
    base: ['Practitioner'],
    expression: 'Practitioner.qualification.code | Practitioner.qualification.identifier',
  },
];
