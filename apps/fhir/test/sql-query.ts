/** A query of SQL over one view, as Parameters of `$sqlquery-run` have it. */
export function queryOf(view: object, sql: string): { readonly name: string; readonly resource: object }[] {
  const resource = {
    ...{ resourceType: 'Library', status: 'active', type: { coding: [{ code: 'sql-query' }] } },
    relatedArtifact: [{ type: 'depends-on', label: 't', resource: 'urn:t' }],
    content: [{ contentType: 'application/sql', data: Buffer.from(sql).toString('base64') }],
  };
  return [
    { name: 'queryResource', resource },
    { name: 'context', resource: { ...view, url: 'urn:t' } },
  ];
}
