-- additive
-- Provisions of consents as typed values: they were JSON, which nested functions read for each row of a page. Earlier servers go on with the functions of 0059.
-- docs/decisions/0060-provisions-and-members.md
set local lock_timeout = '3s';

-- One provision. Null: it says nothing of that.
create type fhir.consent_part as (
  refusal     int,         -- those of one refusal have the same number
  excepts     boolean,     -- where it surely holds, it takes the refusal back
  vague       boolean,     -- it has parts that are not understood
  since       timestamptz, -- from when to when it counts
  until       timestamptz,
  verbs       smallint,    -- 1 reading, 2 writing
  actors      bigint[],    -- words of consents
  groups      bigint[],    -- of the actors those who have members: hashes of `Type/<id>`
  kinds       smallint,    -- kinds of actors of whom nobody may know whether the caller is one
  purposes    bigint[],
  types       smallint[],
  codes       bigint[],    -- keys of the index, as are those of documents and references
  labels      bigint[],
  label_names text[],      -- the labels as the server finds them: `system|code`, and codes of any system
  label_codes text[],
  documents   bigint[],
  low         timestamptz, -- the main date of the resource, both or none
  high        timestamptz,
  refs        bigint[],
  owns        bigint[],    -- hashes of `Type/<id>`: the resource itself
  vague_refs  boolean      -- the resource does not tell whether it is one of them
);

alter table fhir.consent
  add column parts fhir.consent_part[], -- what `refuses` says
  add column parts_ver int,             -- the version that they are made of: a server of before leaves them as they are
  add column names smallint;            -- bits of `kinds` that one of them has

-- Whether it is not known of all who belongs to some roles, teams or groups: not of one of them, or of what belongs to it.
-- `kind`: 12 what has members of its own, 13 all that belong are told by links.
create function fhir.members_unknown(of_groups bigint[]) returns boolean language plpgsql stable parallel safe as $$
begin
  return exists (
    with recursive within (own) as (
      select unnest(of_groups)
      union
      select l.actor from within w join fhir.care_link l on l.target = w.own and l.kind = 12
    )
    select from within w where not exists (select from fhir.care_link k where k.target = w.own and k.actor = w.own and k.kind = 13));
end
$$;

-- Whether one of the refusals holds: all of its provisions maybe, and none of its exceptions surely. Those who are as the patient are refused
-- what names them. In PL/pgSQL, so that a session keeps the plan: a statement would plan it anew, and set up what it does not run.
-- `by_`: who asks; `of_`: the resource. `by_may`: what the caller is a part of, which may refuse and does not permit; null where nobody knows it.
-- `by_within`, `by_maybe`: roles, teams and groups to which the caller surely belongs, and may belong; null where nobody knows it.
-- `in_organizations`: whether the caller acts for some, by what these are a part of it may belong to more groups.
-- `made`: whether the provisions are those of the version; else `given` is asked.
create function fhir.consent_parts_refuse(
  provisions fhir.consent_part[], made boolean, given jsonb, is_own boolean, verb int, by_callers bigint[], by_may bigint[], by_within bigint[], by_maybe bigint[],
  in_organizations boolean, by_purposes bigint[], unknown int, of_ty int, of_own bigint, of_keys bigint[], of_low timestamptz, of_high timestamptz
) returns boolean language plpgsql stable parallel safe as $$
declare
  groups_known boolean := by_maybe is not null and (by_may is not null or not in_organizations);
begin
  if made is not true then
    return fhir.consent_refuses_to(given, is_own, verb, by_callers, by_may, by_purposes, unknown, of_ty, of_own, of_keys, of_low, of_high);
  end if;
  return exists (
    select from unnest(provisions) as p
    group by p.refusal
    having (not is_own or bool_or(not p.excepts and coalesce(p.actors && by_callers or p.groups && by_within, false)))
      and bool_and(p.excepts <> coalesce(
        not (p.excepts and p.vague)
        and statement_timestamp() >= p.since and statement_timestamp() < p.until
        and (p.verbs is null or p.verbs & verb <> 0 or verb = 2 and not p.excepts)
        and (p.actors is null or p.actors && by_callers or coalesce(p.groups && by_within, false)
          or not p.excepts and (coalesce(p.actors && by_may, false) or coalesce(p.groups && by_maybe, false)
            or p.kinds & unknown & (case when by_may is null then -1 else ~1 end) & (case when groups_known then ~2 else -1 end) <> 0
            or p.kinds & 2 <> 0 and groups_known and fhir.members_unknown(p.groups)))
        and (p.purposes is null or coalesce(p.purposes && by_purposes, not p.excepts))
        and (p.types is null or of_ty = any(p.types))
        and (p.low is null
          or case when of_high = '-infinity' then not p.excepts else of_high > p.low and of_low < p.high end)
        and (p.documents is null or p.documents && of_keys)
        and (p.refs is null or of_own = any(p.owns) or not p.excepts and p.vague_refs or p.refs && of_keys)
        and (p.codes is null or p.codes && of_keys)
        and (p.labels is null or p.labels && of_keys or exists (
          select from unnest(fhir.labels_of(array[of_own])) as f (label)
          where f.label = any(p.label_names) or split_part(f.label, '|', 2) = any(p.label_codes))),
        not p.excepts)));
end
$$;
