-- additive
-- Addresses that Subscriptions of the FHIR servers send mails to, as far as whoever reads them has agreed. docs/decisions/0123-mails-of-subscriptions.md

create table sso.mail_recipient (
  recipient_id uuid        not null primary key,
  environment  text        not null check (environment in ('playground', 'production')),
  subscription text        not null,                       -- id of the Subscription at the FHIR server
  topic        text        not null,                       -- canonical: who agrees to one topic has not agreed to another one
  address_hash bytea       not null check (octet_length(address_hash) = 32),  -- HMAC; the address itself comes with each question
  client_id    text        not null,
  request      text        not null,                       -- the request of the Subscription for which the link was sent
  titles       text        not null,                       -- JSON: the title of the topic by language
  language     text        not null check (language in ('uz', 'uz-Cyrl', 'ru', 'en')),
  state        text        not null check (state in ('waiting', 'confirmed', 'refused', 'ended')),
  link_hash    bytea       unique check (octet_length(link_hash) = 32),       -- SHA-256 of 256 random bits; null: used
  mails        integer     not null,                       -- that asked for the confirmation
  asked_at     timestamptz not null,                       -- when the last of them was
  expires_at   timestamptz not null,                       -- until when its link is good
  told         bigint,                                     -- number of the last event that was told
  told_at      timestamptz,
  seen_at      timestamptz not null,                       -- when the FHIR server spoke of it last, to a day
  unique (environment, subscription, topic, client_id, address_hash)
);
create index mail_recipient_address on sso.mail_recipient (address_hash);
create index mail_recipient_seen on sso.mail_recipient (seen_at);
