-- What an application is launched with from the software of a health worker is held to the roles of the person, as a patient who was chosen at
-- the sign-in is: also for the tokens that are renewed of launches from before.
update sso.launch set picked = true where not picked and registered_by <> client_id;
