-- What an application is launched with from the software of a health worker (SMART App Launch, EHR launch).
create table sso.launch (
  launch_hash         bytea       not null primary key check (octet_length(launch_hash) = 32), -- SHA-256 of `launch`
  client_id           text        not null references sso.client on delete cascade,  -- the application that is launched
  environment         text        not null check (environment in ('playground', 'production')),
  patient             text        check (patient ~ '^[A-Za-z0-9.-]{1,64}$'),
  encounter           text        check (encounter ~ '^[A-Za-z0-9.-]{1,64}$'),
  practitioner        text        check (practitioner ~ '^[A-Za-z0-9.-]{1,64}$'),    -- who must sign in; null: any health worker
  intent              text,
  need_patient_banner boolean     not null,
  smart_style_url     text,
  registered_by       text        not null,                                          -- the client that launches
  expires_at          timestamptz not null,
  grant_hash          bytea       unique check (octet_length(grant_hash) = 32)       -- of what came of it: used once
);
create index launch_expiry on sso.launch (expires_at);
