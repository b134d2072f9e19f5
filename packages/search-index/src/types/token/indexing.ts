import { keyOf, tokenText } from '../../keys/keys.ts';
import { systemHash } from '../../keys/system-hash.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import { addText } from '../text-rows.ts';
import type { TokenValue } from '../value.ts';

/** Tokens whose codes many resources share, so that they can be kept once to sort by: no identifiers, numbers, ids. */
const sortable = new Set(['code', 'Coding', 'CodeableConcept', 'CodeableReference', 'boolean', 'System.Boolean']);

/** @param itemType the FHIR type of the item that the value is of */
export function addToken(rows: RowBuilder, plan: PlannedParameter, token: TokenValue, itemType: string): void {
  const { system, code, text, identifierType } = token;
  // If all values have the same system, it tells nothing.
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
