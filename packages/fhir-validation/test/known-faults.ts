/** Published examples that violate R5, with the reason. A validator must report them. */
export interface KnownFault {
  /** The id of the finding; for an invariant with its key. */
  readonly finding: string;
  /** Number of such findings in the 2,822 published examples. */
  readonly count: number;
  readonly reason: string;
  /** Whether it is only found with a terminology and with reports of unknown extensions, as in a server. */
  readonly byTerminology?: true;
}

export const knownFaults: readonly KnownFault[] = [
  { finding: 'invariant que-2', count: 161, reason: 'generated questionnaires repeat a linkId' },
  { finding: 'bundle-full-url', count: 18, reason: 'fullUrl ends with another id than the resource in the entry has' },
  { finding: 'invariant sdf-27', count: 10, reason: 'logical models with a base definition and no derivation' },
  {
    finding: 'definition-derivation-missing',
    count: 10,
    reason: 'logical models with a base definition and no derivation',
  },
  { finding: 'reference-target', count: 7, reason: 'references to a type that the element does not allow' },
  {
    finding: 'invariant scs-1',
    count: 2,
    reason: 'shareable code systems with a hierarchy of which no meaning is stated',
  },
  { finding: 'value-set-system', count: 2, reason: 'a relative system in an include' },
  { finding: 'narrative-link', count: 3, reason: 'links to contained resources and anchors that are not there' },
  { finding: 'measure-library-missing', count: 6, reason: 'criteria in CQL without a library' },
  {
    finding: 'extension-version',
    count: 20,
    reason: 'operations of R5 with an extension that its definition, which is newer, has for R4B at most',
  },
  {
    finding: 'canonical-unresolved',
    count: 2,
    reason: 'a value set that is contained in the questionnaire, which is contained itself and can contain nothing',
  },
  {
    finding: 'definition-discriminator-path',
    count: 2,
    reason: 'subscription-notification-bundle slices Bundle.entry by its element entry, which there is not',
  },
  {
    finding: 'definition-not-in-snapshot',
    count: 12,
    reason: 'models of the primitive types state the least and the greatest value, which only a profile does',
  },
  {
    finding: 'definition-slice-unsliced',
    count: 2,
    reason: 'the profile catalog names a slice of Composition.date, which it does not slice',
  },
  {
    finding: 'definition-target-kind',
    count: 6,
    reason:
      'a canonical of NutritionIntake may lead to resources that have no canonical url, such as ClinicalUseDefinition',
  },
  {
    finding: 'url-not-defined',
    count: 27,
    reason:
      'pages of the specification by addresses without its version, and the system eui-48, which the registry does not have',
  },
  { finding: 'invariant ele-1', count: 1, reason: 'an empty object' },
  {
    finding: 'code-not-in-value-set http://hl7.org/fhir/ValueSet/mimetypes|5.0.0',
    count: 5,
    reason: 'a space in a parameter of a mime type that is not quoted',
  },
  {
    finding: 'code-not-in-value-set http://hl7.org/fhir/ValueSet/resource-types',
    count: 650,
    reason: 'generated questionnaires put several types, with commas, into one code of the extension referenceResource',
  },
  {
    finding: 'extension-context',
    count: 37,
    reason: 'extensions on elements that their definitions, which are newer than the examples, do not allow any more',
  },
  {
    finding: 'type-not-allowed',
    count: 5,
    reason:
      'a CodeableReference in an extension whose definition, which is newer, allows CodeableConcept and Reference',
  },
  {
    finding: 'map-code',
    count: 12,
    reason: 'a map of codes that their code system does not have any more',
    byTerminology: true,
  },
  {
    finding: 'extension-not-defined',
    count: 6,
    reason: 'an extension of an older version of FHIR, which HL7 does not define any more',
    byTerminology: true,
  },
  {
    finding: 'url-not-defined',
    count: 25,
    reason: 'pages of the specification, and an extension of an older version, which HL7 does not define any more',
    byTerminology: true,
  },
  { finding: 'code-unknown', count: 2, reason: 'a space in the annotation of a unit', byTerminology: true },
];
