-- additive
-- The definitions of the search index whose rows every server that writes has to store. A program reads them with the search parameters,
-- and stores nothing when there is one that it does not make: the generation is raised with each change here, so no statement that begins
-- after it can store rows without the rest. docs/decisions/0007-search.md, "The next definition"
create table fhir.index_definition (
  version int not null primary key
);
insert into fhir.index_definition (version) select version from fhir.index_state;
