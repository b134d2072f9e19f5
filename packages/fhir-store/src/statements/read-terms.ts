import type { Term } from '@dhp/search-index/rows';
import type { Column } from './columns.ts';
import { indexComplete } from './index-gate.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** @param version of the definition that is searched. @throws what `isNotIndexed` knows while the index is not complete: words that resources have may be missing then */
export async function readTerms(
  sql: Session,
  version: number,
  parameters: readonly bigint[],
  limit: number,
): Promise<Term[]> {
  const rows = await sql`
    select key, parameter, v from fhir.word
    where parameter = any(${`{${parameters.join(',')}}`}::bigint[])
      and ${indexComplete<Fragment>((...piece) => sql(...piece), version)}
    order by parameter, v limit ${limit}::int`.raw();
  return (rows as unknown as Column[][]).map(([key, parameter, text]) => ({
    key: BigInt(key?.toString('latin1') ?? ''),
    parameter: BigInt(parameter?.toString('latin1') ?? ''),
    text: text?.toString() ?? '',
  }));
}
