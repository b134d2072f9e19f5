const combined = (...parameters: string[]): readonly string[] => parameters;
const none: ReadonlyMap<string, readonly string[]> = new Map();

/** No name has a phonetic form here: such a search is a search for the name. */
const phonetic: ReadonlyMap<string, readonly string[]> = new Map([['phonetic', combined('name')]]);

const byType: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map([
  [
    'Observation',
    new Map([
      ['combo-code', combined('code', 'component-code')],
      ['combo-code-value-concept', combined('code-value-concept', 'component-code-value-concept')],
      ['combo-code-value-quantity', combined('code-value-quantity', 'component-code-value-quantity')],
      ['combo-data-absent-reason', combined('data-absent-reason', 'component-data-absent-reason')],
      ['combo-value-concept', combined('value-concept', 'component-value-concept')],
      ['combo-value-quantity', combined('value-quantity', 'component-value-quantity')],
    ]),
  ],
  ['Questionnaire', new Map([['combo-code', combined('questionnaire-code', 'item-code')]])],
  ...['Patient', 'Person', 'Practitioner', 'RelatedPerson'].map((type) => [type, phonetic] as const),
]);

/**
 * Search parameters whose values are those of others of the same type: they have no rows, and a search by one is a search by any of the
 * others (`combo-code`: `code` or `component-code`).
 * @example
 * derivedParameters('Observation').get('combo-code'); // [ 'code', 'component-code' ]
 */
export function derivedParameters(type: string): ReadonlyMap<string, readonly string[]> {
  return byType.get(type) ?? none;
}
