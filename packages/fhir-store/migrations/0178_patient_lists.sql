-- additive
-- The patients whose data stand in the files of an export: a sealed list that the record of the export names by its hash. docs/decisions/0147-lists-of-patients.md
-- replaces fhir.prepare_audit: it makes parts of two tables, and those of the first as before.

-- Patients of files that are whole, while the export runs. They go with the files.
create table fhir.export_patient (
  job     uuid not null references fhir.export on delete cascade,
  patient text not null collate "C", -- the id of a Patient
  number  int  not null,             -- of a file
  primary key (job, patient, number)
);

-- Whether its patients were noted: those of files of a server of an earlier release, or of one that keeps no trail, were not.
alter table fhir.export_file add column named boolean not null default false;

-- Lists that are whole are named by a record of the trail, others by none.
create table fhir.audit_listed (
  list    uuid  not null, -- the job of the export
  patient bytea not null, -- keyed pseudonym of the Patient
  month   date  not null, -- its first day: when the export began
  key_id  uuid  not null, -- of fhir.audit_key; it may have been destroyed
  sealed  bytea not null, -- which Patient, and in which files
  primary key (list, patient, month)
) partition by range (month);
create index audit_listed_patient on fhir.audit_listed (patient);

create trigger append_only before update or delete on fhir.audit_listed
  for each row execute function fhir.refuse_audit_change();
create trigger append_only_whole before truncate on fhir.audit_listed
  for each statement execute function fhir.refuse_audit_change();

-- As before, and the parts of the lists of the same months.
create or replace function fhir.prepare_audit() returns void language plpgsql volatile
security definer set search_path = '' set lock_timeout = '3s' as $$
declare
  first timestamptz;
  part  text;
begin
  perform pg_advisory_xact_lock(hashtextextended('fhir audit parts', 0));
  for n in -1..2 loop
    first := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => n)) at time zone 'UTC';
    part := 'audit_record_' || to_char(first at time zone 'UTC', 'YYYYMM');
    -- By a query: to_regclass may remember from before the lock that there was none.
    if not exists (
      select from pg_catalog.pg_class c
      where c.relnamespace = 'fhir_audit'::regnamespace and c.relname = part) then
      execute format('create table fhir_audit.%I (like fhir.audit_record including defaults)', part);
      -- Attaching takes no lock that a writer of another part would wait for.
      execute format('alter table fhir.audit_record attach partition fhir_audit.%I for values from (%L) to (%L)', part, first,
        ((first at time zone 'UTC') + interval '1 month') at time zone 'UTC');
      execute format('create trigger append_only_whole before truncate on fhir_audit.%I for each statement execute function fhir.refuse_audit_change()', part);
    end if;
    part := 'audit_listed_' || to_char(first at time zone 'UTC', 'YYYYMM');
    if not exists (
      select from pg_catalog.pg_class c
      where c.relnamespace = 'fhir_audit'::regnamespace and c.relname = part) then
      execute format('create table fhir_audit.%I (like fhir.audit_listed including defaults)', part);
      execute format('alter table fhir.audit_listed attach partition fhir_audit.%I for values from (%L) to (%L)', part,
        (first at time zone 'UTC')::date, ((first at time zone 'UTC') + interval '1 month')::date);
      execute format('create trigger append_only_whole before truncate on fhir_audit.%I for each statement execute function fhir.refuse_audit_change()', part);
    end if;
  end loop;
end $$;

-- There are parts before the first export ends.
select fhir.prepare_audit();
