import { typeNumber } from '@dhp/fhir-model';
import type { Unlabelled } from '../condition/condition.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';

/** Whether a row has none of the labels, as `fhir.label` has them at this moment; where its type inherits, of all that it leads to. */
export function unlabelled(sql: Sql, { none, inheriting }: Unlabelled, row: Fragment): Fragment {
  const labels = textArray(none);
  const types = `{${inheriting.map((type) => typeNumber(type)!).join(',')}}`;
  return sql`(case when ${row}.ty = any(${types}::smallint[]) then not fhir.labelled(array[${row}.own], ${labels}::text[])
    else not exists (select from fhir.label lb where lb.own = ${row}.own and lb.labels && ${labels}::text[]) end)`;
}

/** `text[]` as one text. */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}
