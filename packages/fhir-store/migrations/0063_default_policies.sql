-- additive
-- Whether the default access policies are still to be brought into force: only in a database that begins with this release or a later one, so that an
-- environment that is upgraded answers as before. docs/decisions/0052-administration-of-access.md
create table fhir.access_policy_default (
  one boolean not null primary key default true check (one),
  due boolean not null
);

do $$
declare
  begins boolean := false;
begin
  -- Tests of partitions make the tables without their records.
  if to_regclass('fhir.migration') is not null then
    -- All migrations of a new database are applied in one run.
    execute $q$select coalesce(min(applied_at) > now() - interval '1 hour', true) from fhir.migration$q$ into begins;
  end if;
  insert into fhir.access_policy_default (due)
  select begins and not exists (select from fhir.resource) and not exists (select from fhir.access_policy_activation);
end
$$;
