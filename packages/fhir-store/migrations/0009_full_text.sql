-- Words of resources (`_text`, `_content`). Writes do not fill it, which would cost them more than all other index rows: a
-- search brings it up to date before it asks, and reads what is newer from the bodies.
-- docs/decisions/0007-search.md

-- A body as a value; null for what no jsonb can hold (a number beyond its range, the character 0).
create function fhir.body(content text) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return content::jsonb;
exception when others then
  return null;
end $$;

-- The words of all its texts, as they are written but for their case; markup counts for nothing. Of a body with more words
-- than a tsvector can hold, those of its beginning.
create function fhir.words(content text) returns tsvector language plpgsql immutable parallel safe as $$
begin
  return jsonb_to_tsvector('simple', content::jsonb, '["string"]');
exception when others then
  begin
    return to_tsvector('simple', left(content, 100000));
  exception when others then
    return '';
  end;
end $$;

-- Of one version of a resource, which may no longer be the current one.
create table fhir.text (
  rid   bigint   not null,
  shard int      not null,
  txid  xid8     not null, -- the transaction that wrote the version
  words tsvector not null,
  primary key (rid, shard)
);
create index text_words on fhir.text using gin (words) with (fastupdate = off);

-- Up to where in the order of commits the words are there.
create table fhir.text_state (
  txid   xid8    not null default '0',
  rid    bigint  not null default 0,
  single boolean not null primary key default true check (single)
);
insert into fhir.text_state default values;
