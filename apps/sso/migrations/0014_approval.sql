-- A client of production asks for tokens only when somebody has approved it. Those that exist were registered by operators.
alter table sso.client add column approved_at timestamptz;
alter table sso.client add column approved_by text;
update sso.client set approved_at = created_at, approved_by = 'before approvals';
