import type { ReceivedResource } from './resource.ts';

/** A caller from whom elements of some types are hidden, as interactions need to know of it. */
export interface Partly {
  /** Whether anything of a version, as the caller is shown it, may be left out. */
  readonly isPart: (version: { readonly content: Buffer }) => boolean;
  /** Whether any element of resources of a type is hidden. */
  readonly hidesIn: (type: string) => boolean;
  /** Whether a finding is about a hidden element, not about one that the caller has sent. */
  readonly hidesPlace: (type: string, expression: string) => boolean;
  /**
   * Returns the whole of a resource that follows from a version which the caller was shown. Fails with `element-hidden` if it carries a
   * hidden element, and with `resource-partly-hidden` for a Bundle or Parameters, whose parts cannot be matched.
   */
  readonly completed: (
    received: ReceivedResource,
    of: { readonly type: string; readonly id: string; readonly versionId: number },
  ) => Promise<ReceivedResource>;
}
