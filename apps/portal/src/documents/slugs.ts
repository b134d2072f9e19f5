/** Names of headings, by which links lead to them: those that GitHub gives, so that a link works in the repository and here. */

/** Names headings in their order; a name that was given gets a number. */
export function slugs(): (heading: string) => string {
  const given = new Map<string, number>();
  return (heading) => {
    const name = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = given.get(name) ?? 0;
    given.set(name, count + 1);
    return count === 0 ? name : `${name}-${String(count)}`;
  };
}
