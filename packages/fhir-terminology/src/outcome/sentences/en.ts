/**
 * The sentences of terminology answers, by the message ids that HL7's validator and its test suite know; `{0}` stands for a
 * value. They are fixed word for word by that suite, so clients may compare them. The second part is of this package's own.
 */
export const english = {
  ABSTRACT_CODE_NOT_ALLOWED: "Code '{0}#{1}' is abstract, and not allowed in this context",
  CODE_CASE_DIFFERENCE:
    "The code '{0}' differs from the correct code '{1}' by case. Although the code system '{2}' is case insensitive, implementers are strongly encouraged to use the correct case anyway",
  CODESYSTEM_CS_NO_SUPPLEMENT: "CodeSystem {0} is a supplement, so can't be used as a value in Coding.system",
  CODESYSTEM_NOT_ENUMERABLE:
    "The code system '{0}' cannot be expanded because its codes cannot be iterated or enumerated in any meaningful sense",
  Coding_has_no_system__cannot_validate:
    'Coding has no system. A code with no system has no defined meaning, and it cannot be validated. A system should be provided',
  CONCEPT_DEPRECATED_IN_VALUESET:
    "The presence of the concept '{1}' in the system '{0}' in the value set {3} is marked with a status of {2} and its use should be reviewed",
  DEPRECATED_CONCEPT_FOUND: "The concept '{1}' has a status of {0} and its use should be reviewed",
  Display_Name_for__should_be_one_of__instead_of:
    "Wrong Display Name '{4}' for {1}#{2}. Valid display is {0}{3} (for the language(s) '{5}')",
  Display_Name_WS_for__should_be_one_of__instead_of:
    "Wrong whitespace in Display Name '{4}' for {1}#{2}. Valid display is {0}{3} (for the language(s) '{5}')",
  FILTER_NOT_UNDERSTOOD: 'The filter "{0} {1} {2}" is not understood or supported',
  INACTIVE_CONCEPT_FOUND: "The concept '{1}' has a status of {0} and its use should be reviewed",
  INACTIVE_CONCEPT_FOUND_ADD: "The concept '{1}' has a status of {0} and inactive and its use should be reviewed",
  INACTIVE_DISPLAY_FOUND:
    "'{0}' is no longer considered a correct display for code '{1}' (status = {3}). The correct display is one of {2}.",
  INVALID_DISPLAY_NAME: "Invalid displayLanguage: '{0}'",
  MSG_DEPRECATED: 'Reference to deprecated {1} {0}',
  MSG_DRAFT_SRC_STATUS: 'Reference to draft {1} {0} from {2} {3} {4}',
  MSG_EXPERIMENTAL: 'Reference to experimental {1} {0}',
  MSG_RETIRED: 'Reference to retired {1} {0}',
  MSG_WITHDRAWN: 'Reference to withdrawn {1} {0}',
  NO_VALID_DISPLAY_AT_ALL: "Cannot validate the display '{0}' for {1}#{2}: the code system gives this code no display",
  NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR:
    "Wrong Display Name '{0}' for {1}#{2}. There are no valid display names found for language(s) '{3}'. Default display is '{4}'",
  NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK:
    "There are no valid display names found for the code {1}#{2} for language(s) '{3}'. The display is '{0}' which is a valid display for the default language",
  None_of_the_provided_codes_are_in_the_value_set_one: "The provided code {1} was not found in the value set '{0}'",
  STATUS_CODE_WARNING_CODE: "The concept '{1}' is valid but is {0}",
  Terminology_TX_System_Relative: 'Coding.system must be an absolute reference, not a local reference',
  Terminology_TX_System_ValueSet2: "The Coding references a value set, not a code system ('{0}')",
  TX_GENERAL_CC_ERROR_MESSAGE: "No valid coding was found for the value set '{0}'",
  UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE: 'The system {0} filter with property = {1}, op = {2} has no value',
  UNABLE_TO_INFER_CODESYSTEM: "The System URI could not be determined for the code '{0}' in the ValueSet '{1}'",
  Unable_to_resolve_system__value_set_has_multiple_matches:
    "The System URI could not be determined for the code '{0}' in the ValueSet '{1}': value set expansion has multiple matches: [{2}]",
  Unable_to_resolve_value_Set_: "A definition for the value Set '{0}' could not be found",
  Unknown_Code_in: "Unknown code '{0}' in the CodeSystem '{1}'",
  UNKNOWN_CODE_IN_FRAGMENT:
    "Unknown Code '{0}' in the CodeSystem '{1}' version '{2}' - note that the code system is labeled as a fragment, so the code may be valid in some other fragment",
  Unknown_Code_in_Version: "Unknown code '{0}' in the CodeSystem '{1}' version '{2}'",
  UNKNOWN_CODESYSTEM: "A definition for CodeSystem '{0}' could not be found, so the code cannot be validated",
  UNKNOWN_CODESYSTEM_EXP: "A definition for CodeSystem '{0}' could not be found, so the value set cannot be expanded",
  UNKNOWN_CODESYSTEM_VERSION:
    "A definition for CodeSystem '{0}' version '{1}' could not be found, so the code cannot be validated. Valid versions: {2}",
  UNKNOWN_CODESYSTEM_VERSION_NONE:
    "A definition for CodeSystem '{0}' version '{1}' could not be found, so the code cannot be validated. No versions of this code system are known",
  UNKNOWN_CODESYSTEM_VERSION_EXP:
    "A definition for CodeSystem '{0}' version '{1}' could not be found, so the value set cannot be expanded. Valid versions: {2}",
  UNKNOWN_CODESYSTEM_VERSION_EXP_NONE:
    "A definition for CodeSystem '{0}' version '{1}' could not be found, so the value set cannot be expanded. No versions of this code system are known",
  VALUESET_CIRCULAR_REFERENCE: 'Found a circularity pointing to {0} processing ValueSet with pathway [{1}]',
  VALUESET_SUPPLEMENT_MISSING: 'Required supplement not found: {0}',
  VALUESET_TOO_COSTLY:
    "The value set '{0}' expansion has too many codes to produce (>{1}). Ask for a part at a time with count and offset, or for fewer with filter",
  VALUESET_VALUE_MISMATCH:
    "The code system '{0}' version '{1}' in the ValueSet include is different to the one in the value ('{2}')",
  VALUESET_VALUE_MISMATCH_CHANGED:
    "The code system '{0}' version '{1}' resulting from the version '{3}' in the ValueSet include is different to the one in the value ('{2}')",
  VALUESET_VALUE_MISMATCH_DEFAULT:
    "The code system '{0}' version '{1}' for the versionless include in the ValueSet include is different to the one in the value ('{2}')",
  VALUESET_VERSION_CHECK:
    "The version '{1}' is not allowed for system '{0}': required to be '{2}' by a version-check parameter",
  VS_EXP_IMPORT_UNK: "Unable to find included value set '{0}'",
  VS_EXP_IMPORT_UNK_PINNED: "Unable to find included value set '{0}' version '{1}'",

  CODING_WITHOUT_CODE: 'Coding has no code and cannot be validated',
  CODING_WITHOUT_CODE_IN: 'Coding has no code for system {0} and cannot be validated',
  CONCEPT_MAP_UNKNOWN: "A definition for the concept map '{0}' could not be found",
  DATE_WRONG: "The parameter date is '{0}'; it must be a date or a date with a time and its zone",
  NO_CODE_FOR: 'No code is provided for code{0}, so subsumption cannot be tested',
  NO_CODE_SYSTEM: 'No CodeSystem specified - provide url parameter or codeSystem resource',
  NO_CODE_TO_LOOK_UP: 'Unable to find code to look up (looked for coding | system+code in parameters)',
  NO_CODE_TO_TRANSLATE:
    'Unable to find code to translate (looked for source or target Code + system | Coding | CodeableConcept)',
  NO_CODE_TO_VALIDATE:
    'Unable to find code to validate (looked for coding | codeableConcept | code+system | code+inferSystem in parameters',
  NO_CODE_TO_VALIDATE_IN_SYSTEM:
    'Unable to find code to validate (looked for coding | codeableConcept | code in parameters)',
  NO_SYSTEM_FOR: 'No code system is provided for code{0}, so subsumption cannot be tested',
  NO_TRANSLATION: 'No translation was found',
  NO_VALUE_SET: 'No ValueSet specified - provide url parameter or valueSet resource',
  NOT_A_VERSIONED_CANONICAL: "'{0}' is not a canonical with a version",
  NOT_RELATED: 'The concept maps say that it is not related to any',
  ECL_NOT_UNDERSTOOD: 'The expression constraint "{2}" is not understood or supported at character {0}: "{1}"',
  NOT_THERE_THEN: "No version of '{0}' that is known here was there at {1}: the first is of {2}",
  TOO_MANY_VALUES: 'The parameter {0} has more than {1} values; send fewer',
  NUMBER_WRONG: "The parameter {0} is '{1}'; it must be a whole number, 0 or more",
  ONE_OF_CHOICES: 'one of {0} choices: ',
  SHAPE_WRONG: '{0} is not what FHIR R5 has there, so the request cannot be understood',
  SUBSUMPTION_OF_SYSTEMS:
    "Subsumption can only be tested between two codes in the same code system, but the code systems are '{0}' and '{1}'",
  SUBSUMPTION_OF_VERSIONS:
    "Subsumption can only be tested between two codes in the same version of '{0}', but the versions are '{1}' and '{2}'",
  TWO_VERSIONS: "There are two versions for '{0}' in {1}: '{2}' and '{3}'",
  MAPS_TOO_DEEP:
    "The concept map '{0}' stands in the place of others (other-map), more than {1} deep. Name the last map directly",
  VALUESET_IMPORTS_TOO_DEEP:
    "The value set '{0}' imports value sets that import others, more than {1} deep. Import those further down directly",
  VALUESET_VERSION_FORBIDDEN:
    "The version '{1}' is not allowed for value set '{0}': required to be '{2}' by a version-check parameter",
} as const;
