-- additive
-- The failure of the last delivery, as JSON: code, and text for the owner; null: it did not fail. docs/decisions/0124-pages-of-subscriptions.md

set local lock_timeout = '3s';
alter table fhir.lane add column failure text collate "C";
