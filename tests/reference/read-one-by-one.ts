import type { Status } from './messages.ts';

/** Messages whose statements were read one by one, and what speaks against a finding for each. */
export const readOneByOne: readonly (readonly [ids: RegExp, status: Status, section: string])[] = [
  [
    /^(?:SD_TYPE_MISSING)$/,
    'not read',
    'none: told of a definition whose type has no value, of which the snapshot, which is made first, fails',
  ],
  [
    /^(?:XHTML_XHTML_BAD_ELEMENT_TYPE)$/,
    'not read',
    'none: told of instructions and document types within a narrative, which the reader leaves out or refuses before',
  ],
  [
    /^(?:CODESYSTEM_CS_VS_EXP_MISMATCH)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/valueset.html#expansion: an expansion may be in pages and in levels; the reference compares its outermost entries with all concepts',
  ],
  [
    /^(?:IG_DEPENDENCY_CAN_VERSION_ERROR)$/,
    'no finding',
    'none: told beside IG_DEPENDENCY_DIRECT alone, of an address that is of no guide',
  ],
  [
    /^(?:EXTENSION_CONTEXT_UNABLE_TO_CHECK_PROFILE)$/,
    'no finding',
    'none: a doubt of the program about a profile of another type, with which nothing is wrong',
  ],
  [
    /^(?:Extension_EXT_Modifier_Mismatch[NY])$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/defining-extensions.html#modifier: whether an extension modifies is said by its own definition, to which it is held, and not by a profile that lets it stand',
  ],
  [
    /^(?:UNKNOWN_CODESYSTEM_VERSION_UNK)$/,
    'no finding',
    'none: tells once more what UNKNOWN_CODESYSTEM_VERSION tells at the same place',
  ],
  [
    /^(?:Validation_VAL_Profile_MultipleMatches)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.type.profile: a value meets at least one of the profiles, and may meet more',
  ],
  [
    /^(?:XHTML_CONTROL_LANGS_NO_DEFAULT|XHTML_XHTML_Image_Reference_Illegal)$/,
    'no finding',
    'none: no statement of the reference reaches it, since what it asks has been asked before',
  ],
  [
    /^(?:OPDEF_PROFILE_NO_SLICE)$/,
    'no finding',
    'none: asked of a slice of parameters without their name, of which OPDEF_PROFILE_ tells what the parameters lack',
  ],
  [
    /^(?:ATTEMPT_TO_CHANGE_SLICING)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/profiling.html#reslicing: a slice may be sliced again, by other discriminators',
  ],
  [
    /^(?:Error_at__The_target_profile__is_not__valid_constraint_on_the_base_)$/,
    'no finding',
    'none: a part of the text of ERROR_GENERATING_SNAPSHOT',
  ],
  [
    /^(?:QUESTIONNAIRE_QR_ITEM_BADOPTION_CS)$/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
  [
    /^(?:QUESTIONNAIRE_QR_ITEM_BAD_ATTACHMENT_LENGTH)$/,
    'different on purpose',
    'https://hl7.org/fhir/extensions/StructureDefinition-maxSize.html: the size is in megabytes; the reference takes it for bytes, and refuses what has just as many',
  ],
  [
    /^(?:QUESTIONNAIRE_QR_ITEM_NOOPTIONSDECIMAL)$/,
    'no finding',
    'https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.answerOption.value_x_: no option is a decimal',
  ],
  [/^(?:Questionnaire_QR_Item_Coding)$/, 'no finding', 'none: a failure of the program while it asks a terminology'],
  [
    /^(?:Questionnaire_QR_Item_NoType)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.type: a question without a type is the fault of the questionnaire, and is told there',
  ],
  [
    /^(?:SD_DERIVATION_NO_CONCRETE)$/,
    'not a rule',
    'https://hl7.org/fhir/R5/structuredefinition-definitions.html#StructureDefinition.abstract: what is built on a definition need not be at hand',
  ],
  [
    /^(?:SD_ED_TYPE_PROFILE_NOTYPE)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/structuredefinition-definitions.html#StructureDefinition.baseDefinition: a base that is not at hand is no fault of the definition that names the profile',
  ],
  [
    /^(?:SD_EXTENSION_COMPLIES_WITH_WARNING)$/,
    'not a rule',
    'https://hl7.org/fhir/extensions/StructureDefinition-structuredefinition-compliesWithProfile.html: a doubt of the program, which cannot compare all that profiles state',
  ],
  [
    /^(?:SD_PATH_SLICE_INCONSISTENT_TYPE)$/,
    'no finding',
    'none: told by the condition of SD_PATH_SLICE_INCONSISTENT_MS, beside it',
  ],
  [
    /^(?:UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/valueset-definitions.html#ValueSet.compose.include.filter.value: a filter without a value is the fault of the value set, and is told there',
  ],
  [
    /^(?:Code_found_in_expansion_however_|TERMINOLOGY_TX_SYSTEM_OTHER_RESOURCE)$/,
    'no finding',
    'none: a part of the answer to a question to a terminology, which is told as one finding',
  ],
  [
    /^(?:VALUESET_VALUE_MISMATCH_CHANGED)$/,
    'no finding',
    'none: asked by a parameter of the operation that sets versions of systems alone',
  ],
  [
    /^(?:NO_VALID_DISPLAY_FOUND)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/datatypes-definitions.html#Coding.display: a display of the code system is right, whichever language the resource is in',
  ],
];
