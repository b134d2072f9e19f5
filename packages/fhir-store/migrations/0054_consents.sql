-- additive
-- Consents as the statements of searches ask of them: a row for each Consent, written with its version. docs/decisions/0047-consents.md
create table fhir.consent (
  own      bigint      not null primary key, -- hash of `Consent/<id>`: resources may share a number of a row
  rid      bigint      not null,             -- of the Consent
  ver      int         not null,             -- the version that the row is made of
  pat      bigint,                           -- hash of `Patient/<id>`; null: it says nothing to this server
  national boolean     not null,             -- of these the latest of a patient stands for all before
  dated    timestamptz not null,
  since    timestamptz not null,
  until    timestamptz not null,
  whole    smallint    not null,             -- refused to all but the patient, of the whole record: 1 reading, 2 writing
  refuses  jsonb,                            -- what else it refuses, for fhir.consent_refuses
  grantees bigint[]                          -- hashes of those who may act for the patient
);
create index consent_pat on fhir.consent (pat) where pat is not null;

-- How far the Consents of before have rows, by the definition that the rows follow.
create table fhir.consent_build (
  definition int     not null primary key,
  upto       text    collate "C" not null, -- the id of the last one
  complete   boolean not null
);

create function fhir.consent_hashes(list jsonb) returns bigint[] language sql immutable parallel safe as $$
  select array(select jsonb_array_elements_text(list)::bigint)
$$;

-- Whether the criteria of a provision hold for a resource and a caller: surely, or maybe, where something is not known.
-- `s`, `u`: from when to when, ms since 1970; `v`: 1 reading, 2 writing; `a`, `w`: actors, and kinds of actors of whom nobody may know; `p`: purposes;
-- `x`: not understood; `d`: data, by type (`t`), keys (`k`), itself (`o`) or its main date (`l`, `h`).
create function fhir.consent_holds(
  part jsonb, sure boolean, verb int, callers bigint[], purposes bigint[], unknown int,
  ty int, own bigint, keys bigint[], low timestamptz, high timestamptz
) returns boolean language sql stable parallel safe as $$
  select not (sure and part ? 'x')
    and coalesce(extract(epoch from statement_timestamp()) * 1000 >= (part->>'s')::float8, true)
    and coalesce(extract(epoch from statement_timestamp()) * 1000 < (part->>'u')::float8, true)
    and coalesce((part->>'v')::int & verb <> 0 or verb = 2 and not sure, true)
    and (part->'a' is null or fhir.consent_hashes(part->'a') && callers or not sure and (part->>'w')::int & unknown <> 0)
    and (part->'p' is null or coalesce(fhir.consent_hashes(part->'p') && purposes, not sure))
    and not exists (
      select from jsonb_array_elements(part->'d') as d (one)
      where not case
        when one ? 't' then one->'t' @> to_jsonb(ty)
        when one ? 'k' then fhir.consent_hashes(one->'k') && keys or fhir.consent_hashes(one->'o') && array[own] or not sure and one ? 'x'
        when high = '-infinity' then not sure
        else coalesce(high > to_timestamp((one->>'l')::float8 / 1e3), true) and coalesce(low < to_timestamp((one->>'h')::float8 / 1e3), true)
      end)
$$;

-- Whether one of the refusals holds: all of its provisions maybe, and none of its exceptions surely. Those who are as the patient are refused
-- what names them.
create function fhir.consent_refuses(
  refusals jsonb, is_own boolean, verb int, callers bigint[], purposes bigint[], unknown int,
  ty int, own bigint, keys bigint[], low timestamptz, high timestamptz
) returns boolean language sql stable parallel safe as $$
  select exists (
    select from jsonb_array_elements(refusals) as r (one)
    where (not is_own or exists (
        select from jsonb_array_elements(one->'all') as p (part) where fhir.consent_hashes(part->'a') && callers))
      and not exists (
        select from jsonb_array_elements(one->'all') as p (part)
        where not fhir.consent_holds(part, false, verb, callers, purposes, unknown, ty, own, keys, low, high))
      and not exists (
        select from jsonb_array_elements(one->'except') as p (part)
        where fhir.consent_holds(part, true, verb, callers, purposes, unknown, ty, own, keys, low, high)))
$$;
