/** Tests of HL7's terminology runner that are not passed on purpose, or cannot be, each with the reason. */
const reasons: readonly (readonly [test: RegExp, reason: string])[] = [
  [
    /^UCUM\/expand-ucum-canonical$/,
    'lists 68 units of mass out of the usual codes of R4; those of R5, which another test of the suite asks for, have 36 of them, and two more',
  ],
  [
    /^langcodes\//,
    'lists the 485 languages of HL7 Terminology by the names of the registry of IANA; here the usual ones are those of R5, by the names of Unicode',
  ],
  [
    /^bugs\/(?:country|3166|undefined|lang-case)/,
    'wants displays, codes or totals of the ISO 3166 and language content of the reference server; the content here is that of ISO and of R5',
  ],
  [/^bugs\/(?:sct|cpt|ndc|x12|no-system)/, 'needs SNOMED CT, CPT, NDC or X12, which have licences'],
  [/^related2\/related-unk-snomed-/, 'needs SNOMED CT: without it the reason why the comparison fails is another one'],
  [
    /^related2\/related-ver-all-diff-cs-version$/,
    'wants "same" of two versions of a code system of which the later has more codes; the definition of the operation says that versions count where they change the answer, and one is a subset',
  ],
  [
    /^related2\/related-ov-cross-system$/,
    'wants the common codes of the last code system alone; the definition of the operation says codes that are in both, and all are listed',
  ],
  [/^compare\/related-all$/, 'wants a sentence with two spaces in a row'],
];

/** The same in the mode of servers that give no trees: the set shows them answers of an earlier state. */
const flatReasons: readonly (readonly [test: RegExp, reason: string])[] = [
  [
    /^parameters\/parameters-expand-/,
    'its answer for flat servers is older than the one for others: without the properties and parameters that are required there',
  ],
  [/^search\/search-all-yes$/, 'its answer for flat servers is not in the set'],
  [
    /^version\/vs-expand-versionless$/,
    'its answer for flat servers leaves out codes further down, which are members, too',
  ],
];

/** The reason of a test (`suite/name`); undefined if there is none. */
export function missReason(test: string, modes: string): string | undefined {
  const all = modes.includes('flat') ? [...flatReasons, ...reasons] : reasons;
  return all.find(([pattern]) => pattern.test(test))?.[1];
}
