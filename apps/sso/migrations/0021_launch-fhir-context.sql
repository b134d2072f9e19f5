-- What else an application is launched with: `fhirContext` of SMART App Launch 2.2.
alter table sso.launch add column fhir_context jsonb;
