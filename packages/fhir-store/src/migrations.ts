/** The schema of a FHIR environment's database, for `migrate` of @dhp/postgres. */
export const migrations: { readonly directory: URL; readonly schema: 'fhir' } = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'fhir',
};
