-- The Patient for whom an account acts through a RelatedPerson: stored at the first use of the binding, and compared from then on. Whoever may
-- write the RelatedPerson could otherwise choose whose record the account gets (docs/decisions/0016-identity-proof.md). Bindings that exist
-- have none yet, and get it at their next use.
alter table sso.account_identity
  add column represents text check (represents ~ '^[A-Za-z0-9.-]{1,64}$'),
  add constraint account_identity_represents check (represents is null or type = 'RelatedPerson');
