-- additive
-- The tree of heads, by which it is proved that one head goes on from another. docs/decisions/0054-tree-of-heads.md
alter table fhir.audit_head
  add column tree_size  bigint, -- heads before it that are in the tree; null for a head of an earlier release
  add column tree_root  bytea,  -- over their signatures; signed
  add column tree_nodes bytea;  -- the perfect subtrees that end with this head, 32 bytes each, from level 1 on; they follow from the signatures
