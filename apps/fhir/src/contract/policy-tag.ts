/**
 * The tag SUBSETTED of a resource that an access policy shows in part. Its extension distinguishes it from the tag of `_elements` and
 * `_summary`: an update that sends it back, with the version that was read, keeps the hidden elements.
 */
export const policyTag = {
  extension: [{ url: 'urn:dhp:hidden-by-policy', valueBoolean: true }],
  system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  code: 'SUBSETTED',
} as const;

/** Whether a tag is that of an access policy. */
export function isPolicyTag(tag: unknown): boolean {
  if (typeof tag !== 'object' || tag === null) return false;
  const { extension, code, system } = tag as Readonly<Record<string, unknown>>;
  const urls = Array.isArray(extension) ? extension.map((one) => (one as { url?: unknown } | null)?.url) : [];
  return code === policyTag.code && system === policyTag.system && urls.includes(policyTag.extension[0].url);
}

/** A resource without the tags of access policies. */
export function withoutPolicyTag<Resource extends Readonly<Record<string, unknown>>>(resource: Resource): Resource {
  const { meta } = resource as { readonly meta?: { readonly tag?: unknown } };
  if (!Array.isArray(meta?.tag) || !meta.tag.some(isPolicyTag)) return resource;
  return { ...resource, meta: { ...meta, tag: meta.tag.filter((tag) => !isPolicyTag(tag)) } };
}
