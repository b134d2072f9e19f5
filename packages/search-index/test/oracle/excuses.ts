/** Explained differences from the reference engine, by the beginning of their description. */
export const excuses: readonly { readonly parameter: string; readonly begins: string; readonly reason: string }[] = [
  ...['Observation.combo-value-quantity', 'Observation.component-value-quantity'].map((parameter) => ({
    parameter,
    begins: 'Observation-f205.json: the reference engine refuses',
    reason: 'The reference engine cannot unite quantities of which one has a comparator.',
  })),
  {
    parameter: 'no parameter',
    begins: 'Observation-f205.json: has ',
    reason: 'These are the rows of component-value-quantity, which the reference engine refused.',
  },
  {
    parameter: 'no parameter',
    begins: 'Observation-decimal.json: has number',
    reason: 'The reference engine takes 1e-17 and 1e-24 for equal and gives one of them.',
  },
];

/** Parameters whose expressions lead to elements that R5 does not have: no resource has a value. */
export const unreachable: ReadonlyMap<string, string> = new Map([
  ['Device.code-value-concept', 'A Device has neither specification nor version as concept and text.'],
  ['EvidenceVariable.topic', 'An EvidenceVariable has no topic, and the expression names none.'],
  ['Observation.component-value-canonical', 'The value of a component is never a canonical.'],
  ['Observation.value-canonical', 'The value of an Observation is never a canonical.'],
]);
