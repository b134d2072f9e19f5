-- Closure tables of clients (https://hl7.org/fhir/R5/conceptmap-operation-closure.html): each client's own, by name.
create table fhir.closure (
  owner   text not null, -- the client that named it
  name    text not null,
  version int  not null, -- the number of the last change
  primary key (owner, name)
);

create table fhir.closure_concept (
  owner          text not null,
  name           text not null,
  system         text not null,
  system_version text not null, -- '' for none
  code           text not null,
  version        int  not null, -- the change that has added it
  number         int  not null, -- the order in which they were added
  primary key (owner, name, system, system_version, code),
  foreign key (owner, name) references fhir.closure on delete cascade
);
