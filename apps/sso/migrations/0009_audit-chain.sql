-- The audit trail as a chain: each event is hashed together with the one before, in the order of commits, so that none can be
-- altered, taken out or put in between unnoticed.

-- The transaction that wrote the event. All with a lower number than the oldest one under way have ended: their order is final.
alter table sso.audit_event add column transaction_id xid8 not null default pg_current_xact_id();
-- Of the request: what one request caused has one id, here and in the answer's X-Request-Id.
alter table sso.audit_event add column correlation_id text;
create index audit_event_commit on sso.audit_event (transaction_id, id);

create table sso.audit_chain (
  position bigint not null primary key,                               -- 1, 2, 3 … without a gap
  event_id bigint not null unique references sso.audit_event,
  hash     bytea  not null check (octet_length(hash) = 32)            -- SHA-256 of the hash before and the event
);

create function sso.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is only appended to' using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on sso.audit_event
  for each statement execute function sso.refuse_change();
create trigger append_only before update or delete or truncate on sso.audit_chain
  for each statement execute function sso.refuse_change();
