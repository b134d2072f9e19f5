-- Where people are signed in, as they see it themselves. What a session holds is sealed in sso.artifact; this is what may be shown.
create table sso.session_detail (
  session_uid  text        not null primary key,
  account_id   uuid        not null references sso.account on delete cascade,
  began_at     timestamptz not null,
  last_used_at timestamptz not null,
  address      inet,
  user_agent   text
);
create index session_detail_account on sso.session_detail (account_id);

create index audit_event_account on sso.audit_event (account_id, id) where account_id is not null;
