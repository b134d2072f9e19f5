-- additive
-- What tells of all provisions of a consent together that none of them can hold, without a look at each: nearly all are about somebody or something else.
-- Earlier servers write none of it, and change the version: what is not of its version says nothing. docs/decisions/0080-consents-in-reads.md
set local lock_timeout = '3s';

alter table fhir.consent
  add column may_ver int,         -- the version that these are made of; null: nothing is told
  add column may_actors bigint[], -- words of callers: who has one of them may be refused something
  add column may_low timestamptz, -- what has its main date before `may_low`, or from `may_high` on, is not refused by those that name dates; null: none does
  add column may_high timestamptz,
  add column may_types smallint[], -- of these types something may be refused
  add column spared bigint[];     -- words of callers: who has none of them may be refused something; null: nobody is spared by name
