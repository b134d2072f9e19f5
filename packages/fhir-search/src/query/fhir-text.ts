import { badValue } from './ask.ts';

/** Characters that no string of FHIR can have, and halves of characters. https://hl7.org/fhir/R5/datatypes.html#string */
const impossible = /[\0-\u0008\u000b\u000c\u000e-\u001f]|\p{Surrogate}/u; // eslint-disable-line no-control-regex

/**
 * Refuses a value that no stored resource can have. Otherwise it would find nothing, and a conditional create or update that looks for it
 * would store the same resource each time.
 * @param name of the parameter, as given
 * @param value unescaped: of a filter, the text between its quotation marks
 * @throws SearchFault with the character, its place and that it must be removed
 */
export function requireFhirText(name: string, value: string): void {
  const found = impossible.exec(value);
  if (found === null) return;
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  badValue(
    { name },
    value,
    `a value without U+${code}, which no text in FHIR can have. Remove it: it is character ${found.index + 1}`,
  );
}
