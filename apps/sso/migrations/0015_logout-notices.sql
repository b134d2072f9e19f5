-- Clients that must still be told that somebody signed out (OpenID Connect Back-Channel Logout 1.0). A row goes when the client has
-- answered, or when it was asked for the last time.
create table sso.logout_notice (
  id              bigint      not null generated always as identity primary key,
  client_id       text        not null references sso.client on delete cascade,
  account_id      uuid        not null,
  sid             text        not null,             -- the session, as the client's id_tokens name it
  attempts        int         not null default 0,
  next_attempt_at timestamptz not null,
  created_at      timestamptz not null
);
create index logout_notice_next on sso.logout_notice (next_attempt_at);
