/** Absolute URLs of resources. `baseUrl` has no slash at the end. */
export function resourceUrl(baseUrl: string, { type, id }: { type: string; id: string }): string {
  return `${baseUrl}/${type}/${id}`;
}

export function versionUrl(baseUrl: string, version: { type: string; id: string; versionId: number }): string {
  return `${resourceUrl(baseUrl, version)}/_history/${version.versionId}`;
}
