import { keyOf } from '../../keys/keys.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import type { UriValue } from '../value.ts';

export function addUri(rows: RowBuilder, plan: PlannedParameter, { uri }: UriValue): void {
  rows.key(keyOf(plan.seed, uri));
  rows.string(plan.seed, uri);
}
