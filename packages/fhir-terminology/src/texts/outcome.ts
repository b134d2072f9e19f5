// Made by `npm run messages` from messages/outcome/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/outcome/uz.json' with { type: 'json' };
import ru from '../../messages/outcome/ru.json' with { type: 'json' };
import en from '../../messages/outcome/en.json' with { type: 'json' };

export interface OutcomeMessages {
  readonly sentences: {
    readonly ABSTRACT_CODE_NOT_ALLOWED: (values: readonly [MessageValue, MessageValue]) => string;
    readonly CODE_CASE_DIFFERENCE: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly CODESYSTEM_CS_NO_SUPPLEMENT: (values: readonly [MessageValue]) => string;
    readonly CODESYSTEM_NOT_ENUMERABLE: (values: readonly [MessageValue]) => string;
    readonly Coding_has_no_system__cannot_validate: string;
    readonly CONCEPT_DEPRECATED_IN_VALUESET: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly DEPRECATED_CONCEPT_FOUND: (values: readonly [MessageValue, MessageValue]) => string;
    readonly Display_Name_for__should_be_one_of__instead_of: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly Display_Name_WS_for__should_be_one_of__instead_of: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly FILTER_NOT_UNDERSTOOD: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly INACTIVE_CONCEPT_FOUND: (values: readonly [MessageValue, MessageValue]) => string;
    readonly INACTIVE_CONCEPT_FOUND_ADD: (values: readonly [MessageValue, MessageValue]) => string;
    readonly INACTIVE_DISPLAY_FOUND: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly INVALID_DISPLAY_NAME: (values: readonly [MessageValue]) => string;
    readonly MSG_DEPRECATED: (values: readonly [MessageValue, MessageValue]) => string;
    readonly MSG_DRAFT: (values: readonly [MessageValue, MessageValue]) => string;
    readonly MSG_EXPERIMENTAL: (values: readonly [MessageValue, MessageValue]) => string;
    readonly MSG_RETIRED: (values: readonly [MessageValue, MessageValue]) => string;
    readonly MSG_WITHDRAWN: (values: readonly [MessageValue, MessageValue]) => string;
    readonly NO_VALID_DISPLAY_AT_ALL: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly None_of_the_provided_codes_are_in_the_value_set_one: (
      values: readonly [MessageValue, MessageValue],
    ) => string;
    readonly STATUS_CODE_WARNING_CODE: (values: readonly [MessageValue, MessageValue]) => string;
    readonly Terminology_TX_System_Relative: string;
    readonly Terminology_TX_System_ValueSet2: (values: readonly [MessageValue]) => string;
    readonly TX_GENERAL_CC_ERROR_MESSAGE: (values: readonly [MessageValue]) => string;
    readonly UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE: (
      values: readonly [MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly UNABLE_TO_INFER_CODESYSTEM: (values: readonly [MessageValue, MessageValue]) => string;
    readonly Unable_to_resolve_system__value_set_has_multiple_matches: (
      values: readonly [MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly Unable_to_resolve_value_Set_: (values: readonly [MessageValue]) => string;
    readonly Unknown_Code_in: (values: readonly [MessageValue, MessageValue]) => string;
    readonly UNKNOWN_CODE_IN_FRAGMENT: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly UNIT_UNKNOWN: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly UNIT_NOT_CANONICAL: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly Unknown_Code_in_Version: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly UNKNOWN_CODESYSTEM: (values: readonly [MessageValue]) => string;
    readonly UNKNOWN_CODESYSTEM_EXP: (values: readonly [MessageValue]) => string;
    readonly UNKNOWN_CODESYSTEM_VERSION: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly UNKNOWN_CODESYSTEM_VERSION_NONE: (values: readonly [MessageValue, MessageValue]) => string;
    readonly UNKNOWN_CODESYSTEM_VERSION_EXP: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly UNKNOWN_CODESYSTEM_VERSION_EXP_NONE: (values: readonly [MessageValue, MessageValue]) => string;
    readonly VALUESET_CIRCULAR_REFERENCE: (values: readonly [MessageValue, MessageValue]) => string;
    readonly VALUESET_SUPPLEMENT_MISSING: (values: readonly [MessageValue]) => string;
    readonly VALUESET_TOO_COSTLY: (values: readonly [MessageValue, MessageValue]) => string;
    readonly VALUESET_VALUE_MISMATCH: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly VALUESET_VALUE_MISMATCH_CHANGED: (
      values: readonly [MessageValue, MessageValue, MessageValue, MessageValue],
    ) => string;
    readonly VALUESET_VALUE_MISMATCH_DEFAULT: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly VALUESET_VERSION_CHECK: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly VS_EXP_IMPORT_UNK: (values: readonly [MessageValue]) => string;
    readonly VS_EXP_IMPORT_UNK_PINNED: (values: readonly [MessageValue, MessageValue]) => string;
    readonly CODING_WITHOUT_CODE: string;
    readonly CODING_WITHOUT_CODE_IN: (values: readonly [MessageValue]) => string;
    readonly CONCEPT_MAP_UNKNOWN: (values: readonly [MessageValue]) => string;
    readonly DATE_WRONG: (values: readonly [MessageValue]) => string;
    readonly NO_CODE_FOR: (values: readonly [MessageValue]) => string;
    readonly NO_CODE_SYSTEM: string;
    readonly NO_CODE_TO_LOOK_UP: string;
    readonly NO_CODE_TO_TRANSLATE: string;
    readonly NO_CODE_TO_VALIDATE: string;
    readonly NO_CODE_TO_VALIDATE_IN_SYSTEM: string;
    readonly NO_SYSTEM_FOR: (values: readonly [MessageValue]) => string;
    readonly NO_TRANSLATION: string;
    readonly NO_VALUE_SET: string;
    readonly NOT_A_VERSIONED_CANONICAL: (values: readonly [MessageValue]) => string;
    readonly NOT_RELATED: string;
    readonly ECL_NOT_UNDERSTOOD: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly NOT_THERE_THEN: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly TOO_MANY_VALUES: (values: readonly [MessageValue, MessageValue]) => string;
    readonly NUMBER_WRONG: (values: readonly [MessageValue, MessageValue]) => string;
    readonly ONE_OF_CHOICES: (values: readonly [MessageValue]) => string;
    readonly SHAPE_WRONG: (values: readonly [MessageValue]) => string;
    readonly SUBSUMPTION_OF_SYSTEMS: (values: readonly [MessageValue, MessageValue]) => string;
    readonly SUBSUMPTION_OF_VERSIONS: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly TWO_VERSIONS: (values: readonly [MessageValue, MessageValue, MessageValue, MessageValue]) => string;
    readonly MAPS_TOO_DEEP: (values: readonly [MessageValue, MessageValue]) => string;
    readonly VALUESET_IMPORTS_TOO_DEEP: (values: readonly [MessageValue, MessageValue]) => string;
    readonly VALUESET_VERSION_FORBIDDEN: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly RELATED_SAME: (values: readonly [MessageValue, MessageValue]) => string;
    readonly RELATED_SUPERSET: (values: readonly [MessageValue, MessageValue]) => string;
    readonly RELATED_SUBSET: (values: readonly [MessageValue, MessageValue]) => string;
    readonly RELATED_OVERLAPPING: (values: readonly [MessageValue, MessageValue]) => string;
    readonly RELATED_DISJOINT: (values: readonly [MessageValue, MessageValue]) => string;
    readonly RELATED_EMPTY: (values: readonly [MessageValue, MessageValue]) => string;
    readonly RELATED_INDETERMINATE: (values: readonly [MessageValue, MessageValue, MessageValue]) => string;
    readonly RELATED_UNCLOSED: (values: readonly [MessageValue]) => string;
    readonly NO_VALUE_SET_TO_COMPARE: (values: readonly [MessageValue]) => string;
  };
  readonly lists: {
    readonly and: string;
    readonly or: string;
  };
}

export const outcomeMessages = readCatalogue<OutcomeMessages>({ uz, ru, en });
