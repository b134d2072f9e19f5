-- additive
-- The trail of requests. docs/decisions/0041-access-decided-and-recorded.md
create schema fhir_audit; -- holds the parts of the trail, one a month; no server may use it

create sequence fhir.audit_id;

-- A request and a patient whom it touched; or a request that touched none.
create table fhir.audit_record (
  transaction_id xid8        not null default pg_current_xact_id(), -- all with a lower number than the oldest under way have ended: their order is final
  id             bigint      not null default nextval('fhir.audit_id'),
  recorded       timestamptz not null,
  patient        bytea,                                             -- keyed pseudonym of the Patient
  content        text        not null,                              -- JSON, of what names no patient
  key_id         uuid        not null,                              -- of fhir.audit_key; it may have been destroyed
  sealed         bytea       not null,
  digest         bytea       not null,                              -- HMAC-SHA-256 of recorded, patient, content, key_id and sealed
  primary key (transaction_id, id, recorded)
) partition by range (recorded);
create index audit_record_patient on fhir.audit_record (patient, recorded desc) where patient is not null;

-- Keys of sealed parts, sealed themselves under a key that is not in the database.
create table fhir.audit_key (
  key_id  uuid  not null primary key,
  patient bytea,          -- the pseudonym whose records it is for; null: of records without a patient
  month   date  not null, -- in which it was used
  sealed  bytea not null
);
create index audit_key_patient on fhir.audit_key (patient) where patient is not null;

-- Heads of the chain of records, signed with a key that is not in the database.
create table fhir.audit_head (
  position       bigint      not null primary key, -- 1, 2, 3 … without a gap
  transaction_id xid8        not null,             -- the last record that it covers
  id             bigint      not null,
  records        int         not null,             -- how many it covers beyond those of the head before
  total          bigint      not null,
  root           bytea       not null,             -- of the Merkle tree of their digests
  made           timestamptz not null,
  signature      bytea       not null,             -- Ed25519, of all this and of the signature before
  unique (transaction_id, id)
);

create function fhir.refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is only appended to' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on fhir.audit_record
  for each row execute function fhir.refuse_audit_change();
create trigger append_only_whole before truncate on fhir.audit_record
  for each statement execute function fhir.refuse_audit_change();
create trigger append_only before update or delete or truncate on fhir.audit_head
  for each statement execute function fhir.refuse_audit_change();

-- Makes the parts of the month before, of this one and of the next two. With the rights of the owner: a server may make no table.
create function fhir.prepare_audit() returns void language plpgsql volatile
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
    continue when exists (
      select from pg_catalog.pg_class c
      where c.relnamespace = 'fhir_audit'::regnamespace and c.relname = part);
    execute format('create table fhir_audit.%I (like fhir.audit_record including defaults)', part);
    -- Attaching takes no lock that a writer of another part would wait for.
    execute format('alter table fhir.audit_record attach partition fhir_audit.%I for values from (%L) to (%L)', part, first,
      ((first at time zone 'UTC') + interval '1 month') at time zone 'UTC');
    execute format('create trigger append_only_whole before truncate on fhir_audit.%I for each statement execute function fhir.refuse_audit_change()', part);
  end loop;
end $$;

-- There are parts before the first request is recorded.
select fhir.prepare_audit();
