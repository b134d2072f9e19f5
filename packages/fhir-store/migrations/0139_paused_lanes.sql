-- additive
-- Since when an operator has notifications held back; null: they are not. docs/decisions/0120-paused-notifications.md

set local lock_timeout = '3s';
alter table fhir.lane add column paused timestamptz;
