/** Words and phrases that a search in texts asks for. https://hl7.org/fhir/R5/search.html#modifiertextadvanced */
export type TextTree =
  /** A word or phrase, as it was written. */
  | { readonly kind: 'term'; readonly text: string }
  | { readonly kind: 'all' | 'any'; readonly of: readonly TextTree[] }
  | { readonly kind: 'not'; readonly of: TextTree };
