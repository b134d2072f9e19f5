/** Sessions whose statements name the tables of one definition. docs/decisions/0027-index-definitions.md */
import { literalsFor, type IndexPlace, type IndexTables } from '@dhp/search-index/sql';
import type { Session } from './session.ts';

/** The same session, whose tag names the tables of a set. */
export function sessionIn(sql: Session, place: IndexPlace): Session {
  if (place.tables === 'a' && !place.second) return sql;
  const tag = (strings: TemplateStringsArray | string, ...values: never[]): unknown =>
    typeof strings === 'string' ? sql(strings) : sql(literalsFor(strings, place), ...values);
  const unsafe: Session['unsafe'] = (...given) => sql.unsafe(...given);
  const json: Session['json'] = (value) => sql.json(value);
  return Object.assign(tag, { unsafe, json }) as Session;
}

/** For statements about one definition. */
export function sessionOn(sql: Session, tables: IndexTables): Session {
  return sessionIn(sql, { tables, second: false });
}
