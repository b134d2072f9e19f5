/** Tests of HL7's terminology runner that are not passed on purpose, or cannot be, each with the reason. */
const reasons: readonly (readonly [test: RegExp, reason: string])[] = [
  [
    /^UCUM\/expand-|^langcodes\//,
    'the members of a grammar are those of a value set of usual codes: here that of R5, of which the set has another version',
  ],
  [
    /^bugs\/(?:country|3166|undefined|lang-case)/,
    'wants displays, codes or totals of the ISO 3166 and language content of the reference server; the content here is that of ISO and of R5',
  ],
  [/^UCUM\/(?:lookup|validate-)/, 'wants the code itself as the display of a unit; people read "milliliter" here'],
  [/^bugs\/(?:sct|cpt|ndc|x12|no-system)/, 'needs SNOMED CT, CPT, NDC or X12, which have licences'],
  [/^related2\/related-unk-snomed-/, 'needs SNOMED CT: without it the reason why the comparison fails is another one'],
  [
    /^related2\/related-ver-all-diff-cs-version$/,
    'wants "same" of two versions of a code system of which the later has more codes; the value sets are compared, and one is a subset',
  ],
  [/^related2\/related-ov-cross-system$/, 'wants the common codes of the last code system alone; all are listed'],
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

/** The reason of a test (`suite/name`); undefined where there is none. */
export function missReason(test: string, modes: string): string | undefined {
  const all = modes.includes('flat') ? [...flatReasons, ...reasons] : reasons;
  return all.find(([pattern]) => pattern.test(test))?.[1];
}
