-- additive
-- People who sign up by e-mail: until the link that was sent to the address is opened there is no account, and no name is taken.

create table sso.sign_up (
  token_hash bytea       not null primary key check (octet_length(token_hash) = 32),  -- SHA-256 of 256 random bits
  email      text        not null check (email = lower(email)),
  name       text        not null,
  made_at    timestamptz not null,
  expires_at timestamptz not null
);
create index sign_up_expiry on sso.sign_up (expires_at);
