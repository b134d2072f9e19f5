-- The rows by which searches find current resources, anew: nothing had filled the first draft of them.
-- docs/decisions/0007-search.md says why each table has this shape.
drop table fhir.search, fhir.tok, fhir.num, fhir.quantity, fhir.str, fhir.date;

-- One row a current resource that is not deleted. It holds every value that a condition may ask for, so any condition can be
-- checked with this row alone; the tables and indexes below only lead to it. What is stored in them is known from it, so an
-- update or a deletion finds the old postings without the old body, and writes nothing when no value has changed.
create table fhir.search (
  rid     bigint      not null,
  shard   int         not null,
  ty      smallint    not null,
  version smallint    not null,                       -- which definition of the index its values follow: indexVersion
  own     bigint      not null,                       -- hash of `Type/<id>`: what references to it are hashed as
  pat     bigint,                                     -- hash of `Patient/<id>` when it is in exactly one compartment
  dt      timestamptz not null default '-infinity',   -- where the type's main date begins (-infinity: open, or none)
  hi      timestamptz not null default '-infinity',   -- where it has ended (-infinity: there is none)
  long    boolean     not null default false,         -- it covers more than a day
  keys    bigint[]    not null default '{}',          -- tokens, references, uris, presence, words
  tk      bigint[],                                   -- key and system of each row in fhir.tok
  tsys    int[],
  nk      bigint[],                                   -- key, lower and upper end of each row in fhir.num
  nlo     float8[],
  nhi     float8[],
  dk      bigint[],                                   -- of each row in fhir.date
  dlo     timestamptz[],
  dhi     timestamptz[],
  sk      bigint[],                                   -- of each row in fhir.str
  sv      text[],
  primary key (rid, shard)
);
-- Rows stay whole up to 4 kB, as the bodies do: conditions read them one by one.
alter table fhir.search alter keys set storage external, alter sv set storage external, set (toast_tuple_target = 4080);
-- A short pending list: writers stay fast and a search never reads more than 256 kB of it.
create index search_keys on fhir.search using gin (keys) with (fastupdate = on, gin_pending_list_limit = 256);
create index search_own on fhir.search (own);
create index search_pat on fhir.search (pat, ty, dt, rid) where pat is not null; -- every search within a patient, by date
create index search_dt on fhir.search (ty, dt, rid);                             -- listings, the default order, the main date
-- Main dates that cover more than a day. With the others, a search for what is not over at an instant may begin a day before.
create index search_long on fhir.search (ty, dt, rid) include (hi) where long;

-- Postings of parameters whose values many resources share (code, category ...), in the order of the main date.
create table fhir.tok (
  key   bigint      not null, -- of the code without its system
  dt    timestamptz not null,
  rid   bigint      not null,
  shard int         not null,
  sys   int         not null, -- hash of the system
  long  boolean     not null  -- the main date covers more than a day
);
create index tok_key on fhir.tok (key, dt, rid) include (sys);
create index tok_long on fhir.tok (key, dt, rid) include (sys) where long;

-- Numbers and quantities; the key of a quantity holds its unit, and its parameter's units are words.
create table fhir.num (
  key   bigint not null,
  lo    float8 not null,
  hi    float8 not null, -- the same for a number, more for a range
  rid   bigint not null,
  shard int    not null
);
create index num_key on fhir.num (key, lo, rid) include (hi);
create index num_range on fhir.num (key, hi, rid) include (lo) where lo < hi;

-- Strings, normalised.
create table fhir.str (
  key   bigint           not null,
  v     text collate "C" not null,
  rid   bigint           not null,
  shard int              not null
);
create index str_key on fhir.str (key, v, rid);

-- Dates other than the type's main one, as the time they cover: [lo, hi).
create table fhir.date (
  key   bigint      not null,
  lo    timestamptz not null,
  hi    timestamptz not null,
  rid   bigint      not null,
  shard int         not null,
  long  boolean     not null  -- more than a day
);
create index date_key on fhir.date (key, lo, rid) include (hi);
create index date_long on fhir.date (key, hi, rid) include (lo) where long;

-- Texts that are kept once, however many resources have them: codes to sort by, displays, units.
create table fhir.word (
  key       bigint           not null primary key,
  parameter bigint           not null, -- the seed that asks for it
  v         text collate "C" not null
);
create index word_text on fhir.word (parameter, v);

-- Which definition of the index the rows follow. Resources that were stored before have none until they are indexed.
create table fhir.index_state (
  version    int     not null,             -- of what a row holds; a server with another one must index anew
  next_rid   bigint  not null default 0,   -- every resource with a lower rid is indexed
  complete   boolean not null default false,
  single     boolean not null primary key default true check (single)
);
