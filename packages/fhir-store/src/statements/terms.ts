/** Words of the index: read and stored, one function a statement. */
import type { Term } from '@dhp/search-index/rows';
import { type Column, separator } from './columns.ts';
import { indexComplete } from './index-gate.ts';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';
import { searchable } from '@dhp/search-index';
import { onServer, type Basis } from './server.ts';

/**
 * @param version of the active definition. @throws an error that `isNotIndexed` recognises while the index is not complete: words of resources may be
 * missing then
 */
export async function readTerms(
  sql: Session,
  version: number,
  parameters: readonly bigint[],
  limit: number,
  behind?: Pick<Term, 'parameter' | 'text'>,
): Promise<Term[]> {
  const rest =
    behind === undefined
      ? sql`true`
      : sql`(parameter, v) > (${behind.parameter.toString()}::bigint, ${behind.text}::text)`;
  const rows = await sql`
    select key, parameter, v from fhir.word
    where parameter = any(${`{${parameters.join(',')}}`}::bigint[])
      and ${rest}
      and ${indexComplete<Fragment>((...piece) => sql(...piece), version)}
    order by parameter, v limit ${limit}::int`.raw();
  return (rows as unknown as Column[][]).map(([key, parameter, text]) => ({
    key: BigInt(key?.toString('latin1') ?? ''),
    parameter: BigInt(parameter?.toString('latin1') ?? ''),
    text: text?.toString() ?? '',
  }));
}

/**
 * Stores words that may be there already. By key: of two servers with the same words one waits for the other, never both.
 * @throws isStaleDefinition on another server than that of the basis
 */
export async function storeTerms(sql: Session, words: readonly Term[], basis: Basis): Promise<void> {
  const keys = `{${words.map(({ key }) => key).join(',')}}`;
  const parameters = `{${words.map(({ parameter }) => parameter).join(',')}}`;
  const texts = words.map(({ text }) => searchable(text)).join(separator);
  await sql`
    insert into fhir.word (key, parameter, v)
    select key, parameter, coalesce(v, '')
    from unnest(${keys}::bigint[], ${parameters}::bigint[], string_to_array(${texts}, ${separator})) as w (key, parameter, v)
    where ${onServer(sql, basis)}
    order by key
    on conflict (key) do nothing`.raw();
}
