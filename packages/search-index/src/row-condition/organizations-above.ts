import { typeNumber } from '@dhp/fhir-model';
import { referenceSeed } from '../keys/shared-references.ts';
import { bigints, type Fragment, type Sql } from '../sql/fragment.ts';

const organization = typeNumber('Organization')!;

/** Organisations that are looked at for one caller. */
const most = 100;

/**
 * The words of consents, or the hashes of `Organization/<id>`, for some organisations and for all that these are parts of, as `Organization.partOf` has it at this moment, looked up once for a
 * statement. Null where one of them is not here, or they are too many: of which larger one it is a part, nobody knows then.
 * @param organizations hashes of `Organization/<id>`
 */
export function organizationsAbove(sql: Sql, organizations: readonly bigint[], as: 'words' | 'hashes'): Fragment {
  const partOf = sql`${referenceSeed('Organization', 'partof').toString()}::bigint`;
  const isOne = (row: Fragment): Fragment => sql`${row}.ty = ${organization}::smallint`;
  return sql`(with recursive up (own) as (
      select unnest(${bigints(organizations)}::bigint[])
      union
      select oa.own from up
      join fhir.search ob on ob.own = up.own and ${isOne(sql`ob`)} cross join unnest(ob.keys) as ok (key)
      join fhir.search oa on oa.own = ok.key # ${partOf} and ${isOne(sql`oa`)}
    ), above as (
      select orr.id, up.own, position('"partOf"' in orr.content) = 0 or exists (
        select from unnest(ob.keys) as ok (key) join up other on other.own = ok.key # ${partOf}) as known
      from up left join fhir.search ob on ob.own = up.own and ${isOne(sql`ob`)}
      left join fhir.resource orr on orr.rid = ob.rid and orr.shard = ob.shard and ${isOne(sql`orr`)}
      limit ${most + 1}
    )
    select case when count(*) between 1 and ${most} and bool_and(above.id is not null and above.known)
      then array_agg(${as === 'hashes' ? sql`above.own` : sql`fhir.consent_actor('Organization/' || above.id)`}) end from above)`;
}
