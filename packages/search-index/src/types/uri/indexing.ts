import { keyOf } from '../../keys/keys.ts';
import type { RowBuilder } from '../../row/row-builder.ts';
import type { PlannedParameter } from '../planned-parameter.ts';
import type { UriValue } from '../value.ts';
import { textOf } from '../json.ts';

/** As written: uris are compared without any normalisation. https://hl7.org/fhir/R5/search.html#uri */
export function uriValues(value: unknown): UriValue[] {
  const uri = textOf(value);
  return uri === undefined ? [] : [{ type: 'uri', uri }];
}

export function addUri(rows: RowBuilder, plan: PlannedParameter, { uri }: UriValue): void {
  rows.key(keyOf(plan.seed, uri));
  rows.string(plan.seed, uri);
}
