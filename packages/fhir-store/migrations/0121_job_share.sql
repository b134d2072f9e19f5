-- additive
-- How far a job is, for operators, and attempts that do not count any more since one of them had it tried again. docs/decisions/0096-jobs-of-operators.md
alter table fhir.job add column share real;                         -- from 0 to 1; null where its kind does not know
alter table fhir.job add column forgiven smallint not null default 0;
