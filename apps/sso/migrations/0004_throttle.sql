-- Attempts that failed, or are under way: of one user name, of one address. Kept here so that all nodes count together.
create table sso.throttle (
  subject         text             not null primary key,  -- name:… (SHA-256 of a user name, known or not), address:… (IPv4, IPv6 /64)
  level           double precision not null,              -- attempts, less what time has taken away again
  last_attempt_at timestamptz      not null,
  blocked_until   timestamptz
);
create index throttle_time on sso.throttle (last_attempt_at);

-- What counted before.
alter table sso.account drop column failed_attempts;
alter table sso.account drop column locked_until;
