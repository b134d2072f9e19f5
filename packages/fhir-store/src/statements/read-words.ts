import type { Word } from '@dhp/fhir-search';
import type { Column } from './columns.ts';
import type { Session } from './session.ts';

export async function readWords(sql: Session, parameters: readonly bigint[], limit: number): Promise<Word[]> {
  const rows = await sql`
    select key, parameter, v from fhir.word
    where parameter = any(${`{${parameters.join(',')}}`}::bigint[])
    order by parameter, v limit ${limit}::int`.raw();
  return (rows as unknown as Column[][]).map(([key, parameter, text]) => ({
    key: BigInt(key?.toString('latin1') ?? ''),
    parameter: BigInt(parameter?.toString('latin1') ?? ''),
    text: text?.toString() ?? '',
  }));
}
