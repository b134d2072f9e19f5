/**
 * A word of a policy beside its scopes: whoever has the role may add, change and remove national identifiers of persons in resources of
 * the type, or of all types with `*`. Reading the resource and writing it want scopes all the same.
 */
const word = /^dhp\.national-identifiers\/(\*|Patient|Practitioner|RelatedPerson|Person)$/;

/**
 * The type, or `*`, of such a word; undefined for any other text.
 * @example
 * identifierTypeOf('dhp.national-identifiers/Patient'); // 'Patient'
 */
export function identifierTypeOf(text: string): string | undefined {
  return word.exec(text)?.[1];
}
