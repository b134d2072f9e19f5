/** Works on all items, on at most `limit` at a time; an error of `work` is thrown, and no further item begins. */
export async function inParallel<Item>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  let isEnded = false;
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      if (isEnded) return;
      try {
        await work(item);
      } catch (error) {
        isEnded = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
