-- additive
-- People who want to be told by e-mail when somebody opens their record. docs/decisions/0123-mails-of-subscriptions.md

create table sso.access_watch (
  account_id   uuid        not null references sso.account on delete cascade,
  environment  text        not null check (environment in ('playground', 'production')),
  name         text        not null,  -- as sso.mail_recipient names it: another one whenever it is turned on
  language     text        not null check (language in ('uz', 'uz-Cyrl', 'ru', 'en')),
  looked_until timestamptz not null,  -- what was opened before is told, or not to be told
  next_at      timestamptz not null,
  primary key (account_id, environment)
);
create index access_watch_next on sso.access_watch (next_at);
