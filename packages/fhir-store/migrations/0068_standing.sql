-- additive
-- To which roles, teams, groups and larger organisations somebody belongs, however far that leads. Earlier servers go on with fhir.care_actors.
-- docs/decisions/0060-provisions-and-members.md

-- Some actors, and all to which they belong by links of some kinds, whose numbers are those of `linkKinds` in @dhp/care: 8 role, 9 team, 10 group,
-- 11 part of an organisation. No more than 2,000: who is in more is not found by the rest.
-- `not_by`: hash of the person whose own hand does not count; null: whoever wrote it.
create function fhir.standing(actors bigint[], not_by bigint, followed int[]) returns bigint[] language plpgsql stable parallel safe as $$
begin
  return array(
    with recursive stands (of_actor) as (
      select unnest(actors)
      union
      select l.target from stands s join fhir.care_link l on l.actor = s.of_actor and l.kind > 7
      where l.kind = any(followed) and (not_by is null or l.subject is distinct from not_by)
        and l.since <= statement_timestamp() and statement_timestamp() < l.until
    )
    select of_actor from stands limit 2000);
end
$$;
