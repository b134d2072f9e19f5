-- A browser in which a person signed in before has attempts of its own, so that a stranger's wrong passwords do not hold the person up.
-- How many wrong passwords and wrong codes were sent with its cookie since the last sign-in that succeeded.
alter table sso.known_device
  add column wrong_passwords int not null default 0,
  add column wrong_codes int not null default 0;
