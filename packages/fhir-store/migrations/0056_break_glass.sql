-- additive
-- Who has broken the glass for which patient, and what the data protection officer found. docs/decisions/0048-care.md
create table fhir.break_glass (
  id      bigint      generated always as identity primary key,
  subject text        not null, -- of the token
  person  text,                 -- such as `Practitioner/2`
  client  text        not null,
  patient text        not null, -- the id of the Patient
  reason  text        not null, -- in the words of the person
  since   timestamptz not null default clock_timestamp(),
  until   timestamptz not null
);
create index break_glass_running on fhir.break_glass (subject, patient, until);

create table fhir.break_glass_review (
  glass     bigint      not null primary key references fhir.break_glass (id),
  verdict   text        not null check (verdict in ('justified', 'unjustified')),
  note      text        not null,
  made_by   text        not null,
  made      timestamptz not null default clock_timestamp()
);
