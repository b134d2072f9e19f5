-- additive
-- Requests of developers for production (docs/decisions/0068-requests-for-production.md). Whether one was approved or refused is said by the
-- client of production: an operator approves it, or disables it with a reason.

create table sso.production_request (
  client_id     text        not null primary key references sso.client,  -- of production, made by the request
  application   text        not null references sso.application,         -- of the playground, for which it was made
  profiles      text        not null,                                    -- which profiles it uses
  tests         text        not null,                                    -- which tests passed in the playground
  contacts      text[]      not null check (cardinality(contacts) > 0),
  asked_at      timestamptz not null,
  asked_by      uuid        not null references sso.account
);
create index production_request_application on sso.production_request (application, asked_at desc);
