-- no transaction
-- additive
-- Long texts, and long words: a definition of the index that has their starts alone cannot say what is in them, so the bodies are read of
-- those that these lead to. They have few entries: most texts are short. docs/decisions/0027-index-definitions.md
drop index concurrently if exists fhir.str_long;
create index concurrently str_long on fhir.str (key) where octet_length(v) >= 256;
drop index concurrently if exists fhir.str_b_long;
create index concurrently str_b_long on fhir.str_b (key) where octet_length(v) >= 256;
drop index concurrently if exists fhir.word_long;
create index concurrently word_long on fhir.word (parameter) where octet_length(v) >= 256;
