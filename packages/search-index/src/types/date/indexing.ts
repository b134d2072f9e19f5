import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import type { DateValue } from '../value.ts';

export function addDate(rows: RowBuilder, plan: PlannedParameter, { low, high }: DateValue): void {
  if (plan.isMainDate) rows.mainDate = { low, high };
  else rows.date(plan.seed, low, high);
}
