-- additive
-- To which roles, teams and groups somebody belongs, by no hand of some. Earlier servers go on with fhir.standing.
-- docs/decisions/0060-provisions-and-members.md

-- As fhir.standing. `not_by`: hashes of those whose own hand does not count; null: whoever wrote it. `strict`: by links of the current version alone.
create function fhir.stands_in(actors bigint[], not_by bigint[], followed int[], strict boolean) returns bigint[] language plpgsql stable parallel safe as $$
begin
  return array(
    with recursive stands (of_actor) as (
      select unnest(actors)
      union
      select l.target from stands s join fhir.care_link l on l.actor = s.of_actor and l.kind > 7
      where l.kind = any(followed) and (not_by is null or l.subject is null or l.subject <> all(not_by))
        and l.since <= statement_timestamp() and statement_timestamp() < l.until
        and (not strict or exists (select from fhir.resource r where r.rid = l.rid and r.ver = l.ver))
    )
    select of_actor from stands limit 2000);
end
$$;
