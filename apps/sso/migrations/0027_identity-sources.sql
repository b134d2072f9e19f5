-- Whose word about records counts (docs/decisions/0016-identity-proof.md).

-- Clients that an operator has named: an identifier that one of them wrote by its own authority says who the record is about.
create table sso.identity_source (
  client_id     text        not null references sso.client on delete cascade,
  environment   text        not null check (environment in ('playground', 'production')),
  resource_type text        not null check (resource_type in ('Patient', 'Practitioner')),
  named_at      timestamptz not null,
  named_by      text        not null,
  reason        text        not null,
  primary key (client_id, environment, resource_type)
);

-- Records whose PINFL an operator has confirmed, whoever wrote it.
create table sso.record_confirmation (
  environment  text        not null check (environment in ('playground', 'production')),
  type         text        not null check (type in ('Patient', 'Practitioner')),
  fhir_id      text        not null check (fhir_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  pinfl_hash   bytea       not null check (octet_length(pinfl_hash) = 32),
  confirmed_at timestamptz not null,
  confirmed_by text        not null,
  primary key (environment, type, fhir_id, pinfl_hash)
);

-- Somebody signed in for whose PINFL the records give no one answer. `unproven`: the record was written by nobody whose word counts.
-- `several`: there are more than one. `taken`: another account has it. `lost`: the record of the account no longer says so. At most one
-- is open for a person in an environment and type.
create table sso.identity_case (
  case_id     uuid        not null primary key,
  account_id  uuid        not null references sso.account on delete cascade,
  environment text        not null check (environment in ('playground', 'production')),
  type        text        not null check (type in ('Patient', 'Practitioner')),
  kind        text        not null check (kind in ('unproven', 'several', 'taken', 'lost')),
  fhir_ids    text[]      not null check (cardinality(fhir_ids) > 0),
  pinfl_hash  bytea       not null check (octet_length(pinfl_hash) = 32),
  opened_at   timestamptz not null,
  decided_at  timestamptz,
  decided_by  text,
  decision    text check (decision in ('record', 'none')),
  reason      text,
  check ((decided_at is null) = (decision is null))
);
create unique index identity_case_open on sso.identity_case (account_id, environment, type) where decided_at is null;
create index identity_case_oldest on sso.identity_case (opened_at, case_id) where decided_at is null;
