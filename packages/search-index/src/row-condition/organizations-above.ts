import { typeNumber } from '@dhp/fhir-model';
import { referenceSeed } from '../keys/shared-references.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';

/** Organisations that are read for one caller. */
const most = 100;

/**
 * `fhir.organizations`: some organisations and all that contain them, by `Organization.partOf` at this moment. Null if one of them is not stored here,
 * or they are too many: then their parents are unknown.
 * @param organizations hashes of `Organization/<id>`
 */
export function organizationsAbove(sql: Sql, organizations: readonly bigint[]): Fragment {
  return sql`fhir.organizations_above(${bigints(organizations)}::bigint[], ${typeNumber('Organization')!}::smallint,
    ${referenceSeed('Organization', 'partof').toString()}::bigint, ${most}::int)`;
}
