/** Checks of an answer beside the right matches: their order, and what they bring along. */
import { parameters } from './parameters.ts';
import { targetsOf, type World } from './criteria.ts';
import { folded, rangesOf, tokensOf } from './values.ts';
import type { Chance, Resource } from './world.ts';

export interface Sort {
  readonly text: string;
  /** One for each key: the value that counts, undefined if there is none, and whether the greatest comes first. */
  readonly keys: readonly { readonly of: (one: Resource) => number | string | undefined; readonly isDown: boolean }[];
}

/** Parameters with one value at most, or of which the least counts; a date is compared by its beginning, and upwards alone. */
const sorted: Readonly<Record<string, readonly string[]>> = {
  ...{
    Patient: ['gender', 'birthdate', 'family', '_id', 'address-city'],
    Observation: ['status', 'date', '_id'],
    Condition: ['recorded-date', '_id'],
  },
  ...{
    Encounter: ['status', '_id'],
    Questionnaire: ['title', 'status', 'version', '_id'],
    Organization: ['_id'],
    DiagnosticReport: ['status', 'issued'],
  },
};

const least = <Value extends number | string>(values: readonly Value[], isDown: boolean): Value | undefined =>
  values.toSorted((a, b) => (isDown ? order(b, a) : order(a, b)))[0];

const order = (a: number | string, b: number | string): number =>
  typeof a === 'string'
    ? Buffer.compare(Buffer.from(a), Buffer.from(String(b)))
    : a === b
      ? 0
      : a < (b as number)
        ? -1
        : 1;

/** Returns a random order of a type, if it has one. */
export function sortOf({ pick, oneIn }: Chance, type: string): Sort | undefined {
  const among = sorted[type];
  if (among === undefined || oneIn(2)) return undefined;
  const codes = [...new Set([pick(among), ...(oneIn(2) ? [pick(among)] : [])])];
  const keys = codes.map((code) => {
    const parameter = parameters[type]!.find((one) => one.code === code)!;
    const isDown = parameter.type !== 'date' && oneIn(2);
    const of = (one: Resource): number | string | undefined => {
      const elements = parameter.of(one);
      // A period that is open at its beginning has nothing to be sorted by.
      if (parameter.type === 'date')
        return least(
          rangesOf(elements)
            .map(({ low }) => low)
            .filter(Number.isFinite),
          isDown,
        );
      if (parameter.type === 'string') return least((elements as string[]).map(folded), isDown);
      return least(
        tokensOf(elements).map(({ code }) => code),
        isDown,
      );
    };
    return { text: `${isDown ? '-' : ''}${code}`, of, isDown };
  });
  return { text: keys.map(({ text }) => text).join(','), keys };
}

/** Whether no resource comes before one that it should follow; what has no value comes last. */
export function isSorted({ keys }: Sort, found: readonly Resource[]): boolean {
  return found.every((one, n) => {
    const before = found[n - 1];
    if (before === undefined) return true;
    for (const { of, isDown } of keys) {
      const [a, b] = [of(before), of(one)];
      if (a === undefined && b === undefined) continue;
      if (a === undefined || b === undefined) return b === undefined;
      const difference = isDown ? order(b, a) : order(a, b);
      if (difference !== 0) return difference < 0;
    }
    return true;
  });
}

export interface Included {
  /** Parameters of the search. */
  readonly query: string;
  /** Keys of what must come along with the matches. */
  readonly of: (matches: readonly Resource[]) => Set<string>;
}

/** Returns a random `_include` or `_revinclude`, with `:iterate` where what is included may lead to more of the same. */
export function includedBy({ pick, oneIn }: Chance, type: string, world: World): Included | undefined {
  const own = parameters[type]!.filter((one) => one.type === 'reference');
  const referring = Object.keys(parameters).flatMap((from) =>
    parameters[from]!.filter((one) => one.targets?.includes(type)).map((parameter) => ({ from, parameter })),
  );
  const keyOf = (one: Resource): string => `${one.resourceType}/${one.id}`;
  if (own.length > 0 && oneIn(2)) {
    const parameter = pick(own);
    const only = oneIn(3) ? pick(parameter.targets!) : undefined;
    const isIterated = parameter.targets!.includes(type) && oneIn(2);
    const targets = only === undefined ? parameter.targets! : [only];
    const follow = (from: readonly Resource[]): Resource[] =>
      from
        .filter(({ resourceType }) => resourceType === type)
        .flatMap((one) => targets.flatMap((target) => targetsOf(parameter, one, target, world)));
    return {
      query: `_include${isIterated ? ':iterate' : ''}=${type}:${parameter.code}${only === undefined ? '' : `:${only}`}`,
      of: (matches) => closure(matches, follow, isIterated, keyOf),
    };
  }
  if (referring.length === 0) return undefined;
  const { from, parameter } = pick(referring);
  const follow = (to: readonly Resource[]): Resource[] => {
    const keys = new Set(to.map(keyOf));
    return world.byType
      .get(from)!
      .filter((one) => targetsOf(parameter, one, type, world).some((target) => keys.has(keyOf(target))));
  };
  return { query: `_revinclude=${from}:${parameter.code}`, of: (matches) => closure(matches, follow, false, keyOf) };
}

function closure(
  matches: readonly Resource[],
  follow: (from: readonly Resource[]) => Resource[],
  isIterated: boolean,
  keyOf: (one: Resource) => string,
): Set<string> {
  const known = new Set(matches.map(keyOf));
  const found = new Set<string>();
  for (let next: readonly Resource[] = matches; next.length > 0;) {
    const led = new Map(follow(next).map((one) => [keyOf(one), one]));
    next = [...led].filter(([key]) => !known.has(key) && !found.has(key)).map(([, one]) => one);
    for (const one of next) found.add(keyOf(one));
    if (!isIterated) break;
  }
  return found;
}
