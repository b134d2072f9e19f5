/** Labels by inheritance: the meaning of the rows by which a store decides. */

/** A resource with its own labels and its members, both as rows have them. */
export interface LabelledResource {
  readonly labels: readonly string[];
  readonly members: readonly string[];
}

/** Resources that are looked at for one. What has more is taken for one that has every label. */
export const mostReached = 10_000;

/**
 * Returns the labels of a resource with those of all that it leads to, however far and around whatever circle; undefined if that is more than
 * `mostReached`.
 * @param known by `Type/id`; of what is not there, nothing is inherited
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
    for (const member of resource?.members ?? []) reached.add(member); // which the loop comes to as well
  }
  return labels;
}

/** Whether a resource has one of the labels, or more members than are looked at. */
export function isLabelled(
  name: string,
  any: readonly string[],
  known: ReadonlyMap<string, LabelledResource>,
  most = mostReached,
): boolean {
  const labels = inheritedLabels(name, known, most);
  return labels === undefined || any.some((label) => labels.has(label));
}
