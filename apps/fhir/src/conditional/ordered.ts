/** Indexes of items, counted before they are listed. */
export interface Indexes {
  readonly size: number;
  readonly list: () => readonly number[];
}

/** The values that items have under a key, in order. */
export interface Ordered<Value> {
  /** The items whose value is at least `least` and fits; fitting values are adjacent, from `least` on. */
  between(least: Value, fits: (value: Value) => boolean): Indexes;
}

/** For each key, the values of all items; brought into order when the key is requested first. */
export function ordered<Item, Key, Value extends string | number>(
  all: readonly Item[],
  valuesOf: (item: Item) => readonly (readonly [Key, Value])[],
): (key: Key) => Ordered<Value> {
  let byKey: Map<Key, [Value, number][]> | undefined;
  const made = new Map<Key, Ordered<Value>>();
  return (key) => {
    byKey ??= grouped(all, valuesOf);
    let values = made.get(key);
    if (values === undefined) made.set(key, (values = inOrder(byKey.get(key) ?? [])));
    return values;
  };
}

function grouped<Item, Key, Value>(
  all: readonly Item[],
  valuesOf: (item: Item) => readonly (readonly [Key, Value])[],
): Map<Key, [Value, number][]> {
  const byKey = new Map<Key, [Value, number][]>();
  for (const [index, item] of all.entries()) {
    for (const [key, value] of valuesOf(item)) {
      const values = byKey.get(key);
      if (values === undefined) byKey.set(key, [[value, index]]);
      else values.push([value, index]);
    }
  }
  return byKey;
}

function inOrder<Value extends string | number>(values: [Value, number][]): Ordered<Value> {
  values.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    between(least, fits) {
      const start = firstIn(values, 0, ([value]) => !(value < least));
      const end = firstIn(values, start, ([value]) => !fits(value));
      return { size: end - start, list: () => values.slice(start, end).map(([, index]) => index) };
    },
  };
}

/** The first place from `low` on of which `holds` is true; it is true of all places behind it. */
function firstIn<Each>(all: readonly Each[], low: number, holds: (each: Each) => boolean): number {
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(all[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
