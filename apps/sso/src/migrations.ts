/** The schema of the Single Sign-On's database, for `migrate` of @dhp/postgres. */
export const migrations: { readonly directory: URL; readonly schema: 'sso' } = {
  directory: new URL('../migrations/', import.meta.url),
  schema: 'sso',
};
