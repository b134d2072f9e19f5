import { typeNumber } from '@dhp/fhir-model';
import { referenceSeed } from '../keys/shared-references.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';

/** Organisations that are looked at for one caller. */
const most = 100;

/**
 * `fhir.organizations`: some organisations and all that these are parts of, as `Organization.partOf` has it at this moment. Null if one of them is not here, or they are too many: of which
 * larger one it is a part, nobody knows then.
 * @param organizations hashes of `Organization/<id>`
 */
export function organizationsAbove(sql: Sql, organizations: readonly bigint[]): Fragment {
  return sql`fhir.organizations_above(${bigints(organizations)}::bigint[], ${typeNumber('Organization')!}::smallint,
    ${referenceSeed('Organization', 'partof').toString()}::bigint, ${most}::int)`;
}
