-- Links and records that were found by an equal PINFL in a record, whoever had written that record, prove nothing. They leave the tables
-- that sign-ins and tokens read, and wait for a confirmation (docs/decisions/0016-identity-proof.md).

-- What a binding stands on: an operator's act, or a record that an identity source has written. The latter ends when its record no longer says so.
alter table sso.account_identity
  add column proof text not null default 'operator' check (proof in ('operator', 'record'));

create table sso.unconfirmed_link (
  upstream     text        not null,
  subject_hash bytea       not null check (octet_length(subject_hash) = 32),
  account_id   uuid        not null references sso.account on delete cascade,
  linked_at    timestamptz not null,
  primary key (upstream, subject_hash)
);
create unique index unconfirmed_link_account on sso.unconfirmed_link (account_id, upstream);

create table sso.unconfirmed_identity (
  account_id  uuid not null references sso.account on delete cascade,
  environment text not null check (environment in ('playground', 'production')),
  type        text not null check (type in ('Patient', 'Practitioner', 'RelatedPerson')),
  fhir_id     text not null check (fhir_id ~ '^[A-Za-z0-9.-]{1,64}$'),
  primary key (account_id, environment, type)
);

-- Why somebody is sent to an identity system: to sign in, to sign in with an account of their own although an unconfirmed link leads to
-- another one, or to connect it to the account whose session `sign_in` then names.
alter table sso.upstream_state add column purpose text not null default 'sign-in'
  check (purpose in ('sign-in', 'own-account', 'connect'));

create temporary table touched on commit drop as
select a.account_id, a.created_at,
       (select min(e.id) from sso.audit_event e
        where e.account_id = a.account_id and e.event = 'account.linked') as first_linked,
       (select e.actor from sso.audit_event e
        where e.account_id = a.account_id and e.event = 'account.created' order by e.id limit 1) as made_by,
       exists (select from sso.audit_event e
               where e.account_id = a.account_id and e.event = 'account.unlinked') as was_unlinked
from sso.account a
where a.pinfl_hash is not null
   or exists (select from sso.upstream_link l where l.account_id = a.account_id)
   or exists (select from sso.audit_event e where e.account_id = a.account_id and e.event = 'account.linked');

-- A link stays where its own first sign-in opened the account; any other may have been made by way of a record.
with moved as (
  delete from sso.upstream_link l
  where not exists (
    select from touched t
    where t.account_id = l.account_id and t.made_by = 'upstream:' || l.upstream and not t.was_unlinked
      and l.linked_at between t.created_at and t.created_at + interval '1 minute')
  returning *)
insert into sso.unconfirmed_link (upstream, subject_hash, account_id, linked_at)
select upstream, subject_hash, account_id, linked_at from moved;

-- A record stays where an operator must have bound it: the old rule never bound a RelatedPerson, and it led into an operator's account by
-- a record that the account had already, which is the one where there is one and nobody has changed the account since.
with moved as (
  delete from sso.account_identity i using touched t
  where i.account_id = t.account_id and i.type <> 'RelatedPerson'
    and not (coalesce(t.made_by, 'upstream:') not like 'upstream:%' and t.first_linked is not null
             and (select count(*) from sso.account_identity o
                  where o.account_id = i.account_id and o.type <> 'RelatedPerson') = 1
             and not exists (select from sso.audit_event e
                             where e.account_id = i.account_id and e.event = 'account.changed' and e.id > t.first_linked))
  returning i.*)
insert into sso.unconfirmed_identity (account_id, environment, type, fhir_id)
select account_id, environment, type, fhir_id from moved;

update sso.account a set pinfl_hash = null
where pinfl_hash is not null and not exists (select from sso.upstream_link l where l.account_id = a.account_id);

-- Sessions may have been begun by such a link, and tokens may name such a record.
create temporary table ended on commit drop as
select account_id from sso.unconfirmed_link union select account_id from sso.unconfirmed_identity;

with gone as (
  delete from sso.session_client c using ended e where c.account_id = e.account_id returning c.*)
insert into sso.logout_notice (client_id, account_id, sid, next_attempt_at, created_at)
select g.client_id, g.account_id, g.sid, now(), now()
from gone g
join sso.client c on c.client_id = g.client_id and c.backchannel_logout_uri is not null
join sso.artifact a on a.model = 'Session' and a.uid = g.session_uid and a.expires_at > now();
delete from sso.artifact a using ended e where a.account_id = e.account_id::text;
delete from sso.session_detail d using ended e where d.account_id = e.account_id;
insert into sso.revocation (subject, revoked_at, expires_at)
select 'sub:' || account_id, now(), now() + interval '61 minutes' from ended
on conflict (subject) do update set revoked_at = excluded.revoked_at, expires_at = excluded.expires_at;

insert into sso.audit_event (recorded, event, actor, account_id, reason)
select now(), 'account.link-unconfirmed', 'platform:upgrade', account_id, upstream from sso.unconfirmed_link
union all
select now(), 'account.record-unconfirmed', 'platform:upgrade', account_id, environment || ' ' || type || '/' || fhir_id
from sso.unconfirmed_identity;
