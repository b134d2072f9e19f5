/** Why findings differ, as far as it is decided. */
export interface Difference {
  /** The one that has the finding. */
  readonly side: 'reference' | 'ours';
  readonly severity: string;
  readonly id: string;
}

interface Reason {
  readonly side: Difference['side'];
  readonly ids: RegExp;
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
    ids: /^MEASURE_M_CRITERIA_CQL_NO_LIB$/,
    reason:
      'a library that is not at hand is no fault of the measure that names it; [measure](https://hl7.org/fhir/R5/measure.html)',
  },
  {
    side: 'reference',
    ids: /^Terminology_TX_NoValid_[12]_CC$/,
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
    side: 'reference',
    ids: /^(?:SM_|IG_)/,
    reason: 'not yet: structure maps and guides are checked by structure and invariants alone',
  },
];

/** The reason for a difference; that there is none yet, where it is not decided. */
export function reasonOf({ side, id }: Difference): string {
  return reasons.find((one) => one.side === side && one.ids.test(id))?.reason ?? 'not yet';
}
