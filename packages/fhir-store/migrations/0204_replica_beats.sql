-- additive
-- Beats of servers that read from replicas: what a replica shows of them tells how far it has come. docs/decisions/0183-reads-from-replicas.md

create table fhir.replica_beat (
  node uuid        primary key, -- a process, from its start to its end
  beat bigint      not null,    -- the last one
  at   timestamptz not null
) with (fillfactor = 50); -- it is changed some times a second, each time in place
