import { keyOf } from '../../keys/keys.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import type { StringValue } from '../value.ts';

export function addString(rows: RowBuilder, plan: PlannedParameter, { normalised, exact }: StringValue): void {
  rows.key(keyOf(plan.exact, exact));
  rows.string(plan.seed, normalised);
}
