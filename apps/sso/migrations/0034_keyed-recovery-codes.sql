-- Recovery codes have fifty random bits: a plain hash of them is guessed. `code_hash` becomes HMAC-SHA-256, under a key that is not in the
-- database, of the SHA-256 that it was. The server does that to the rows that are there when it starts; until then they are not keyed.
alter table sso.recovery_code add column is_keyed boolean not null default false;
create index recovery_code_unkeyed on sso.recovery_code (account_id) where not is_keyed;
