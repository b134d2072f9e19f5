-- additive
-- For the notice to a patient beside the access history.
create index break_glass_patient on fhir.break_glass (patient, since desc);
