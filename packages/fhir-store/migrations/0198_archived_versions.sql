-- additive
-- The file to which a purge writes what it removes, before it does, and how far that file belongs to steps that were committed. docs/decisions/0172-archives-of-versions.md
set local lock_timeout = '3s';

alter table fhir.purge_run add column archive text, add column archive_bytes bigint not null default 0;
