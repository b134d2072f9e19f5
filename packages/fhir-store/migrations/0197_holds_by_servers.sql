-- additive
-- Legal holds are set and lifted through the servers, too; what was lifted stays lifted. docs/decisions/0171-holds-at-pages.md
set local lock_timeout = '3s';

create index legal_hold_made on fhir.legal_hold (made desc, id);
