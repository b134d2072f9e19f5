-- The operators' pages: who may open them, and what their lists and searches stand on.

-- People who administer the whole platform. No role of an organisation and no scope makes one: only the command line does.
create table sso.platform_administrator (
  account_id uuid        not null primary key references sso.account on delete cascade,
  made_at    timestamptz not null,
  made_by    text        not null                     -- cli:<operating system user>
);

-- Words of names as they are searched for (docs/names-across-scripts.md). They are made by the server: a row whose name is another
-- one than its words were made of is due.
alter table sso.account add column words_of text;
create index account_words_due on sso.account (account_id) where words_of is distinct from name;
create table sso.account_word (
  word       text collate "C" not null,
  account_id uuid not null references sso.account on delete cascade,
  primary key (word, account_id)
);
create index account_word_account on sso.account_word (account_id);

alter table sso.client add column words_of text;
create index client_words_due on sso.client (client_id) where words_of is distinct from name;
create table sso.client_word (
  word      text collate "C" not null,
  client_id text not null references sso.client on delete cascade,
  primary key (word, client_id)
);
create index client_word_client on sso.client_word (client_id);

-- Lists, the newest first, a page at a time.
create index account_newest on sso.account (created_at desc, account_id desc);
create index account_disabled on sso.account (created_at desc, account_id desc) where disabled_at is not null;
create index client_newest on sso.client (created_at desc, client_id desc);
create index account_identity_record on sso.account_identity (fhir_id);

-- The audit trail by kind and by who administered. Issued tokens are most of it: a list of them is read in the order of the table.
create index audit_event_kind on sso.audit_event (event, id) include (recorded) where event <> 'token.issued';
create index audit_event_actor on sso.audit_event (actor, id) where actor is not null;

-- The first id of the events since a time, by bisection: time order is the order of ids but for the moments that commits take, so who
-- wants all of them asks for a little earlier. Null when there are no events.
create function sso.first_audit_id(since timestamptz) returns bigint language plpgsql stable as $$
declare
  low    bigint;
  high   bigint;
  middle bigint;
  at     timestamptz;
begin
  select min(id), max(id) + 1 into low, high from sso.audit_event;
  while low < high loop
    middle := low + (high - low) / 2;
    select recorded into at from sso.audit_event where id >= middle order by id limit 1;
    if at >= since then high := middle; else low := middle + 1; end if;
  end loop;
  return low;
end $$;
