/** Why findings differ, as far as it is decided. */
export interface Difference {
  /** The one that has the finding. */
  readonly side: 'reference' | 'ours';
  readonly severity: string;
  readonly id: string;
  readonly place: string;
}

interface Reason {
  readonly side: Difference['side'];
  readonly ids: RegExp;
  /** Where, of those that differ for other reasons elsewhere. */
  readonly places?: RegExp;
  readonly reason: string;
}

/** The first that fits counts. */
const reasons: readonly Reason[] = [
  {
    side: 'ours',
    ids: /^narrative-syntax$|^invariant txt-/,
    reason:
      'a narrative that is no well-formed XML is mended by the reference as it reads it; [narrative](https://hl7.org/fhir/R5/narrative.html)',
  },
  {
    side: 'ours',
    ids: /^reference-target$/,
    reason:
      'the type in a relative reference is that of its target; [references](https://hl7.org/fhir/R5/references.html#literal)',
  },
  {
    side: 'reference',
    ids: /^Terminology_TX_NoValid_(?:[12]_CC|1[23])$/,
    reason: 'a second finding for a wrong display: the code is in the value set',
  },
  {
    side: 'reference',
    ids: /Narrative#txt-[12]$|^XHTML_XHTML_(?:Element|Attribute)_Illegal$/,
    reason:
      'font and center are in chapter 15 of HTML 4.0, which a narrative may use; [narrative](https://hl7.org/fhir/R5/narrative.html#xhtml)',
  },
  {
    side: 'reference',
    ids: /Bundle#bdl-(?:3a|3c|5)$/,
    reason: 'a resource that has its type alone is none to the reference; that it has no content is told here',
  },
  {
    side: 'ours',
    ids: /^value-above-maximum$/,
    reason:
      'the reference never compares a dateTime with a maximum; [maxValue](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.maxValue_x_)',
  },
  {
    side: 'ours',
    ids: /^definition-expression$/,
    reason:
      'the reference reads rules in the snapshot alone; here one of a differential is a warning, so that it can be mended',
  },
  {
    side: 'reference',
    ids: /^ERROR_GENERATING_SNAPSHOT$/,
    reason:
      'the snapshot ends with a fault that is told by itself, or with one of the snapshots that are not yet followed',
  },
  {
    side: 'ours',
    ids: /^(?:concept-not-in-value-set|concept-without-code|value-set-unknown)$/,
    places: /^(?:Immunization\.reaction\[\d+\]\.manifestation|Medication(?:Dispense|Request)\.medication)$/,
    reason:
      'a binding of a CodeableReference is one of its concept, of which the reference asks nothing; [CodeableReference](https://hl7.org/fhir/R5/references.html#CodeableReference)',
  },
  {
    side: 'ours',
    ids: /^concept-without-code$/,
    places: /Coding\)$/,
    reason:
      'a Coding without a code is of no value set; [required](https://hl7.org/fhir/R5/terminologies.html#required)',
  },
  {
    side: 'ours',
    ids: /^slice-unknown$/,
    reason:
      'what is in no slice has no place in a closed list, whatever it is sliced by, and in one that is open at its end stands behind all slices; [slicing](https://hl7.org/fhir/R5/profiling.html#slicing)',
  },
  {
    side: 'ours',
    ids: /^(?:code-not-in-value-set|code-outside-maximum)$/,
    places: /\.language$/,
    reason:
      'languages of expressions are media types, which are checked here by their grammar; [Expression](https://hl7.org/fhir/R5/metadatatypes.html#Expression)',
  },
  {
    side: 'ours',
    ids: /^invariant rng-2$/,
    reason:
      'amounts that name one unit in words alone can be compared; [Range](https://hl7.org/fhir/R5/datatypes.html#Range)',
  },
  {
    side: 'reference',
    ids: /^JSON_(?:COMMA|COMMENTS|PROPERTY_(?:VALUE_)?NO_QUOTES)/,
    reason: 'such a text is no JSON, and nothing of it is read; [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)',
  },
  {
    side: 'reference',
    ids: /^Validation_VAL_Profile_Minimum$/,
    places: /^Questionnaire\.item\[.*\.item\[/,
    reason:
      'a content reference leads to the definition without what a profile asks; [contentReference](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.contentReference)',
  },
  {
    side: 'reference',
    ids: /^UNICODE_BIDI_CONTROLS_CHARS_MATCH$/,
    reason:
      'marks of a direction (LRM, RLM, ALM) begin nothing that would have to be ended; [UAX 9](https://www.unicode.org/reports/tr9/#Implicit_Directional_Marks)',
  },
  {
    side: 'reference',
    ids: /^CODESYSTEM_CS_COUNT_SUPPLEMENT_WRONG$/,
    reason:
      'the count is that of the code system; [CodeSystem.count](https://hl7.org/fhir/R5/codesystem-definitions.html#CodeSystem.count)',
  },
  {
    side: 'reference',
    ids: /^SD_ELEMENT_PATTERN_NO_FIXED$/,
    reason:
      'a pattern may be refined to a fixed value that fits it; [profiling](https://hl7.org/fhir/R5/profiling.html#fixed)',
  },
  {
    side: 'reference',
    ids: /^Problem_processing_expression__in_profile__path__$/,
    reason:
      'a rule that cannot be read is the fault of its profile, and is told there; [constraint](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.constraint)',
  },
  {
    side: 'ours',
    ids: /^value-format$/,
    places: /base64Binary|\.data$/,
    reason: 'base64 has an alphabet and a length; [base64Binary](https://hl7.org/fhir/R5/datatypes.html#base64Binary)',
  },
  {
    side: 'ours',
    ids: /^text-not-readable$/,
    reason:
      'a text that no reader of JSON can read is refused as such; [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)',
  },
  {
    side: 'reference',
    ids: /^Type_Specific_Checks_DT_Time_Valid$/,
    reason: 'a time may have fractions of a second; [time](https://hl7.org/fhir/R5/datatypes.html#time)',
  },
  {
    side: 'reference',
    ids: /^Fixed_Type_Checks_DT_Name_/,
    reason:
      'of a list in a pattern each part must be met, and there may be more; [pattern](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.pattern_x_)',
  },
  {
    side: 'ours',
    ids: /^fixed-value-(?:missing|too-much)$/,
    reason:
      'a fixed value is the whole value, of whichever type it is; [fixed](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.fixed_x_)',
  },
  {
    side: 'ours',
    ids: /^(?:response-(?:below-minimum|above-maximum))$/,
    reason:
      'quantities have the limits minValue and maxValue, which are compared in any unit; [minValue](https://hl7.org/fhir/extensions/StructureDefinition-minValue.html)',
  },
  {
    side: 'reference',
    ids: /^QUESTIONNAIRE_QR_ITEM_M(?:IN|AX)_OCCURS$/,
    reason:
      'of a group its repetitions are counted, which have no answers; [minOccurs](https://hl7.org/fhir/extensions/StructureDefinition-questionnaire-minOccurs.html)',
  },
  {
    side: 'ours',
    ids: /^value-too-long$/,
    places: /^QuestionnaireResponse\./,
    reason:
      'the greatest length holds for every simple question; [maxLength](https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.maxLength)',
  },
  {
    side: 'ours',
    ids: /^response-answer-(?:value-set|type)$/,
    reason:
      'an answer is of the type and of the options of its question, whichever these are; [answerConstraint](https://hl7.org/fhir/R5/questionnaire-definitions.html#Questionnaire.item.answerConstraint)',
  },
  {
    side: 'ours',
    ids: /^code-not-in-value-set$/,
    places: /^Questionnaire\.item.*\.type$/,
    reason:
      'the code question is abstract, and no item is of it; [types](https://hl7.org/fhir/R5/valueset-item-type.html)',
  },
  {
    side: 'reference',
    ids: /^Reference_REF_CantResolveProfile$/,
    reason:
      'a profile that is not at hand is no fault of the resource; [targetProfile](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.type.targetProfile)',
  },
  {
    side: 'ours',
    ids: /^invariant (?:bdl-3c|inv-1)$/,
    reason: 'a resource that has its type alone is none to the reference; that it has no content is told here',
  },
  {
    side: 'ours',
    ids: /^value-too-long$/,
    reason:
      'the greatest length holds for each type that is written as a text; [maxLength](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.maxLength)',
  },
  {
    side: 'ours',
    ids: /^sibling-length$/,
    reason:
      'the lists of values and of their extensions are of one length, with null where there is none; [JSON](https://hl7.org/fhir/R5/json.html#primitive)',
  },
  {
    side: 'reference',
    ids: /^Terminology_TX_NoValid_16$/,
    places: /\.language$/,
    reason:
      'case does not matter in language tags, and grandfathered ones are valid; [RFC 5646](https://www.rfc-editor.org/rfc/rfc5646#section-2.1.1)',
  },
  {
    side: 'reference',
    ids: /^Extension_EXT_Unknown_NotHere$/,
    reason:
      'an extension that is not known is no fault of the resource; [extensibility](https://hl7.org/fhir/R5/extensibility.html)',
  },
  {
    side: 'reference',
    ids: /^TYPE_SPECIFIC_CHECKS_DT_DT_LT$/,
    reason:
      'a year may be any of its days, so that it is not below a limit within it; [minValue](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.minValue_x_)',
  },
  {
    side: 'ours',
    ids: /^xml-repeated$/,
    places: /\.contained\[\d+\]$/,
    reason:
      'each contained resource stands in an element of its own; [XML](https://hl7.org/fhir/R5/xml.html#resources)',
  },
  {
    side: 'reference',
    ids: /^SLICING_CANNOT_BE_EVALUATED$|^_DT_Fixed_Wrong$/,
    places: /\.identifier\[\d+\](?:\.use)?$/,
    reason:
      'an item of a slice of a slice is asked what its own slice has, and `@default` is what is in no other one; [reslicing](https://hl7.org/fhir/R5/profiling.html#reslicing)',
  },
  {
    side: 'reference',
    ids: /^Validation_VAL_Profile_NotSlice$/,
    places: /\.(?:hasMember|generalPractitioner)\[\d+\]$/,
    reason:
      'a relative reference says of which type its target is, which tells slices by resolve() apart where it is not at hand; [references](https://hl7.org/fhir/R5/references.html#literal)',
  },
  {
    side: 'ours',
    ids: /^slice-order$/,
    places: /\.(?:hasMember|generalPractitioner)\[\d+\]$/,
    reason:
      'a relative reference says of which type its target is, which tells slices by resolve() apart where it is not at hand; [references](https://hl7.org/fhir/R5/references.html#literal)',
  },
  {
    side: 'ours',
    ids: /^code-outside-maximum$/,
    reason:
      'the greatest value set holds for codes that are in that of the binding, too; [maxValueSet](https://hl7.org/fhir/extensions/StructureDefinition-elementdefinition-maxValueSet.html)',
  },
  {
    side: 'reference',
    ids: /^Validation_VAL_Profile_NoSnapshot$/,
    reason:
      'a profile whose snapshot cannot be made is told of itself, and what can be read of it holds; [snapshot](https://hl7.org/fhir/R5/profiling.html#snapshot)',
  },
  {
    side: 'reference',
    ids: /^Validation_VAL_Profile_MatchMultiple$/,
    reason: 'an item in a slice of a slice is in both; [reslicing](https://hl7.org/fhir/R5/profiling.html#reslicing)',
  },
  {
    side: 'reference',
    ids: /^(?:Error_parsing_JSON_|JSON_PROPERTY_INVALID_ARRAY$|This_base_property_must_be_|ILLEGAL_PROPERTY$)/,
    reason: 'told at another place, as that of a member of JSON; [JSON](https://hl7.org/fhir/R5/json.html)',
  },
  {
    side: 'ours',
    ids: /^json-type$/,
    places: /\.ofType\(/,
    reason: 'told of the type that the member names; [JSON](https://hl7.org/fhir/R5/json.html#choice)',
  },
  {
    side: 'ours',
    ids: /^reference-versioning$/,
    reason:
      'a reference to a version names one; [versioning](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.type.versioning)',
  },
  {
    side: 'ours',
    ids: /^guide-canonical-version$/,
    reason:
      'a version behind the canonical is the one of the element beside it; [dependsOn](https://hl7.org/fhir/R5/implementationguide-definitions.html#ImplementationGuide.dependsOn.version)',
  },
  {
    side: 'reference',
    ids: /^IG_DEPENDENCY_CLASH_/,
    reason: 'asked of the packages in the cache of the program and of registries of packages',
  },
  {
    side: 'reference',
    ids: /^UNKNOWN_CODESYSTEM_VERSION$/,
    places: /\.coding\[\d+\]\.system$/,
    reason:
      'a code without a version is of whichever version of its system is at hand; [Coding.version](https://hl7.org/fhir/R5/datatypes-definitions.html#Coding.version)',
  },
  {
    side: 'reference',
    ids: /^Type_Specific_Checks_DT_Decimal_Valid$/,
    places: /^(?!.*\.extension\[)/,
    reason: 'white space around a number in XML is none of its value; [XML](https://hl7.org/fhir/R5/xml.html)',
  },
  {
    side: 'reference',
    ids: /^CONTAINED_ORPHAN_DOM3$/,
    reason:
      'of a contained resource without a type nothing is read, and its type is asked for; [contained](https://hl7.org/fhir/R5/references.html#contained)',
  },
  {
    side: 'reference',
    ids: /^Wrong_namespace__expected_$/,
    places: /\/\?:\w+\//,
    reason:
      'told at the same element, whose place names the one around it as one of FHIR; [XML](https://hl7.org/fhir/R5/xml.html)',
  },
  {
    side: 'ours',
    ids: /^xml-namespace$/,
    places: /\/\?:\w+$/,
    reason:
      'told at the same element, whose place names the one around it as one of FHIR; [XML](https://hl7.org/fhir/R5/xml.html)',
  },
  {
    side: 'reference',
    ids: /^XSI_TYPE_(?:WRONG|UNNECESSARY)$/,
    reason: 'a second finding for an attribute that FHIR does not have; [XML](https://hl7.org/fhir/R5/xml.html)',
  },
  {
    side: 'reference',
    ids: /^UNKNOWN_CODESYSTEM_CODING_NOT_CHECKED$/,
    reason: 'a second finding for a coding of a system that is not at hand, of which the first says all',
  },
  {
    side: 'reference',
    ids: /^Type_Specific_Checks_DT_Integer(?:64)?_Valid$/,
    places: /(?:\.ofType\(integer(?:64)?\)|\.size)$/,
    reason: 'an integer may begin with a plus sign; [integer](https://hl7.org/fhir/R5/datatypes.html#integer)',
  },
  {
    side: 'reference',
    ids: /^Type_Specific_Checks_DT_Integer_Valid$/,
    places: /\.ofType\((?:string|boolean)\)$/,
    reason:
      'a value of a type that the profile does not allow is told as such, not read as one of the type that it allows; [type](https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.type)',
  },
  {
    side: 'ours',
    ids: /^slice-too-many$/,
    places: /^Patient$/,
    reason:
      'a relative reference says of which type its target is, which tells slices by resolve() apart where it is not at hand; [references](https://hl7.org/fhir/R5/references.html#literal)',
  },
  {
    side: 'ours',
    ids: /^(?:concept-not-in-value-set|concept-without-code|value-set-unknown)$/,
    places: /^(?:DeviceUsage\.device|Encounter\.reason\[\d+\]\.value\[\d+\])$/,
    reason:
      'a binding of a CodeableReference is one of its concept, of which the reference asks nothing; [CodeableReference](https://hl7.org/fhir/R5/references.html#CodeableReference)',
  },
  {
    side: 'reference',
    ids: /^SM_/,
    reason: 'not yet: structure maps are checked by structure and invariants alone',
  },
];

/** The reason for a difference; that there is none yet, where it is not decided. */
export function reasonOf({ side, id, place }: Difference): string {
  const found = reasons.find((one) => one.side === side && one.ids.test(id) && one.places?.test(place) !== false);
  return found?.reason ?? 'not yet';
}
