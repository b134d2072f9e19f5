import { isLanguageTag } from './languages.ts';

/** Value sets that are defined by a grammar instead of a list. https://hl7.org/fhir/R5/terminologies-systems.html#external */
type Grammar = (code: string) => boolean;

/** Maximum length. No language tag, media type or unit is longer, and the patterns below need a limit. */
const longest = 1000;

/** RFC 2045, 6838: type/subtype with parameters. */
const mimeType =
  /^[A-Za-z0-9!#$&^_.+*-]{1,127}\/[A-Za-z0-9!#$&^_.+*-]{1,127}(?:\s*;\s*[A-Za-z0-9!#$&^_.+*-]+=(?:[^\s;"]+|"[^"]*"))*\s*$/;

/** Whether a text is a media type, with or without parameters. */
export const isMediaType = (text: string): boolean => text.length <= longest && mimeType.test(text);

/** The short names that CapabilityStatement.format allows in addition to media types. */
const formats = new Set(['xml', 'json', 'ttl', 'html']);

/**
 * UCUM: no white space, brackets and braces in pairs, signs only before digits, none of the reserved `"` and `=`. Does not check whether
 * the unit exists.
 */
function isUnit(code: string): boolean {
  const plain = code.replaceAll(/\{[^{}]*\}/g, '1').replaceAll(/\[[^[\]]*\]/g, '1');
  return /^[!-~]+$/.test(plain) && !/["=[\]{}]|[+-](?!\d)/.test(plain);
}

function bounded(grammar: Grammar): Grammar {
  return (code) => code.length <= longest && grammar(code);
}

export const grammars: ReadonlyMap<string, Grammar> = new Map<string, Grammar>([
  ['http://hl7.org/fhir/ValueSet/all-languages', bounded(isLanguageTag)],
  ['http://hl7.org/fhir/ValueSet/mimetypes', bounded((code) => mimeType.test(code) || formats.has(code))],
  ['http://hl7.org/fhir/ValueSet/ucum-units', bounded(isUnit)],
  ['http://hl7.org/fhir/ValueSet/color-codes', (code) => /^#[0-9A-Fa-f]{6}$/.test(code)],
]);
