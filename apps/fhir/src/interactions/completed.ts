/** Updates by callers who have seen a part of a resource. docs/decisions/0046-hidden-elements.md */
import type { Services } from '../contract/interaction.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { partlyHidden } from '../http/access.ts';
import { failVersionMismatch } from '../http/concurrency.ts';

/**
 * Returns the resource with the elements of the version in If-Match that are hidden from the caller; undefined if nothing is hidden. Fails
 * with `resource-partly-hidden` for a resource that was shown in part and is sent without If-Match.
 */
export function completedUpdate(
  { partly, store }: Services,
  { type, id }: { readonly type: string; readonly id: string },
  received: ReceivedResource,
  ifMatch: readonly number[] | '*' | undefined,
): Promise<ReceivedResource> | undefined {
  if (partly === undefined) return undefined;
  return store.read(type, id).then((current) => {
    if (current === undefined || current.deleted || !partly.isPart(current)) return received;
    if (ifMatch === undefined || ifMatch === '*') throw partlyHidden(type, id);
    const { versionId } = current;
    if (!ifMatch.includes(versionId)) failVersionMismatch(type, id, [...ifMatch], versionId);
    return partly.completed(received, current);
  });
}

/** Returns the changed version of a resource that the caller was shown in part, with its hidden elements. */
export function completed(
  { partly }: Pick<Services, 'partly'>,
  received: ReceivedResource,
  of: { readonly type: string; readonly id: string; readonly versionId: number },
): ReceivedResource | Promise<ReceivedResource> {
  return partly === undefined ? received : partly.completed(received, of);
}
