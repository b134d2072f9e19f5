-- What the operators' lists of sessions and the search of the audit trail stand on.

create index session_client_client on sso.session_client (client_id, noted_at desc, session_uid desc);
create index session_detail_address on sso.session_detail using gist (address inet_ops) where address is not null;

-- All that people gave one client is ended together.
create index artifact_client on sso.artifact (client_id) where client_id is not null;

-- The events of one request. The table is only appended to and a request is asked for seldom: a filter for each block range costs
-- next to nothing to write, where a tree of random ids would cost a page for each token.
create index audit_event_correlation on sso.audit_event using brin (correlation_id text_bloom_ops)
  with (pages_per_range = 32, autosummarize = on);

-- Who holds a role is counted, as far as a page says.
create index account_role_role on sso.account_role (role, environment);
