-- additive
-- Access policies of the environment. docs/decisions/0045-access-policies.md
create table fhir.access_policy (
  version int         not null primary key, -- 1, 2, 3 …; none is changed or taken away
  text    text        not null,             -- JSON of @dhp/access-policies
  made    timestamptz not null default now(),
  made_by text        not null,
  reason  text        not null
);

-- Which version was in force from when on; the last row says which is now.
create table fhir.access_policy_activation (
  generation int         not null primary key, -- 1, 2, 3 … without a gap
  version    int         references fhir.access_policy, -- null: none
  made       timestamptz not null default now(),
  made_by    text        not null,
  reason     text        not null
);
