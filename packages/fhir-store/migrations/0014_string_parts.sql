-- Whether a string is a part of another one of its resource, or stands there under another key too: `Karimova` of a name is a part
-- of `Karimova Aziza Rustamovna`. Trigrams of the whole lead to whatever its parts contain.
set local lock_timeout = '3s';
alter table fhir.str add column part boolean not null default false;
