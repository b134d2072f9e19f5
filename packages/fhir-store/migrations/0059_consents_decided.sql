-- additive
-- Consents that name an organisation by what it is a part of, and labels of the server. Earlier servers go on with the functions of 0054.
-- docs/decisions/0047-consents.md

-- The word by which the row of a consent names an actor: the first 64 bits of SHA-256, as the index has them.
create function fhir.consent_actor(reference text) returns bigint language sql immutable parallel safe as $$
  select ('x' || substr(encode(sha256(convert_to('consent actor' || chr(10) || reference, 'UTF8')), 'hex'), 1, 16))::bit(64)::bigint
$$;

-- As fhir.consent_holds. `may`: what the caller is a part of, which may refuse and does not permit; null where nobody knows it.
-- Of data also `n`, `c`: labels that the server has found, with their systems and of any.
create function fhir.consent_meets(
  part jsonb, sure boolean, verb int, callers bigint[], may bigint[], purposes bigint[], unknown int,
  ty int, own bigint, keys bigint[], low timestamptz, high timestamptz
) returns boolean language sql stable parallel safe as $$
  select not (sure and part ? 'x')
    and coalesce(extract(epoch from statement_timestamp()) * 1000 >= (part->>'s')::float8, true)
    and coalesce(extract(epoch from statement_timestamp()) * 1000 < (part->>'u')::float8, true)
    and coalesce((part->>'v')::int & verb <> 0 or verb = 2 and not sure, true)
    and (part->'a' is null or fhir.consent_hashes(part->'a') && callers
      or not sure and (coalesce(fhir.consent_hashes(part->'a') && may, false)
        or (part->>'w')::int & unknown & (case when may is null then -1 else ~1 end) <> 0))
    and (part->'p' is null or coalesce(fhir.consent_hashes(part->'p') && purposes, not sure))
    and not exists (
      select from jsonb_array_elements(part->'d') as d (one)
      where not case
        when one ? 't' then one->'t' @> to_jsonb(ty)
        when one ? 'k' then fhir.consent_hashes(one->'k') && keys or fhir.consent_hashes(one->'o') && array[own] or not sure and one ? 'x'
          or one ? 'n' and coalesce((
            select bool_or(one->'n' ? f.label or one->'c' ? split_part(f.label, '|', 2)) from unnest(fhir.labels_of(array[own])) as f (label)), false)
        when high = '-infinity' then not sure
        else coalesce(high > to_timestamp((one->>'l')::float8 / 1e3), true) and coalesce(low < to_timestamp((one->>'h')::float8 / 1e3), true)
      end)
$$;

-- As fhir.consent_refuses.
create function fhir.consent_refuses_to(
  refusals jsonb, is_own boolean, verb int, callers bigint[], may bigint[], purposes bigint[], unknown int,
  ty int, own bigint, keys bigint[], low timestamptz, high timestamptz
) returns boolean language sql stable parallel safe as $$
  select exists (
    select from jsonb_array_elements(refusals) as r (one)
    where (not is_own or exists (
        select from jsonb_array_elements(one->'all') as p (part) where fhir.consent_hashes(part->'a') && callers))
      and not exists (
        select from jsonb_array_elements(one->'all') as p (part)
        where not fhir.consent_meets(part, false, verb, callers, may, purposes, unknown, ty, own, keys, low, high))
      and not exists (
        select from jsonb_array_elements(one->'except') as p (part)
        where fhir.consent_meets(part, true, verb, callers, may, purposes, unknown, ty, own, keys, low, high)))
$$;
