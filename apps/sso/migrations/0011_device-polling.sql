-- When a device last asked whether somebody has let it in (RFC 8628 section 3.5).
alter table sso.artifact add column polled_at timestamptz;
