/** Labels by inheritance: the reference for the rows with which a store decides. */

/** A resource with its own labels and its members, both as rows have them. */
export interface LabelledResource {
  readonly labels: readonly string[];
  readonly members: readonly string[];
}

/** Resources that are read for one. A resource that leads to more is treated as if it had every label. */
export const mostReached = 10_000;

/**
 * Returns the labels of a resource with those of all resources to which it leads, at any distance and through circles; undefined if these are
 * more than `mostReached`.
 * @param known by `Type/id`; missing resources pass nothing on
 */
export function inheritedLabels(
  name: string,
  known: ReadonlyMap<string, LabelledResource>,
  most = mostReached,
): Set<string> | undefined {
  const reached = new Set([name]);
  const labels = new Set<string>();
  for (const each of reached) {
    if (reached.size > most) return undefined;
    const resource = known.get(each);
    for (const label of resource?.labels ?? []) labels.add(label);
    for (const member of resource?.members ?? []) reached.add(member); // which the loop reaches as well
  }
  return labels;
}

/** Whether a resource has one of the labels, or too many members. */
export function isLabelled(
  name: string,
  any: readonly string[],
  known: ReadonlyMap<string, LabelledResource>,
  most = mostReached,
): boolean {
  const labels = inheritedLabels(name, known, most);
  return labels === undefined || any.some((label) => labels.has(label));
}
