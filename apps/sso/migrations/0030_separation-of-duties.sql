-- Separation of duties: who approves a client must not be who made it, nor anybody who could act as who made it.

-- Who registered the client (client:ID, account:SUB, cli:NAME, registration-token:ID), and who has widened it since it was approved.
-- Null: registered before this was kept, and no longer in the audit trail.
alter table sso.client add column created_by text;
alter table sso.client add column widened_by text[] not null default '{}';

-- Who has been given credentials of somebody else: the secret of a client, a password or a link of a person. The holder can act as the
-- subject. Both are written as in sso.audit_event.actor.
create table sso.custody (
  subject  text        not null,
  holder   text        not null,
  taken_at timestamptz not null,
  primary key (subject, holder)
);

update sso.client c set created_by = coalesce(
  'registration-token:' || c.registered_with,
  (select e.actor from sso.audit_event e where e.event = 'client.created' and e.client_id = c.client_id order by e.id limit 1));

insert into sso.custody (subject, holder, taken_at)
select 'client:' || e.client_id, e.actor, max(e.recorded)
from sso.audit_event e
where e.event in ('client.created', 'client.secret-rotated') and e.client_id is not null and e.actor is not null
group by 1, 2;
