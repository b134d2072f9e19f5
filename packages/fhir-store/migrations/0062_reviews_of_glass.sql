-- additive
-- From this release on a server reads and adds reviews of broken glass in the name of who signed in: a change of its privileges
-- (src/privileges.ts) comes with a migration. docs/decisions/0052-administration-of-access.md
select 1;
