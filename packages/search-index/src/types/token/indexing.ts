import { keyOf, tokenText } from '../../keys/keys.ts';
import { systemHash } from '../../keys/system-hash.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import { addText } from '../text-rows.ts';
import type { TokenValue } from '../value.ts';
import { booleanSystem } from '@dhp/fhir-search/elements';
import { normaliseString } from '@dhp/name-scripts';
import { objectOf, objectsOf, textOf } from '../json.ts';

/**
 * https://hl7.org/fhir/R5/search.html#token
 * @param codeSystem the system that a `code` implies, undefined if it implies none
 */
export function tokenValues(value: unknown, type: string, codeSystem?: string): TokenValue[] {
  switch (type) {
    case 'CodeableReference':
      return tokenValues(objectOf(value).concept, 'CodeableConcept');
    case 'CodeableConcept': {
      const { coding, text } = objectOf(value);
      const tokens = objectsOf(coding).flatMap((one) => tokenValues(one, 'Coding'));
      if (textOf(text) !== undefined) tokens.push(token(undefined, undefined, text));
      return tokens;
    }
    case 'Coding': {
      const { system, code, display } = objectOf(value);
      if (textOf(system) === undefined && textOf(code) === undefined && textOf(display) === undefined) return [];
      return [token(textOf(system) ?? '', textOf(code), display)];
    }
    case 'Identifier': {
      const { system, value: code, type: kind } = objectOf(value);
      const { coding, text } = objectOf(kind);
      if (textOf(system) === undefined && textOf(code) === undefined) return [];
      const identifierType = objectsOf(coding).flatMap((one) => {
        const typeCode = textOf(one.code);
        return typeCode === undefined ? [] : [{ system: textOf(one.system) ?? '', code: typeCode }];
      });
      return [{ ...token(textOf(system) ?? '', textOf(code), text), identifierType }];
    }
    case 'ContactPoint':
      return tokenValues(objectOf(value).value, 'string');
    case 'code':
      return textOf(value) === undefined ? [] : [token(codeSystem, textOf(value), undefined)];
    default:
      if (typeof value === 'boolean') return [token(booleanSystem, String(value), undefined)];
      if (typeof value === 'number') return [token(undefined, String(value), undefined)];
      return textOf(value) === undefined ? [] : [token(undefined, textOf(value), undefined)];
  }
}

function token(system: string | undefined, code: string | undefined, text: unknown): TokenValue {
  const words = textOf(text);
  return {
    type: 'token',
    system,
    code,
    text: words === undefined ? undefined : normaliseString(words),
    identifierType: [],
  };
}

/** Tokens whose codes many resources share, so that they can be stored once for sorting: no identifiers, numbers, ids. */
const sortable = new Set(['code', 'Coding', 'CodeableConcept', 'CodeableReference', 'boolean', 'System.Boolean']);

/** @param itemType the FHIR type of the item that the value is of */
export function addToken(rows: RowBuilder, plan: PlannedParameter, token: TokenValue, itemType: string): void {
  const { system, code, text, identifierType } = token;
  // If all values have the same system, it need not be stored.
  const isTold = system !== undefined && plan.extractor.onlySystem === undefined;
  if (code !== undefined) {
    const key = keyOf(plan.seed, tokenText.code(code));
    rows.key(key);
    if (isTold) rows.key(keyOf(plan.seed, tokenText.coding(system, code)));
    if (sortable.has(itemType)) rows.word(plan.seed, key, code);
    if (plan.isPosted) rows.posting(key, systemHash(system));
    for (const type of identifierType) rows.key(keyOf(plan.ofType, tokenText.ofType(type.system, type.code, code)));
  }
  if (isTold && system !== '') rows.key(keyOf(plan.seed, tokenText.system(system)));
  if (text !== undefined) addText(rows, plan.text, text);
}
