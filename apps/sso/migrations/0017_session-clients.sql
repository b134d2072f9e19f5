-- By which name (`sid`) the id_tokens of each client know a session: whoever ends the session, its clients are told (OpenID Connect
-- Back-Channel Logout 1.0), and what the session itself holds need not be opened for that.
create table sso.session_client (
  session_uid text        not null,
  client_id   text        not null references sso.client on delete cascade,
  account_id  uuid        not null,
  sid         text        not null,
  noted_at    timestamptz not null,
  primary key (session_uid, client_id)
);
create index session_client_account on sso.session_client (account_id);
create index session_client_time on sso.session_client (noted_at);

-- Lists of the administration begin with what was used last.
create index session_detail_use on sso.session_detail (last_used_at desc, session_uid);
