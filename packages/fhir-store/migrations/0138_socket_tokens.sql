-- additive
-- Tokens by which a client binds a websocket to its subscriptions: good once, for a moment. docs/decisions/0115-websockets.md

create table fhir.socket_token (
  hash          bytea       not null primary key,    -- SHA-256; the token itself is stored nowhere
  owner         text        not null collate "C",    -- client and person who asked for it
  rights        text        not null collate "C",    -- JSON, as jobs keep them
  subscriptions text        not null collate "C",    -- JSON: their ids
  expires       timestamptz not null
);
create index socket_token_owner on fhir.socket_token (owner);
create index socket_token_expires on fhir.socket_token (expires);
