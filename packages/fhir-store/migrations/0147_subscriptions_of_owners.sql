-- no transaction
-- additive
-- An owner asks for those of its own. docs/decisions/0124-pages-of-subscriptions.md

drop index concurrently if exists fhir.subscription_owner;
create index concurrently subscription_owner on fhir.subscription (owner);
