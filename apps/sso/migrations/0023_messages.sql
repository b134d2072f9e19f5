-- Messages to people until the mail server has taken them. They hold links that open accounts: their content is sealed.
create table sso.message (
  id uuid primary key,
  content bytea not null,
  attempts int not null default 0,
  next_attempt_at timestamptz not null,
  -- A link that has expired is not worth sending.
  expires_at timestamptz not null
);
create index message_due on sso.message (next_attempt_at);

-- Browsers in which a person has signed in before: of a new one the person is told.
create table sso.known_device (
  account_id uuid not null references sso.account on delete cascade,
  device_hash bytea not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (account_id, device_hash)
);

-- The language in which the person used the pages last: messages are written in it.
alter table sso.account add column language text check (language in ('uz', 'ru', 'en'));
