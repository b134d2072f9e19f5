-- additive
-- When a secret of a client ends, and which reminders of that were sent. A server that does not know the tables takes a secret as one without an end.

-- The end belongs to the secret and not to the client: another secret has another end, or none.
create table sso.secret_end (
  secret_hash bytea       not null primary key check (octet_length(secret_hash) = 32),  -- as in sso.client
  client_id   text        not null references sso.client,
  made_at     timestamptz not null,
  ends_at     timestamptz not null check (ends_at > made_at)
);
create index secret_end_time on sso.secret_end (ends_at);
create index secret_end_client on sso.secret_end (client_id);

create table sso.credential_reminder (
  client_id  text        not null references sso.client,
  credential text        not null check (credential = 'secret' or credential like 'key %'),  -- a key by its kid
  ends_at    timestamptz not null,
  days       smallint    not null check (days > 0),  -- before the end
  sent_at    timestamptz not null,
  primary key (client_id, credential, ends_at, days)
);
create index credential_reminder_end on sso.credential_reminder (ends_at);
