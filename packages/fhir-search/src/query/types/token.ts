import { keyOf, seedOf, tokenText } from '../../index/keys.ts';
import { postedParameters } from '../../index/posted-parameters.ts';
import { isPresent } from '../../index/usual-parameters.ts';
import { systemHash } from '../../index/rows-of-value.ts';
import { booleanSystem } from '../../values/token.ts';
import { badValue, refuse, type Ask } from '../ask.ts';
import { anyOf, not, nothing } from '../combine.ts';
import type { Condition, KeysCondition } from '../condition.ts';
import { splitEscaped, unescape } from '../escapes.ts';
import type { AskedCode, Terminology } from '../parse-options.ts';
import { textQuery } from '../text-query.ts';
import { expectedOf, hasMimeTypes, hasNoSystem, isBoolean, onlySystem } from '../value-types.ts';
import { normalised } from './string.ts';

const expected = 'code, system|code, |code or system| (a | within either is written \\|)';

/** https://hl7.org/fhir/R5/search.html#token */
export function tokenCondition(ask: Ask, values: readonly string[]): Condition {
  const { type, parameter, modifier } = ask;
  const words = seedOf(type, parameter.rows, 'text');
  switch (modifier) {
    case 'not':
      return not(anyOf(values.map((value) => plain(ask, value))));
    case 'of-type':
      return anyOf(values.map((value) => ofType(ask, value)));
    case 'text':
      return anyOf(
        values.map((value) => ({ op: 'words', parameter: words, match: 'starts', text: normalised(ask, value) })),
      );
    case 'text-advanced':
      return anyOf(
        values.map((value) =>
          textQuery(ask, value, (text) => ({ op: 'words', parameter: words, match: 'contains', text })),
        ),
      );
    case 'code-text':
      return anyOf(values.map((value) => codeText(ask, value)));
    case 'in':
      return anyOf(values.map((value) => inValueSet(ask, value)));
    case 'not-in':
      return not(anyOf(values.map((value) => inValueSet(ask, value))));
    case 'above':
    case 'below':
      if (modifier === 'below' && hasMimeTypes(type, parameter))
        return anyOf(values.map((value) => belowMimeType(ask, value)));
      return anyOf(values.map((value) => subsumption(ask, value, modifier)));
    case undefined:
    default:
      return anyOf(values.map((value) => plain(ask, value)));
  }
}

/** The system and the code that are asked for; either may be undefined, not both. `''`: without a system. */
export function tokenParts(ask: Pick<Ask, 'name'>, value: string): { system?: string; code?: string } {
  const [first = '', second, ...more] = splitEscaped(value, '|').map(unescape);
  if (more.length > 0 || (first === '' && (second ?? '') === '')) return badValue(ask, value, expected);
  if (second === undefined) return { code: first };
  return second === '' ? { system: first } : { system: first, code: second };
}

/** The text that the index has of what is asked for. */
export function tokenAsked({ system, code }: { system?: string; code?: string }): string {
  if (code === undefined) return tokenText.system(system!);
  return system === undefined ? tokenText.code(code) : tokenText.coding(system, code);
}

function plain(ask: Ask, value: string): Condition {
  const { system, code } = tokenParts(ask, value);
  if (system !== undefined && hasNoSystem(ask.type, ask.parameter)) {
    return badValue(ask, value, 'a value without |: these have no system (a | within the value is written \\|)');
  }
  // A code that exists nowhere finds nothing; a boolean has no other values. https://hl7.org/fhir/R5/search.html#errors
  const isOfBooleans = system === undefined || system === booleanSystem;
  if (code !== undefined && code !== 'true' && code !== 'false' && isOfBooleans && isBoolean(ask.type, ask.parameter)) {
    return badValue(ask, value, 'true or false');
  }
  if (code !== undefined) return coding(ask, code, system);
  const only = onlySystem(ask.type, ask.parameter);
  if (only !== undefined) return system === only ? isPresent(ask.type, ask.parameter.rows) : nothing;
  return { op: 'keys', any: [keyOf(ask.seed, tokenText.system(system!))], expect: 'most' };
}

/** One code, of the system if it is told. */
function coding(ask: Ask, code: string, system?: string): KeysCondition {
  const { seed, type, parameter } = ask;
  const only = onlySystem(type, parameter);
  const expect = expectedOf(type, parameter);
  // All values have the same system, so that no key tells it.
  if (only !== undefined && system !== undefined && system !== only) return { op: 'keys', any: [], expect };
  const text = tokenAsked(system === undefined || only !== undefined ? { code } : { system, code });
  const posted = only ?? system;
  return {
    op: 'keys',
    any: [keyOf(seed, text)],
    expect,
    // A posting cannot tell a code without a system from one that can have none.
    ...(system !== '' && postedParameters(type).has(parameter.code)
      ? { postings: [{ key: keyOf(seed, code), ...(posted === undefined ? {} : { system: systemHash(posted) }) }] }
      : {}),
  };
}

/** https://hl7.org/fhir/R5/search.html#modifieroftype */
function ofType(ask: Ask, value: string): Condition {
  const { type, parameter } = ask;
  const [system, code, text, ...more] = splitEscaped(value, '|').map(unescape);
  if (system === undefined || !code || !text || more.length > 0) {
    return badValue(ask, value, 'system|code|value: system and code of the type of the identifier, and its value');
  }
  const seed = seedOf(type, parameter.rows, 'of-type');
  return { op: 'keys', any: [keyOf(seed, tokenText.ofType(system, code, text))], expect: 'one' };
}

/** https://hl7.org/fhir/R5/search.html#modifiercodetext */
function codeText(ask: Ask, value: string): Condition {
  const text = unescape(value).toLowerCase();
  return { op: 'words', parameter: ask.seed, match: 'starts', text, ignoreCase: true };
}

/** https://hl7.org/fhir/R5/search.html#modifierin */
function inValueSet(ask: Ask, value: string): Condition {
  const url = unescape(value);
  const codes = terminologyOf(ask).members(url);
  if (codes === undefined) return badValue(ask, value, 'a value set that is known here and whose codes can be listed');
  return anyCode(ask, codes);
}

/** https://hl7.org/fhir/R5/search.html#modifierbelow */
function subsumption(ask: Ask, value: string, modifier: 'above' | 'below'): Condition {
  const { system, code } = tokenParts(ask, value);
  if (!system || code === undefined) return badValue(ask, value, 'system|code: a hierarchy belongs to a code system');
  const terminology = terminologyOf(ask);
  const codes = modifier === 'below' ? terminology.descendants(system, code) : terminology.ancestors(system, code);
  return codes === undefined ? badValue(ask, value, 'a code of a code system that is known here') : anyCode(ask, codes);
}

/** The type with any parameters (`text/xml; charset=…`), or all types of a kind (`image`). https://hl7.org/fhir/R5/search.html#mimetype */
function belowMimeType(ask: Ask, value: string): Condition {
  const { code = '' } = tokenParts(ask, value);
  const starts = (text: string) =>
    ({ op: 'words', parameter: ask.seed, match: 'starts', text, ignoreCase: true }) as const;
  const text = code.toLowerCase();
  return text.includes('/') ? anyOf([coding(ask, code), starts(`${text};`), starts(`${text} `)]) : starts(`${text}/`);
}

function anyCode(ask: Ask, codes: readonly AskedCode[]): Condition {
  return anyOf(codes.map(({ system, code }) => coding(ask, code, system)));
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
