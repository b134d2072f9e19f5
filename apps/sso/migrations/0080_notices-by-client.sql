-- additive
-- Notices of each client are taken a few at a time, however many wait for another one.
create index logout_notice_client on sso.logout_notice (client_id, next_attempt_at);
