-- Until when a password that an operator has set is good. At its first use the person chooses another one. Null: the person chose it. Passwords
-- from before count as chosen: nobody knows any longer who set them.
alter table sso.account add column password_expires_at timestamptz;
