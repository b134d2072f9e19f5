import { keyOf, referenceTexts, tokenText, untypedText } from '../../keys/keys.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import { addText } from '../text-rows.ts';
import type { ReferenceValue } from '../value.ts';

export function addReference(rows: RowBuilder, plan: PlannedParameter, reference: ReferenceValue): void {
  for (const text of referenceTexts(reference)) rows.key(keyOf(plan.refers, text));
  const { identifier, text, id } = reference;
  if (plan.extractor.leadsAnywhere && id !== undefined) rows.key(keyOf(plan.refers, untypedText(id)));
  if (identifier !== undefined) {
    const { system, value } = identifier;
    rows.key(keyOf(plan.identifier, tokenText.code(value)));
    rows.key(keyOf(plan.identifier, tokenText.coding(system, value)));
    if (system !== '') rows.key(keyOf(plan.identifier, tokenText.system(system)));
  }
  if (text !== undefined) addText(rows, plan.text, text);
}
