-- additive
-- Security labels, beside the versions: which codes make which, which versions have them, and what inherits them. docs/decisions/0049-labels.md

-- The rules in force, with the codes of their value sets: what is stored gets its labels by the newest one.
create table fhir.label_definition (
  number     int         not null primary key,
  generation int         not null,          -- of the access policies of which it was made
  rules      text,                          -- JSON; null: there are no labels
  made       timestamptz not null default now(),
  withheld   text[]      not null,          -- labels that are withheld: all when it is complete, till then those of before
  phase      text        not null,          -- what is labelled now: current, before, complete
  rid        bigint      not null default -1, -- the last resource that is done, in its phase
  ver        int         not null default -1
);

-- Labels that a version has by its own content: for a resource, those of all its versions count.
create table fhir.label (
  rid        bigint not null,
  ver        int    not null,
  own        bigint not null, -- hash of `Type/id`, as in fhir.search
  definition int    not null,
  labels     text[] not null,
  primary key (own, ver)         -- resources may share a number of a row
);

-- What the current version of a resource puts together, and inherits from: hashes of `Type/id`.
create table fhir.label_member (
  own     bigint   not null primary key,
  ver     int      not null,
  members bigint[] not null
);

-- The labels of resources with those of all that they lead to, however far and around whatever circle; null for more than 10,000.
create function fhir.labels_of(owns bigint[]) returns text[] language sql stable parallel safe as $$
  with recursive reached (own) as (
    select * from unnest(owns)
    union
    select m.member from reached r join fhir.label_member c on c.own = r.own cross join unnest(c.members) as m (member)
  ), looked_at as materialized (select own from reached limit 10001)
  select case when (select count(*) from looked_at) > 10000 then null else array(
    select distinct u.label from looked_at a join fhir.label l on l.own = a.own cross join unnest(l.labels) as u (label) order by 1) end
$$;

-- Whether one of the labels is among them, or they are too many to look at.
create function fhir.labelled(owns bigint[], labels text[]) returns boolean language sql stable parallel safe as $$
  select coalesce(fhir.labels_of(owns) && labels, true)
$$;
