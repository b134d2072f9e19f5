/** The definitions of labels: the rules, and the progress of labelling the stored versions by them. */
import type { Sql } from '@dhp/postgres';
import { lockOwnParameters } from './own-parameters.ts';
import type { Session } from './session.ts';

/** The part of the stored versions that is being labelled: current versions, earlier ones, or none any more. */
export type LabelPhase = 'current' | 'before' | 'complete';

/** The newest definition. */
export interface LabelDefinitionRow {
  readonly number: number;
  /** JSON; undefined: there are no labels. */
  readonly rules: string | undefined;
  /** Labels that are withheld. */
  readonly withheld: readonly string[];
  readonly phase: LabelPhase;
  /** The last resource, and version, that is done in the phase. */
  readonly rid: number;
  readonly ver: number;
}

interface Raw extends Omit<LabelDefinitionRow, 'rules' | 'rid'> {
  readonly generation: number;
  readonly rules: string | null;
  readonly rid: string;
}

function read({ number, rules, withheld, phase, rid, ver }: Raw): LabelDefinitionRow {
  return { number, rules: rules ?? undefined, withheld, phase, rid: Number(rid), ver };
}

export async function selectLabelRules(sql: Session, number: number): Promise<string | undefined> {
  const [row] = await sql<{ rules: string | null }[]>`select rules from fhir.label_definition where number = ${number}`;
  return row?.rules ?? undefined;
}

/** The newest definition without its rules, and one more than the highest number of a resource. */
export async function selectLabelling(sql: Sql): Promise<(LabelDefinitionRow & { readonly end: number }) | undefined> {
  const [row] = await sql<(Raw & { end: string })[]>`
    select number, generation, case when rules is null then null else '' end as rules, withheld, phase, rid, ver,
           (select coalesce(max(r.rid) + 1, 0) from fhir.resource r) as end
    from fhir.label_definition order by number desc limit 1`;
  return row && { ...read(row), end: Number(row.end) };
}

/** Locks the newest definition until the end of the transaction: one step of labelling is made at a time. */
export async function beginLabelling(sql: Session): Promise<LabelDefinitionRow | undefined> {
  const [row] = await sql<Raw[]>`
    select number, generation, rules, withheld, phase, rid, ver
    from fhir.label_definition order by number desc limit 1 for update`;
  return row && read(row);
}

/** @param withheld undefined: unchanged */
export async function noteLabelling(
  sql: Session,
  {
    number,
    phase,
    rid,
    ver,
    withheld,
  }: Omit<LabelDefinitionRow, 'rules' | 'withheld'> & { withheld?: readonly string[] },
): Promise<void> {
  const labels = withheld && JSON.stringify(withheld);
  await sql`
    update fhir.label_definition
    set phase = ${phase}, rid = ${rid}, ver = ${ver},
        withheld = case when ${labels ?? null}::text is null then withheld else array(select jsonb_array_elements_text(${labels ?? '[]'}::text::jsonb)) end
    where number = ${number}`;
}

/**
 * Brings a definition into force, from the commit on: a write made by another definition is made again. Does nothing if it is in force, or one of
 * later access policies.
 * @param rules undefined: no labels any more
 */
export async function insertLabelDefinition(
  sql: Sql,
  { rules, generation }: { readonly rules: string | undefined; readonly generation: number },
): Promise<void> {
  await sql.begin(async (transaction) => {
    await lockOwnParameters(transaction);
    const [last] = await transaction<Raw[]>`
      select number, generation, rules, withheld, phase, rid, ver from fhir.label_definition order by number desc limit 1`;
    if (last === undefined && rules === undefined) return;
    if (last !== undefined && last.generation > generation) return;
    if (last !== undefined && last.rules === (rules ?? null)) {
      await transaction`update fhir.label_definition set generation = ${generation} where number = ${last.number}`;
      return;
    }
    // Earlier labels are still withheld while it is labelled again.
    const withheld = rules === undefined || typeof last?.rules !== 'string' ? [] : last.withheld;
    await transaction`
      insert into fhir.label_definition (number, generation, rules, withheld, phase)
      values (${(last?.number ?? 0) + 1}, ${generation}, ${rules ?? null},
              array(select jsonb_array_elements_text(${JSON.stringify(withheld)}::text::jsonb)), ${rules === undefined ? 'complete' : 'current'})`;
    // Each statement that stores a version proves that it was made under the current generation.
    await transaction`update fhir.own_parameter_state set generation = generation + 1 where single`;
  });
}
