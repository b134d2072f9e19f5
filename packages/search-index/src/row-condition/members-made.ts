import type { Fragment, Sql } from '../sql/fragment.ts';
import { memberDefinition, memberTypes } from './care-words.ts';

/**
 * Whether all links of membership are made as this program makes them, looked up once for a statement. From then on those of another version than the
 * current one are of a server of an earlier release, which does not keep them.
 */
export function membersMade(sql: Sql): Fragment {
  return sql`(select count(distinct cb.ty) = ${memberTypes.length}::int from fhir.care_build cb
    where cb.definition >= ${memberDefinition}::int and cb.ty = any(${`{${memberTypes.join()}}`}::smallint[]) and cb.complete)`;
}
