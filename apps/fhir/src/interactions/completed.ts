/** Updates by callers who have seen a part of a resource. docs/decisions/0046-hidden-elements.md */
import type { Services } from '../contract/interaction.ts';
import type { ReceivedResource } from '../contract/resource.ts';
import { partlyHidden } from '../http/access.ts';
import { failVersionMismatch } from '../http/concurrency.ts';

/**
 * Returns the resource with what is hidden from the caller in the version that If-Match names; undefined if nothing is hidden from the caller.
 * Fails with `resource-partly-hidden` where a part of a resource is to take its place without If-Match.
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

/** Returns the resource that a change of a version which the caller was shown has made, with what is hidden in it. */
export function completed(
  { partly }: Pick<Services, 'partly'>,
  received: ReceivedResource,
  of: { readonly type: string; readonly id: string; readonly versionId: number },
): ReceivedResource | Promise<ReceivedResource> {
  return partly === undefined ? received : partly.completed(received, of);
}
