import type { AskedCode, Token, Value } from '../../ast/value.ts';
import { booleanSystem, hasMimeTypes, hasNoSystem, isBoolean } from '../../parameters/value-types.ts';
import { badValue, refuse, type Ask } from '../ask.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import type { Terminology } from '../parse-options.ts';
import { requireShort } from '../short-enough.ts';
import { wordsValue } from '../words.ts';
import { shortTextValue } from './string.ts';

const expected = 'code, system|code, |code or system| (a | within either is written \\|)';

/** https://hl7.org/fhir/R5/search.html#token */
export function tokenValue(ask: Ask, value: string): Value {
  switch (ask.modifier) {
    case 'of-type':
      return ofType(ask, value);
    case 'text':
      return shortTextValue(ask, value);
    case 'text-advanced':
      return wordsValue(ask, value);
    case 'code-text':
      return codeText(ask, value);
    case 'in':
    case 'not-in':
      return valueSet(ask, value);
    case 'above':
    case 'below':
      if (ask.modifier === 'below' && hasMimeTypes(ask.type, ask.parameter)) return mimeType(ask, value);
      return concept(ask, value, ask.modifier);
    case 'not':
    case undefined:
    default:
      return plain(ask, value);
  }
}

/** https://hl7.org/fhir/R5/search.html#modifiercodetext */
function codeText(ask: Ask, value: string): Value {
  const text = unescape(value);
  requireShort(ask, value, text.toLowerCase());
  return { type: 'text', text };
}

/** A MIME type with others below it: they begin with it and a separator. */
function mimeType(ask: Ask, value: string): Token {
  const found = token(ask, value);
  requireShort(ask, value, `${found.code ?? ''};`);
  return found;
}

/** The system and the code that are requested; either may be absent, not both. `''`: without a system. */
export function token(ask: Pick<Ask, 'name'>, value: string): Token {
  const [first = '', second, ...more] = splitEscaped(value, '|').map(unescape);
  if (more.length > 0 || (first === '' && (second ?? '') === '')) return badValue(ask, value, expected);
  if (second === undefined) return { type: 'token', code: first };
  return second === '' ? { type: 'token', system: first } : { type: 'token', system: first, code: second };
}

function plain(ask: Ask, value: string): Token {
  const found = token(ask, value);
  const { system, code } = found;
  if (system !== undefined && hasNoSystem(ask.type, ask.parameter)) {
    return badValue(ask, value, 'a value without |: these have no system (a | within the value is written \\|)');
  }
  // A code that does not exist finds nothing; a boolean has no other values. https://hl7.org/fhir/R5/search.html#errors
  const isOfBooleans = system === undefined || system === booleanSystem;
  if (code !== undefined && code !== 'true' && code !== 'false' && isOfBooleans && isBoolean(ask.type, ask.parameter)) {
    return badValue(ask, value, 'true or false');
  }
  return found;
}

/** https://hl7.org/fhir/R5/search.html#modifieroftype */
function ofType(ask: Ask, given: string): Value {
  const [system, code, value, ...more] = splitEscaped(given, '|').map(unescape);
  if (system === undefined || !code || !value || more.length > 0) {
    return badValue(ask, given, 'system|code|value: system and code of the type of the identifier, and its value');
  }
  return { type: 'identifier', system, code, value };
}

/** https://hl7.org/fhir/R5/search.html#modifierin */
function valueSet(ask: Ask, value: string): Value {
  const url = unescape(value);
  const codes = terminologyOf(ask).members(url);
  if (codes === undefined) return badValue(ask, value, 'a value set that is known here and whose codes can be listed');
  return { type: 'value-set', url, codes };
}

/** https://hl7.org/fhir/R5/search.html#modifierbelow */
function concept(ask: Ask, value: string, modifier: 'above' | 'below'): Value {
  const { system, code } = token(ask, value);
  if (!system || code === undefined) return badValue(ask, value, 'system|code: a hierarchy belongs to a code system');
  const terminology = terminologyOf(ask);
  const codes: readonly AskedCode[] | undefined =
    modifier === 'below' ? terminology.descendants(system, code) : terminology.ancestors(system, code);
  if (codes === undefined) return badValue(ask, value, 'a code of a code system that is known here');
  return { type: 'concept', system, code, codes };
}

function terminologyOf({ name, options, modifier }: Ask): Terminology {
  return (
    options.terminology ??
    refuse({
      kind: 'not-supported',
      parameter: name,
      expected: `:${modifier!} needs a terminology service, which this search has none of`,
    })
  );
}
