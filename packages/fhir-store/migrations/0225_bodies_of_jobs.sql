-- additive
-- Bodies of jobs as they are: those of imports have megabytes, are read once or twice and then gone, and to compress one takes longer than to write it.
-- docs/decisions/0200-pages-of-a-thousand-lines.md
set local lock_timeout = '3s';
alter table fhir.job alter body set storage external;
