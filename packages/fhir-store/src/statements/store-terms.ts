import { searchable } from '@dhp/search-index';
import type { Term } from '@dhp/search-index/rows';
import { separator } from './columns.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

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
