import { rewriteLinks } from '../json/rewrite.ts';
import { missingTarget } from '../http/references-refused.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import type { Failure } from '../http/errors.ts';
import type { Services } from '../contract/interaction.ts';

/** The most targets looked up for one request. */
const most = 500;
const stored = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/;

/**
 * The references for which a write of the resource would be refused, since the caller sees no resource at their targets; empty if
 * references may have no target. Each target is named once, at its first place.
 * @param own `Type/id` that the resource would have, to which it may refer
 */
export async function missingTargets(
  { store, keepsReferences, baseUrl }: Services,
  { source }: ReceivedResource,
  own: string,
): Promise<Failure[]> {
  if (!keepsReferences) return [];
  const places = new Map<string, { readonly type: string; readonly id: string; readonly expression: string }>();
  rewriteLinks(source.text, {
    uri: () => undefined,
    reference(value, path) {
      const local = value.startsWith(`${baseUrl}/`) ? value.slice(baseUrl.length + 1) : value;
      const [, type, id] = stored.exec(local) ?? [];
      if (type === undefined || id === undefined || places.size >= most) return undefined;
      const target = `${type}/${id}`;
      if (target !== own && !places.has(target)) places.set(target, { type, id, expression: path() });
      return undefined;
    },
  });
  const missing = await store.missing([...places.values()]);
  return missing.map(({ type, id, expression }) =>
    missingTarget(source.resourceType ?? '', `${type}/${id}`, expression),
  );
}
