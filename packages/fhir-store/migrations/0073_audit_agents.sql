-- additive
-- Records by the person who asked: a summary of each stretch of a part tells in which stretches somebody occurs. docs/decisions/0063-signatures-and-records.md
-- No member that stands before it can hold the mark: quotes within texts are escaped in JSON.
create index audit_record_agents on only fhir.audit_record using brin (
  split_part(split_part(content, '"person":"', 2), '"', 1) text_bloom_ops,
  split_part(split_part(content, '"user":"', 2), '"', 1) text_bloom_ops
) with (pages_per_range = 32, autosummarize = on);

-- Parts that are made later get it with the table. Of those that there are, the small ones get it here: making it holds writers up.
do $$
declare
  part regclass;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent = 'fhir.audit_record'::regclass loop
    if pg_relation_size(part) > 64 * 1024 * 1024 then
      continue;
    end if;
    execute format(
      'create index on %s using brin (split_part(split_part(content, ''"person":"'', 2), ''"'', 1) text_bloom_ops, '
      'split_part(split_part(content, ''"user":"'', 2), ''"'', 1) text_bloom_ops) with (pages_per_range = 32, autosummarize = on)', part);
  end loop;
end $$;
