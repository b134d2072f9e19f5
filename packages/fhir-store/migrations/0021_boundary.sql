-- Whether the boundary of a Location (the GeoJSON in its extension) has a place within it. RFC 7946: the first ring of a polygon is its
-- outside, the others are holes; edges are straight in degrees; longitude comes first. What is no GeoJSON has nothing within it.
create function fhir.has_place(content text, latitude float8, longitude float8) returns boolean
language plpgsql immutable parallel safe as $$
begin
  return exists (
    with shape as (
      select convert_from(decode(d.data #>> '{}', 'base64'), 'UTF8')::jsonb as s
      from jsonb_path_query(content::jsonb, 'lax $.extension[*]
        ? (@.url == "http://hl7.org/fhir/StructureDefinition/location-boundary-geojson").valueAttachment.data') as d (data)
    ), whole as (
      select s as g from shape
      union all select jsonb_path_query(s, 'lax $ ? (@.type == "Feature").geometry') from shape
      union all select jsonb_path_query(s, 'lax $ ? (@.type == "FeatureCollection").features[*].geometry') from shape
    ), geometry as (
      select g from whole
      union all select jsonb_path_query(g, 'lax $ ? (@.type == "GeometryCollection").geometries[*]') from whole
    ), polygon as (
      select jsonb_path_query(g, 'strict $ ? (@.type == "Polygon").coordinates') as rings from geometry
      union all select jsonb_path_query(g, 'strict $ ? (@.type == "MultiPolygon").coordinates[*]') from geometry
    )
    select from polygon p where (
      select bool_and((r.ring @> point(longitude, latitude)) = (r.n = 1)) from (
        select a.n, (select ('(' || string_agg(format('(%s,%s)', c.at ->> 0, c.at ->> 1), ',' order by c.n) || ')')::polygon
                     from jsonb_array_elements(a.ring) with ordinality as c (at, n)) as ring
        from jsonb_array_elements(p.rings) with ordinality as a (ring, n)
      ) r)
  );
exception when others then
  return false;
end $$;
