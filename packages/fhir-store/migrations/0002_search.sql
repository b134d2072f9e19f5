-- The rows by which searches find current resources. Laid out now because their shape decides the shape of the others;
-- the search parameters fill them. Every table carries the shard, as the resources do.
--
-- key: a 64-bit hash of type, parameter and value. rid: the resource. Posting tables have no primary key: a resource may
-- repeat a value, and an update deletes its old postings by exact key, value and rid, which it knows from the old body.

-- One narrow row a current resource that is not deleted.
create table fhir.search (
  rid   bigint      not null,
  shard int         not null,
  ty    smallint    not null,
  upd   timestamptz not null,
  dt    timestamptz,            -- the type's main date: Observation.effective, Encounter.period.start ...
  pat   bigint,                 -- rid of the patient whose compartment holds it; a Patient's own
  keys  bigint[]    not null,   -- of every token, reference and uri value
  primary key (rid, shard)
);
-- A short pending list: writers stay fast and a search never reads more than 256 kB of it.
create index search_keys on fhir.search using gin (keys) with (fastupdate = on, gin_pending_list_limit = 256);
create index search_pat on fhir.search (pat, ty, dt, rid); -- every search within a patient, by date
create index search_upd on fhir.search (ty, upd, rid);     -- _lastUpdated, listings, the default order
create index search_dt on fhir.search (ty, dt, rid);       -- a date and nothing else

-- Ordered postings of parameters whose values many resources share (code, category, status ...).
create table fhir.tok (
  key   bigint      not null,
  dt    timestamptz not null,
  rid   bigint      not null,
  shard int         not null
);
create index tok_key on fhir.tok (key, dt, rid);

create table fhir.num (
  key   bigint           not null,
  val   double precision not null,
  rid   bigint           not null,
  shard int              not null
);
create index num_key on fhir.num (key, val, rid);

-- Quantities in a canonical unit: the key holds that unit, so one comparison serves every unit of the dimension.
create table fhir.quantity (
  key   bigint           not null,
  val   double precision not null,
  rid   bigint           not null,
  shard int              not null
);
create index quantity_key on fhir.quantity (key, val, rid);

create table fhir.str (
  key   bigint           not null,
  v     text collate "C" not null,
  rid   bigint           not null,
  shard int              not null
);
create index str_key on fhir.str (key, v, rid);

-- Dates other than the type's main one, as the period they may mean: [lo, hi).
create table fhir.date (
  key   bigint      not null,
  lo    timestamptz not null,
  hi    timestamptz not null,
  rid   bigint      not null,
  shard int         not null
);
create index date_key on fhir.date (key, lo, rid, hi);
