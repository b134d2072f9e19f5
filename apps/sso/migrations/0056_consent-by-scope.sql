-- additive
-- Scopes that the person was asked for by the client and left out: they are not asked for again unless the client wants the question.
alter table sso.consent add column declined text[] not null default '{}';
