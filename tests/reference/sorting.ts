import type { Row, Status } from './messages.ts';
import { readOneByOne } from './read-one-by-one.ts';

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
    /^IG_DEPENDENCY_(?:INVALID_URL|NO_PACKAGE|CLASH_|PACKAGE_UNKNOWN$|VERSION_)/,
    'not a rule',
    'none: asked of the packages in the cache of the program and of registries of packages',
  ],
  [
    /^SECURITY_STRING_CONTENT_ERROR$|^TYPE_SPECIFIC_CHECKS_DT_URL_EXAMPLE$/,
    'not a rule',
    'none: asked when the validator is told to, which HL7 does for what it publishes',
  ],
  [
    /^TYPE_SPECIFIC_CHECKS_DT_QTY_UCUM_ANNOTATIONS/,
    'hint',
    'https://hl7.org/fhir/R5/datatypes.html#quantity states no rule; the reference tells it as best practice',
  ],
  [
    /^CODESYSTEM_CS_COUNT_SUPPLEMENT_WRONG$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/codesystem-definitions.html#CodeSystem.count is of the code system; the reference compares the concepts of the supplement with it',
  ],
  [
    /^Reference_REF_CantResolveProfile$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.type.targetProfile: a profile that is not at hand is no fault of the resource',
  ],
  [
    /^Fixed_Type_Checks_DT_Name_Given$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.pattern_x_: of a list each part must be met, and there may be more',
  ],
  [
    /^(?:JSON_PROPERTY_INVALID_ARRAY|This_base_property_must_be_an_Array_not_)$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/json.html#primitive: told of the element whose lists do not fit together',
  ],
  [
    /^IG_DEPENDENCY_NO_VERSION$/,
    'not a rule',
    'https://hl7.org/fhir/R5/implementationguide-definitions.html#ImplementationGuide.dependsOn.version need not be stated',
  ],
  [
    /^MEASURE_M_CRITERIA_CQL_NO_LIB$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/measure.html: a library that is not at hand is no fault of the measure that names it',
  ],
  [
    /^Terminology_(?:PassThrough_TX_Message|TX_(?:NoValid_[79]|Confirm_(?:1_CC|2_CC|5)|Error_))|^TERMINOLOGY_TX_WARNING$/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
  [
    /^CONCEPTMAP_(?:VS_|GROUP_(?:SOURCE|TARGET)_CODE_CANT_CHECK$)|^VALUESET_(?:INCLUDE_INVALID_CONCEPT_CODE|UNC_SYSTEM_WARNING|NO_SYSTEM_WARNING$|EXAMPLE_SYSTEM_ERROR$)/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
  [
    /^VALUESET_BAD_FILTER_VALUE_(?:INVALID|CANT_CHECK|CODED_INVALID|VALID_CODE_CHANGE)$|^QUESTIONNAIRE_QR_ITEM_VS_BAD$/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
  [
    /NOSVC|_NoServer$|NO_SERVER$|NO_BATCH_ON_SERVER|TXVER_BATCH|NO_OID_SERVICES|running_without_terminology|_SERVER_SIDE$|SYSTEM_UNSUPPORTED$|CS_NO_SUPPORT$/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
];

/** Messages that no resource leads to here although they are told of resources elsewhere: the reason, and the place that says so. */
const unreachable: readonly (readonly [ids: RegExp, status: Status, section: string])[] = [
  [
    /^(?:CDATA_is_not_allowed|Element_must_have_some_content|No_processing_instructions_|No_type_found_on_|Node_type__is_not|Text_should_not_be|Undefined_(?:attribute|element)_|Wrong_namespace_|XSI_TYPE_|xml_)/,
    'not read',
    'none: told of XML that no reader of the reference hands on, or of attributes of its schema, which are no contents',
  ],
  [
    /^JSON_(?:COMMA_|COMMENTS_|PROPERTY_(?:VALUE_)?NO_QUOTES)/,
    'different on purpose',
    'https://www.rfc-editor.org/rfc/rfc8259#section-2: such a text is no JSON, and nothing of it is read; the reference reads on',
  ],
  [
    /^PROFILE_COMPLIES_WITH_/,
    'no finding',
    'none: a part of the text of SD_EXTENSION_COMPLIES_WITH_, which is told as one finding',
  ],
  [/^XHTML_URL_/, 'no finding', 'none: a part of the text of the finding about an address in a narrative'],
  [
    /^(?:UNABLE_TO_INFER_CODESYSTEM|TX_GENERAL_CC_ERROR_MESSAGE|None_of_the_provided_codes_|Unable_to_resolve_system__|UNABLE_TO_RESOLVE_SYSTEM_SYSTEM_|UNKNOWN_CODESYSTEM_CODING_NOT_CHECKED|NO_CODE_PROVIDED|INACTIVE_CONCEPT_FOUND_ADD)/,
    'no finding',
    'none: a part of the answer to a question to a terminology, which is told as one finding',
  ],
  [
    /^(?:Bundle_Document_Date_Missing|MEASURE_MR_SCORE_PROHIBITED_RT$|UNSUPPORTED_SLICING_COMPLEXITY$)/,
    'not read',
    'none: told of versions of FHIR before R4, or by a program that makes profiles of it',
  ],
  [
    /^BUNDLE_BUNDLE_ENTRY_REVERSE_R4$|_VER$|^MEASURE_MR_GRP_(?:(?:STRAT_|POP_)?(?:NO_CODE|MISSING_BY_CODE)|NO_USABLE_CODE)$|^Reference_REF_NoType$/,
    'not read',
    'none: told of another version of FHIR than R5',
  ],
  [
    /^(?:TERMINOLOGY_TX_OID_|TERMINOLOGY_TX_UNKNOWN_OID$|VALUESET_INCLUDE_WRONG_CS_OID)/,
    'no finding',
    'none: asked of identifiers of objects that the packages of another standard name',
  ],
  [
    /MULTIPLE_POSSIBLE_VERSIONS$|^VALIDATION_VAL_PROFILE_DEPENDS_NOT_RESOLVED$|^Validation_VAL_Profile_Unknown$|^BUNDLE_SIGNATURE_HEADER_CERT_NOT_FOUND/,
    'no finding',
    'none: asked of what the program fetches from elsewhere; nothing is fetched here',
  ],
  [
    /^VALUESET_REFERENCE_(?:INVALID_TYPE$|UNKNOWN$)/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
  [
    /^VALUESET_PARAMETER_NO(?:T_USED|_DOCO)$/,
    'not read',
    'none: told of an extension of the package hl7.fhir.uv.tools, of the definitions with which HL7 publishes',
  ],
  [
    /^(?:UNICODE_BIDI_CONTROLS_CHARS_DISALLOWED|VALIDATION_VAL_GLOBAL_PROFILE_UNKNOWN|Bundle_BUNDLE_Entry_Canonical|NARRATIVE_NOT_TRANSLATED)$/,
    'not a rule',
    'none: asked when the validator is told to, by a setting or by the guides given to it',
  ],
  [
    /^(?:MEASURE_M_GROUP_STRATA_COMP_NO_CODE|QUESTIONNAIRE_Q_ITEM_DERIVED_NI_ANSWER_VS|SD_ELEMENT_PATTERN_WRONG_TYPE)$/,
    'no finding',
    'none: no statement of the reference reaches it, since it looks for an element that is elsewhere',
  ],
  [
    /^SD_ELEMENT_PATTERN_NO_FIXED$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/profiling.html#fixed: a pattern may be refined to a fixed value that fits it',
  ],
  [
    /^BUNDLE_SIGNATURE_(?:DIGSIG_|SIG_DIGEST_MISMATCH)/,
    'not read',
    'none: told of signatures in XML; those in JSON alone are read',
  ],
];

/** Messages that only another part of the program, or a part of it that nothing asks, leads to. */
const unasked: readonly (readonly [ids: RegExp, status: Status, section: string])[] = [
  [
    /^(?:EXTENSION_EXT_VERSION_NOTALLOWED|Extension_EXT_Version_(?:Invalid|InvalidId|NoChange))$/,
    'not read',
    'none: needs the package hl7.fhir.xver-extensions, of extensions for elements of other versions of FHIR, which is not at hand',
  ],
  [
    /^(?:SD_TYPE_PARAM(?:ETER)?_|SD_ED_ADDITIONAL_BINDING_USAGE_|VALUESET_PARAMETER_(?:MISSING|UNRECOGNISED)_|TYPE_SPECIFIC_CHECKS_DT_PRIMITIVE_REGEX_TYPE_ALT$)/,
    'not read',
    'none: told of an extension of the package hl7.fhir.uv.tools, of the definitions with which HL7 publishes',
  ],
  [
    /^Validation_VAL_Profile_OutOfOrder$/,
    'not read',
    'none: told of XML, whose elements have an order; members of JSON have none (https://hl7.org/fhir/R5/json.html)',
  ],
  [
    /^Terminology_TX_NoValid_[45]$/,
    'not read',
    'none: told of codes of CDA, which is another standard; those of FHIR are told as Terminology_TX_Confirm_4a',
  ],
  [
    /^(?:Bundle_BUNDLE_Entry_IdUrlMismatch|OPDEF_PROFILE_NO_FIXED|SD_OBGLIGATION_(?:INHERITS_PROFILE_TARGET_NOT_FOUND|PROFILE_UKNOWN))$/,
    'no finding',
    'none: no statement of the reference reaches it, since what it asks has been asked before, or nothing asks it',
  ],
  [
    /^BUNDLE_BUNDLE_ENTRY_(?:NOTFOUND|FOUND_MULTIPLE)_FRAGMENT$/,
    'no finding',
    'none: the reference fails (NullPointerException) where it would tell it',
  ],
  [
    /^IG_DEPENDENCY_INVALID_PACKAGE_VERSION$/,
    'not a rule',
    'none: asked beside the packages in the cache of the program and of registries of packages',
  ],
  [
    /^Problem_processing_expression__in_profile__path__$/,
    'different on purpose',
    'https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.constraint: a rule that cannot be read is the fault of its profile, and is told there, not at resources',
  ],
  [/^PATTERN_CHECK_STRING$/, 'no finding', 'none: written to a list that the reference does not read'],
  [
    /^EXT_VER_URL_(?:IGNORE|MISLEADING)$/,
    'no finding',
    'https://hl7.org/fhir/R5/canonicalresource.html#invs: told of a definition whose url contains |, which none may',
  ],
  [
    /^MEASURE_MR_GRP_POP_COUNT_(?:NO_REF|NO_REF_RES|REF_UNPROCESSIBLE|UNRESOLVED)$/,
    'no finding',
    'none: a part of the text of the finding about a count of subjects',
  ],
  [/^UNKNOWN_PROPERTY$/, 'no finding', 'none: a part of the text of ERROR_GENERATING_SNAPSHOT'],
  [
    /^RESOURCE_INTERNAL_USE_ONLY$/,
    'no finding',
    'none: asked of packages that the program marks for its own use alone',
  ],
  [
    /^ABSTRACT_CODE_NOT_ALLOWED$/,
    'no finding',
    'https://hl7.org/fhir/R5/valueset-operation-validate-code.html: asked by a parameter of that operation alone',
  ],
  [
    /^(?:REFERENCE_REF_SUSPICIOUS|QUESTIONNAIRE_QR_ITEM_REF_|TYPE_SPECIFIC_CHECKS_DT_CANONICAL_RESOLVE_NC$)/,
    'not a rule',
    'none: asked when the validator is told to take references for right, or to follow all of them',
  ],
  [
    /^(?:PARAMETERS_STD_NO_VALUE|Questionnaire_QR_Q_None|TYPE_SPECIFIC_CHECKS_DT_CANONICAL_RESOLVE|NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK)$/,
    'hint',
    'none: told as information, and as more only where a setting says so',
  ],
  [
    /^Unable_to_resolve_value_Set_$/,
    'needs a terminology server',
    'https://hl7.org/fhir/R5/terminologies-systems.html#external',
  ],
];

/** Messages about contents that are not read here: such a resource is checked by its structure and its invariants alone. */
const structureAlone: readonly (readonly [ids: RegExp, status: Status, section: string])[] = [
  [
    /^SM_/,
    'structure alone',
    'https://hl7.org/fhir/R5/mapping-language.html: the language of maps is not run here, so that its rules are not followed',
  ],
  [
    /^MEASURE_M_CRITERIA_CQL_/,
    'structure alone',
    'https://hl7.org/fhir/R5/measure.html: criteria are expressions of another language (CQL), which is not read here',
  ],
  [
    /^BUNDLE_SIGNATURE_(?:CANON_ERROR|PAYLOAD_|SIG_)/,
    'structure alone',
    'https://hl7.org/fhir/R5/signatures.html: whether a signature was made of the Bundle needs its keys; its header is read',
  ],
];

/** Of no resource of R5 that is read here: other forms, other models, other versions. */
const notRead: readonly RegExp[] = [
  /^(?:Error_parsing_Turtle_|This_property_must_be_|Unexpected_datatype_for_rdfstype|Unknown_resource_type_missing_rdfstype|Unrecognised_predicate_|reference_to__cannot_be_resolved)/,
  /^VIEWDEFINITION_/,
  /^(?:LOGICAL_MODEL_|MULTIPLE_LOGICAL_MODELS$|VALIDATION_VAL_NAMED_EXTENSIONS_)/,
  /^(?:VALIDATION_ADDITIONAL_RESOURCE_|RESOURCEDEFINITION_|OBJECT_CANNOT_BE_KEYED_ARRAY_|TYPE_SPECIFIER_|UNRECOGNISED_PROPERTY_TYPE|ELEMENT_CANNOT_BE_NULL$|ILLEGAL_COMMENT_TYPE$|NDJSON_)/,
  /_WRONG_XVER$|^Extension_EXTM_Context_Wrong_VER$|^This__?(?:cannot_be_parsed_as_a_FHIR_object|does_not_appear_to_be_a_FHIR_resource_unknown_namespacename)/,
  /^(?:Unsupported_version_R1|REFERENCE_REF_WRONGTARGET_LOAD|SD_TYPE_ADDITIONAL_UNCHECKABLE|SD_TYPE_NOT_LOCAL)$/,
];

/** Messages of no fault of a resource: signposts, parts of other messages, questions to a terminology, attempts to fetch something. */
const noFinding: readonly RegExp[] = [
  /^VALIDATION_VAL_PROFILE_SIGNPOST|^MSG_(?:DEPENDS_ON_|DRAFT$|DEPRECATED$|RETIRED$|WITHDRAWN$|EXPERIMENTAL$)|^FHIRPATH_LOCATION$/,
  /^(?:BINDING_ADDITIONAL_|BINDING_MAX$|INV_FAILED|Details_for__matching_against_Profile_$|SD_ELEMENT_REASON_DERIVED$)/,
  /^(?:SUBSUMPTION_|VS_EXP_|VALUESET_TOO_COSTLY$|VALUESET_VERSION_CHECK$)/,
  /^TYPE_SPECIFIC_CHECKS_DT_ATT_(?:FETCH_ERROR|NO_FETCHER|UNKNOWN_URL_SCHEME|URL_ERROR)$|^REFERENCE_RESOLUTION_FAILED$/,
  /_EXCEPTION$|^(?:REGEX_MATCH_TIMED_OUT|SNAPSHOT_IS_EMPTY|Extension_EXT_Version_Internal)$|^VALIDATION_(?:TIMEOUT|MAX_MESSAGES)_EXCEEDED$/,
  /^VALIDATION_VAL_PROFILE_UNKNOWN_ERROR|^Validation_VAL_(?:Content_Unknown|NoType|Profile_No(?:Definition|Snapshot|Type))$/,
  /^(?:ILLEGAL_PROPERTY|Terminology_TX_Binding_Missing2?|Resource_RES_ID_Prohibited|Bundle_BUNDLE_Entry_NoProfile_(?:EXPL|TYPE))$/,
  /^FHIRPATH_CHOICE_(?:NO|SPURIOUS)_TYPE_SPECIFIER$|^TYPE_SPECIFIC_CHECKS_DT_BASE64_NO_WS_WARNING$|^(?:SNAPSHOT_EXISTING|ERROR_PROCESSING)_/,
];

function sortedByPart({ id }: Row): Status | undefined {
  if (notRead.some((ids) => ids.test(id))) return 'not read';
  return noFinding.some((ids) => ids.test(id)) ? 'no finding' : undefined;
}

/** A row of which no pair is recorded, sorted where its id or the way it is told says enough. */
export function sortedRow(row: Row): Row {
  const found = [...sorted, ...unreachable, ...unasked, ...readOneByOne].find(([ids]) => ids.test(row.id));
  if (found !== undefined) return { ...row, status: found[1], section: found[2] };
  const part = sortedByPart(row);
  if (part !== undefined) return { ...row, status: part };
  if (row.told === 'failure') return { ...row, status: 'no finding' };
  if (row.told === 'hint') return { ...row, status: 'hint' };
  const alone = structureAlone.find(([ids]) => ids.test(row.id));
  return alone === undefined ? row : { ...row, status: alone[1], section: alone[2] };
}
