import type { Fragment, Sql } from '../sql/fragment.ts';
import { memberDefinition, memberTypes } from './care-words.ts';

/**
 * Whether all links of membership are made as this program makes them. From then on those of another version than the current one are of a server of an
 * earlier release, which does not keep them.
 */
export function membersMade(sql: Sql): Fragment {
  return sql`fhir.members_made(${memberDefinition}::int, ${`{${memberTypes.join()}}`}::smallint[])`;
}
