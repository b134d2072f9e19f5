-- additive
-- Words of texts of any size (`_text`, `_content`). A tsvector holds 1 MB, 255 places of a word, and none beyond the 16,383rd: an entry
-- that cannot hold a resource says so, and what it cannot answer is read from the body. docs/decisions/0037-words-of-large-texts.md

-- A JSON value without its numbers.
create function fhir.without_numbers(value json) returns jsonb language sql immutable parallel safe as $$
  select case json_typeof(value)
    when 'object' then
      (select coalesce(jsonb_object_agg(m.key, fhir.without_numbers(m.value)), '{}') from json_each(value) m)
    when 'array' then
      (select coalesce(jsonb_agg(fhir.without_numbers(i.value) order by i.n), '[]')
        from json_array_elements(value) with ordinality i (value, n))
    when 'number' then 'null'
    else value::jsonb
  end
$$;

-- A body as a value, for what is in its texts: where it has a number that no jsonb can hold, without numbers. A character 0 is a space.
create function fhir.texts(content text) returns jsonb language plpgsql immutable parallel safe as $$
begin
  return content::jsonb;
exception when others then
  return fhir.without_numbers(replace(content, '\u0000', '\u0020')::json);
end $$;

-- The words of all strings in a value, one after another, as to_tsvector makes them: between two strings a place is free. What it does
-- not make words of: spaces and signs (12), tags (13), protocols (14), entities (23), and what is longer than a lexeme can be.
create function fhir.tokens(texts jsonb, out place bigint, out token text) returns setof record
language sql immutable parallel safe as $$
  select row_number() over () + s.n, w.token
  from jsonb_path_query(texts, 'strict $.** ? (@.type() == "string")') with ordinality s (v, n)
  cross join lateral ts_parse('default', s.v #>> '{}') w
  where w.tokid not in (12, 13, 14, 23) and octet_length(w.token) < 2047
$$;

-- Entries with one of these lack words: those made here, and those that fhir.words made of the beginning of a body as it is written.
create function fhir.lacks_words() returns tsquery language sql immutable parallel safe as $$
  select $q$' cut' | 'resourcetype'$q$::tsquery
$$;

-- The entry of a body: all words with their places; of more than it can hold the words alone; of more than that the mark alone.
-- array_to_tsvector does not look how long they are together: beyond 1 MB what it makes is broken. A body beyond 16 MB is not taken apart:
-- that takes seconds, in which the transaction of many entries holds back whoever follows the order of commits.
create function fhir.entry(content text) returns tsvector language plpgsql immutable parallel safe as $$
declare
  texts jsonb;
  words text[];
  bytes bigint;
begin
  if octet_length(content) > 16000000 then return array_to_tsvector('{" cut"}'); end if;
  texts := fhir.texts(content);
  return jsonb_to_tsvector('simple', texts, '["string"]');
exception when program_limit_exceeded then
  select array_agg(w.lexeme), sum(octet_length(w.lexeme)) into words, bytes
  from (
    select distinct l.lexeme from (select distinct t.token from fhir.tokens(texts) t) t
    cross join lateral unnest(ts_lexize('simple', t.token)) l (lexeme)
  ) w;
  return array_to_tsvector(case when bytes < 1048576 then words else '{" cut"}' end);
end $$;

-- The phrases of a question, and the single words, each as it is written in the text of a tsquery: `'a' <-> 'b'`.
create function fhir.has_phrase(question tsquery) returns boolean language sql immutable parallel safe as $$
  select question::text like '%<->%'
$$;

-- Lexemes of such a text.
create function fhir.lexemes(question text) returns text[] language sql immutable parallel safe as $$
  select array(
    select replace(replace(m.parts[1], '''''', ''''), '\\', '\')
    from regexp_matches(question, $r$'((?:[^'\\]|''|\\\\)*)'$r$, 'g') with ordinality m (parts, n) order by m.n)
$$;

-- Whether an entry cannot tell where a word of the question stands.
create function fhir.lacks_places(words tsvector, question tsquery) returns boolean language sql immutable parallel safe as $$
  select exists (
    select from unnest(words) w
    where w.lexeme = any (fhir.lexemes(question::text))
      and (w.positions is null or cardinality(w.positions) >= 255 or w.positions[cardinality(w.positions)] >= 16383))
$$;

-- Entries that may answer a question: those that have its words, wherever they stand, and `also`; and those that lack words.
create function fhir.may_answer(question tsquery, also tsquery default '') returns tsquery language plpgsql immutable parallel safe as $$
declare
  lexeme constant text := $r$'(?:[^'\\]|''|\\\\)*'$r$;
  -- No entry has ' ': what must not stand together may stand apart.
  asked constant text := regexp_replace(question::text, '!\( ' || lexeme || '(?: <-> ' || lexeme || ')+ \)', '!'' ''', 'g');
begin
  if numnode(question) = 0 then return question; end if;
  return (replace(asked, ' <-> ', ' & ')::tsquery && also) || fhir.lacks_words();
end $$;

-- Whether the strings in a value have the words of a question, without a limit of words and places.
create function fhir.have_words_exactly(texts jsonb, question tsquery) returns boolean
language plpgsql immutable parallel safe as $$
declare
  wanted constant text[] := fhir.lexemes(question::text);
  found text[];
  places bigint[];
  part text[];
  chain text[];
  answered text := '';
begin
  select array_agg(w.lexeme), array_agg(w.place) into found, places
  from (
    select l.lexeme, t.place from fhir.tokens(texts) t cross join lateral unnest(ts_lexize('simple', t.token)) l (lexeme)
  ) w
  where w.lexeme = any (wanted);
  -- Each phrase becomes a word that there is, or none. What stands between phrases has no quotation mark.
  for part in
    select m from regexp_matches(question::text, $r$('(?:[^'\\]|''|\\\\)*'(?: <-> '(?:[^'\\]|''|\\\\)*')*)|([^']+)$r$, 'g') m
  loop
    if part[1] is null then
      answered := answered || part[2];
      continue;
    end if;
    chain := fhir.lexemes(part[1]);
    answered := answered || case
      when cardinality(chain) = 1 then case when chain[1] = any (found) then ''' there''' else ''' ''' end
      when chain <@ found and exists (
        select from unnest(found, places) w (lexeme, place) join unnest(chain) with ordinality c (lexeme, n) using (lexeme)
        group by w.place - c.n having count(*) = cardinality(chain)) then ''' there'''
      else ''' '''
    end;
  end loop;
  return array_to_tsvector('{" there"}') @@ answered::tsquery;
end $$;

-- Whether they have them: by a tsvector where that can hold them.
create function fhir.have_words(texts jsonb, question tsquery) returns boolean language plpgsql immutable parallel safe as $$
declare
  words tsvector;
begin
  begin
    words := jsonb_to_tsvector('simple', texts, '["string"]');
  exception when program_limit_exceeded then
    return fhir.have_words_exactly(texts, question);
  end;
  if fhir.has_phrase(question) and fhir.lacks_places(words, question) then return fhir.have_words_exactly(texts, question); end if;
  return words @@ question;
end $$;

-- Whether the resource of an entry has them, as far as the entry tells; null where its body must be read. A text of less than 255 bytes
-- lacks no places.
create function fhir.entry_tells(words tsvector, bytes bigint, question tsquery) returns boolean
language plpgsql immutable parallel safe as $$
begin
  if words @@ fhir.lacks_words() then return null; end if;
  if bytes >= 255 and fhir.has_phrase(question) and fhir.lacks_places(words, question) then
    return case when words @@ fhir.may_answer(question) then null else false end;
  end if;
  return words @@ question;
end $$;
