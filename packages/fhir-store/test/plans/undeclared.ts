import { connect } from '@dhp/postgres';
import type { TestDatabase } from '@dhp/postgres/testing';
import { fanOuts } from '../../src/placement/fan-outs.ts';
import type { Collected } from './collect.ts';
import { rowByRow, unboundTables } from './unbound.ts';

export interface Explained {
  /** Of each statement that asks all partitions and is not declared to, or is declared twice, or cannot be explained. */
  readonly faults: readonly string[];
  /** Those of them that cannot be explained. */
  readonly unexplained: readonly string[];
  /** Statements on undivided tables, those that find the partition first, and those that are declared to read all. */
  readonly elsewhere: number;
  readonly bound: number;
  readonly fanOuts: number;
  /** The number of statements of each declaration. */
  readonly byName: ReadonlyMap<string, number>;
}

/** Explains each statement in a database whose tables are divided. */
export async function undeclared(
  { ownerUrl }: Pick<TestDatabase, 'ownerUrl'>,
  texts: Collected['texts'],
): Promise<Explained> {
  const sql = connect(ownerUrl, { max: 1 });
  const faults: string[] = [];
  const unexplained: string[] = [];
  let [elsewhere, bound] = [0, 0];
  const byName = new Map<string, number>();
  try {
    for (const setting of rowByRow) await sql.unsafe(setting);
    for (const [text, sessions] of texts) {
      const spaced = text.trim().replaceAll(/\s+/g, ' ');
      const short = spaced.slice(0, 300);
      try {
        const { unbound, scans } = await unboundTables(sql, text);
        if (scans === 0) elsewhere += 1;
        else if (unbound.length === 0) bound += 1;
        else {
          const declared = fanOuts.filter(
            (each) => [...sessions].every((one) => each.sessions.includes(one)) && each.text.test(spaced),
          );
          for (const { name } of declared) byName.set(name, (byName.get(name) ?? 0) + 1);
          if (declared.length !== 1)
            faults.push(
              `${[...sessions].join()}: ${unbound.join()}, declared ${String(declared.length)} times: ${short}`,
            );
        }
      } catch (error) {
        unexplained.push(`${[...sessions].join()}: ${String(error)}: ${short}`);
      }
    }
  } finally {
    await sql.end();
  }
  const all = [...faults, ...unexplained];
  return { faults: all, unexplained, elsewhere, bound, fanOuts: texts.size - elsewhere - bound, byName };
}
