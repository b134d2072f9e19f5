-- The boundaries of Locations as PostgreSQL takes them, kept once by the hash of their GeoJSON, which the search row has among its keys:
-- nothing is read from a body at a search. RFC 7946: the first ring of a polygon is its outside, the others are holes. `at` is as in
-- fhir.contained.
create table fhir.boundary (
  key  bigint      not null,
  part int         not null, -- number of the polygon
  ring int         not null, -- from 1 on
  area polygon     not null, -- longitude, latitude
  at   timestamptz not null default now(),
  primary key (key, part, ring)
);
drop function fhir.has_place(text, float8, float8);
