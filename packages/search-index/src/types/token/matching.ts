import type { AskedCode, Value, ValueOf } from '@dhp/fhir-search';
import { expectedOf, hasMimeTypes, onlySystem } from '@dhp/fhir-search/elements';
import { anyOf, not, nothing } from '../../condition/combine.ts';
import type { Condition, KeysCondition } from '../../condition/condition.ts';
import { keyOf, seedOf, tokenText } from '../../keys/keys.ts';
import { postedParameters } from '../../keys/posted-parameters.ts';
import { systemHash } from '../../keys/system-hash.ts';
import { isPresent } from '../../keys/usual-parameters.ts';
import { type Ask, valueOf } from '../ask.ts';
import { startsWords, withinWords } from '../string/matching.ts';
import { shownLabels } from './shown-labels.ts';
import { wordsCondition } from '../words.ts';

/** https://hl7.org/fhir/R5/search.html#token */
export function tokenCondition(ask: Ask, values: readonly Value[]): Condition {
  const { modifier } = ask;
  const found = anyOf([...values.map(valueCondition(ask)), ...shownLabels(ask, values)]);
  return modifier === 'not' || modifier === 'not-in' ? not(found) : found;
}

/** The condition of one value; for `not` and `not-in` that of the excluded values. */
function valueCondition(ask: Ask): (value: Value) => Condition {
  const { type, parameter, modifier } = ask;
  const words = seedOf(type, parameter.rows, 'text');
  switch (modifier) {
    case 'of-type':
      return (value) => ofType(ask, value);
    case 'text':
      return (value) => startsWords(words, value);
    case 'text-advanced':
      return (value) => wordsCondition(valueOf(value, 'words').words, (text) => withinWords(words, text));
    case 'code-text':
      return (value) => codeText(ask, value);
    case 'in':
    case 'not-in':
      return (value) => anyCode(ask, valueOf(value, 'value-set').codes);
    case 'above':
    case 'below':
      if (modifier === 'below' && hasMimeTypes(type, parameter)) return (value) => belowMimeType(ask, value);
      return (value) => anyCode(ask, valueOf(value, 'concept').codes);
    case 'not':
    case undefined:
    default:
      return (value) => plain(ask, value);
  }
}

/** The text in the index for a requested token. */
export function tokenAsked({ system, code }: Pick<ValueOf<'token'>, 'system' | 'code'>): string {
  if (code === undefined) return tokenText.system(system!);
  return system === undefined ? tokenText.code(code) : tokenText.coding(system, code);
}

function plain(ask: Ask, value: Value): Condition {
  const { system, code } = valueOf(value, 'token');
  if (code !== undefined) return coding(ask, code, system);
  const only = onlySystem(ask.type, ask.parameter);
  if (only !== undefined) return system === only ? isPresent(ask.type, ask.parameter.rows) : nothing;
  return { op: 'keys', any: [keyOf(ask.seed, tokenText.system(system!))], expect: 'most' };
}

/** One code, of the system if it is given. */
function coding(ask: Ask, code: string, system?: string): KeysCondition {
  const { seed, type, parameter } = ask;
  const only = onlySystem(type, parameter);
  const expect = expectedOf(type, parameter);
  // All values have the same system, so it is not in the keys.
  if (only !== undefined && system !== undefined && system !== only) return { op: 'keys', any: [], expect };
  const text = tokenAsked(system === undefined || only !== undefined ? { code } : { system, code });
  const posted = only ?? system;
  return {
    op: 'keys',
    any: [keyOf(seed, text)],
    expect,
    // A posting cannot distinguish a code without a system from one that can have none.
    ...(system !== '' && postedParameters(type).has(parameter.code)
      ? { postings: [{ key: keyOf(seed, code), ...(posted === undefined ? {} : { system: systemHash(posted) }) }] }
      : {}),
  };
}

/** https://hl7.org/fhir/R5/search.html#modifieroftype */
function ofType({ type, parameter }: Ask, asked: Value): Condition {
  const { system, code, value } = valueOf(asked, 'identifier');
  const seed = seedOf(type, parameter.rows, 'of-type');
  return { op: 'keys', any: [keyOf(seed, tokenText.ofType(system, code, value))], expect: 'one' };
}

/** https://hl7.org/fhir/R5/search.html#modifiercodetext */
function codeText(ask: Ask, value: Value): Condition {
  const text = valueOf(value, 'text').text.toLowerCase();
  return { op: 'term', parameter: ask.seed, match: 'starts', text, ignoreCase: true };
}

/** The type with any parameters (`text/xml; charset=…`), or all types of a kind (`image`). https://hl7.org/fhir/R5/search.html#mimetype */
function belowMimeType(ask: Ask, value: Value): Condition {
  const { code = '' } = valueOf(value, 'token');
  const starts = (text: string) =>
    ({ op: 'term', parameter: ask.seed, match: 'starts', text, ignoreCase: true }) as const;
  const text = code.toLowerCase();
  return text.includes('/') ? anyOf([coding(ask, code), starts(`${text};`), starts(`${text} `)]) : starts(`${text}/`);
}

function anyCode(ask: Ask, codes: readonly AskedCode[]): Condition {
  return anyOf(codes.map(({ system, code }) => coding(ask, code, system)));
}
