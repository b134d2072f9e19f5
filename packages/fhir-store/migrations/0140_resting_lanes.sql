-- additive
-- Until when a lane rests although there are events: mails are not sent more often than they may be. docs/decisions/0123-mails-of-subscriptions.md

set local lock_timeout = '3s';
alter table fhir.lane add column rests timestamptz;
