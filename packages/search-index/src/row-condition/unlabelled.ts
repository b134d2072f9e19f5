import { typeNumber } from '@dhp/fhir-model';
import type { Labelled, Unlabelled } from '../condition/condition.ts';
import type { Fragment, Sql } from '../sql/fragment.ts';

/**
 * Whether a row has none of the labels in `fhir.label` at this moment; for an inheriting type, including all resources to which it leads.
 */
export function unlabelled(sql: Sql, { none, inheriting }: Unlabelled, row: Fragment): Fragment {
  const labels = textArray(none);
  const types = typeNumbers(inheriting);
  return sql`(case when ${row}.ty = any(${types}::smallint[]) then not fhir.labelled(array[${row}.own], ${labels}::text[])
    else not exists (select 1 from fhir.label lb where lb.own = ${row}.own and lb.labels && ${labels}::text[]) end)`;
}

/** Whether a row has one of the labels. A row that leads to too many resources shows no labels and is not found. */
export function labelled(sql: Sql, { any, inheriting }: Labelled, row: Fragment): Fragment {
  const labels = textArray(any);
  const types = typeNumbers(inheriting);
  return sql`(case when ${row}.ty = any(${types}::smallint[]) then coalesce(fhir.labels_of(array[${row}.own]) && ${labels}::text[], false)
    else exists (select 1 from fhir.label lb where lb.own = ${row}.own and lb.labels && ${labels}::text[]) end)`;
}

/** Whether a row has any label, or is of a type that inherits and puts others together, as `fhir.label` has them at this moment. */
export function mayBeLabelled(sql: Sql, { inheriting }: Pick<Unlabelled, 'inheriting'>, row: Fragment): Fragment {
  return sql`(exists (select 1 from fhir.label lb where lb.own = ${row}.own) or (${row}.ty = any(${typeNumbers(inheriting)}::smallint[])
    and exists (select 1 from fhir.label_member lm where lm.own = ${row}.own and lm.members <> '{}')))`;
}

/** Hashes of all resources with one of the labels, or that group such resources, looked up once for a statement. */
export function labelledOwns(sql: Sql, labels: readonly string[]): Fragment {
  return sql`any(array(with recursive led_to (own) as (
      select ll.own from fhir.label ll where ll.labels && ${textArray(labels)}::text[]
      union
      select lm.own from led_to join fhir.label_member lm on lm.members @> array[led_to.own]
    ) select led_to.own from led_to))`;
}

function typeNumbers(types: readonly string[]): string {
  return `{${types.map((type) => typeNumber(type)!).join(',')}}`;
}

/** `text[]` as one text. */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}
