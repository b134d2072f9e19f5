/** Whether consents and links of care leave a resource in hand: by the very test that searches make of their rows. */
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import type { Cared, Consented } from '@dhp/search-index';
import { cared } from '@dhp/search-index/care';
import { consented } from '@dhp/search-index/consents';
import { hash64, oneOfPatients, referenceText } from '@dhp/search-index/keys';
import type { IndexRow } from '@dhp/search-index/rows';
import { booleanOf, fragmentsFor, numberOf, numbers, statementOf, type Column } from '@dhp/search-index/sql';
import { commitOrder } from '../commit-order/commit-order.ts';
import { ownHash } from '../own-hash.ts';

/** A resource that is stored, or about to be; `id` is '' if it has no id yet. */
export interface ConsentCandidate {
  readonly type: string;
  readonly id: string;
  readonly row: IndexRow;
  /** For the labels that its codes give it. */
  readonly resource?: Readonly<Record<string, unknown>>;
}

const tag = fragmentsFor('searches', commitOrder);

export async function selectLeft(
  sql: Sql,
  { type, id, row: { keys, mainDate, patients } }: ConsentCandidate,
  condition: Consented | Cared,
): Promise<boolean> {
  // As the rows have them: one patient by itself, several among the keys.
  const hashes = patients.map((patient) => hash64(referenceText('Patient', patient)));
  const pat = hashes.length === 1 ? String(hashes[0]) : null;
  const several = hashes.length > 1 ? hashes.map((each) => oneOfPatients ^ each) : [];
  const test = condition.op === 'cared' ? cared(tag, condition, tag`r`) : consented(tag, condition, tag`r`);
  const { text, parameters } = statementOf(tag`
    select ${test}
    from (values (${String(typeNumber(type)!)}::int, ${ownHash(type, id)}::bigint, ${pat}::bigint, ${numbers([...keys, ...several])}::bigint[],
      ${instant(mainDate?.low)}::timestamptz, ${instant(mainDate?.high)}::timestamptz)) as r (ty, own, pat, keys, dt, hi)`);
  const [found] = (await sql.unsafe(text, parameters, { prepare: true }).raw()) as unknown as Column[][];
  return booleanOf(found![0]);
}

/**
 * Whether a Consent of one of some patients is stored, whatever its content, for several questions at once. @param questions ids of patients
 */
export async function selectStated(sql: Sql, questions: readonly (readonly string[])[]): Promise<boolean[]> {
  const asked = questions.flatMap((patients, n) =>
    patients.map((id) => ({ n, pat: hash64(referenceText('Patient', id)) })),
  );
  const parameters = [numbers(asked.map(({ pat }) => pat)), numbers(asked.map(({ n }) => n))];
  const text = `select i.n from unnest($1::bigint[], $2::int[]) as i (pat, n)
    where exists (select 1 from fhir.consent c where c.pat = i.pat)`;
  const rows = (await sql.unsafe(text, parameters, { prepare: true }).raw()) as unknown as Column[][];
  const stated = new Set(rows.map(([n]) => numberOf(n)));
  return questions.map((_, n) => stated.has(n));
}

/** In the format of the main date: no date is -infinity at both ends. */
function instant(time = -Infinity): string {
  if (Number.isFinite(time)) return new Date(time).toISOString();
  return time > 0 ? 'infinity' : '-infinity';
}
