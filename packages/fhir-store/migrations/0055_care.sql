-- additive
-- Links of care as the statements of searches ask of them, written with the versions of the resources that say them. docs/decisions/0048-care.md
create table fhir.care_link (
  rid     bigint      not null, -- of the resource
  own     bigint      not null, -- hash of `Type/<id>`: resources may share a number of a row
  kind    smallint    not null, -- its number in `linkKinds` of @dhp/care, from 1
  target  bigint      not null, -- hash of `Patient/<id>`; of a membership, of the PractitionerRole or CareTeam
  actor   bigint      not null, -- hash of the reference
  since   timestamptz not null,
  until   timestamptz not null, -- infinity: it has not ended
  subject bigint                -- hash of the person by whose token it was written; null: no person
);
create index care_link_own on fhir.care_link (own);
create index care_link_target on fhir.care_link (target, actor);
create index care_link_member on fhir.care_link (actor, kind) where kind > 7;

-- How far the resources of before have links, by the definition that the links follow.
create table fhir.care_build (
  definition int      not null,
  ty         smallint not null,
  upto       text     collate "C" not null, -- the id of the last one
  complete   boolean  not null,
  primary key (definition, ty)
);

-- All that a caller is in links: in person and by organisations, by the own roles, and by teams that have one of these in them. No more than
-- 100 roles and 1,000 teams: who is in more is not found by the rest.
create function fhir.care_actors(callers bigint[], self bigint) returns bigint[] language sql stable parallel safe as $$
  with roles as (
    select target from fhir.care_link
    where kind = 8 and actor = any(callers) and subject is distinct from self
      and since <= statement_timestamp() and statement_timestamp() < until
    limit 100
  ), persons as (
    select unnest(callers) as actor union all select target from roles
  ), teams as (
    select target from fhir.care_link
    where kind = 9 and actor = any(array(select actor from persons)) and subject is distinct from self
      and since <= statement_timestamp() and statement_timestamp() < until
    limit 1000
  )
  select array(select actor from persons union select target from teams)
$$;
