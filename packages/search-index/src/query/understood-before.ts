/**
 * Cache of parsed searches: frequent ones, such as a worklist or the results of one code, are not parsed again. The same parameters mean
 * the same query while the search parameters are the same object, which is only ever replaced. docs/decisions/0175-searches-asked-again.md
 */
import type { GivenParameter, ParseOptions } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { UnderstoodSearch } from './search-query.ts';

/** Searches that are cached for one set of parameters, some kB each. */
const most = 500;
/** The most characters of a name: longer searches, such as those of hundreds of ids, do not repeat. */
const longest = 500;

/** Searches that were understood with some parameters. */
interface Memory {
  readonly of: OwnParameters;
  readonly searches: Map<string, UnderstoodSearch>;
  /** Fingerprints of recent ones, each at a fixed place: another search may have the same fingerprint. */
  readonly prints: Uint32Array;
}

const emptyMemory = (of: OwnParameters): Memory => ({ of, searches: new Map(), prints: new Uint32Array(4_096) });

/**
 * The cached search, or the result of `understand`. It is shared by all callers with the same parameters, and must not be changed.
 * @param understand receives options that record whether it uses anything but the parameters: then the search is not cached
 */
export function understoodBefore(
  type: string,
  parameters: readonly GivenParameter[],
  options: ParseOptions,
  understand: (options: ParseOptions) => UnderstoodSearch,
): UnderstoodSearch {
  // A search that does not look at labels means the same whether they are shown or not.
  const own = options.own?.unlabelled?.(options.own) ?? options.own;
  const memory = own?.kept(emptyMemory);
  // Any other copy of the parameters, which may hide some, has no cache.
  if (memory === undefined || memory.of !== own) return understand(options);
  // A search that comes only once is not cached: it would be moved to the old generation and be collected there.
  const name = hasCome(memory, type, parameters) ? nameOf(type, parameters, options) : undefined;
  if (name === undefined) return understand(options);
  const { searches } = memory;
  const known = searches.get(name);
  if (known !== undefined) return known;
  const noting = notingQuestions(options);
  const anew = understand(noting.options);
  if (noting.asksMore()) return anew;
  const understood = { ...anew, texts: new Map<string, string>() };
  if (searches.size === most) searches.delete(searches.keys().next().value!);
  searches.set(name, understood);
  return understood;
}

/** Characters of a value, from its end, that enter a fingerprint: values differ there. */
const printed = 12;

/** Whether such a search seems to have come before; the next equal one will. It reads few characters, since most searches are new. */
function hasCome({ prints }: Memory, type: string, parameters: readonly GivenParameter[]): boolean {
  let print = type.length * 256 + type.charCodeAt(0);
  for (const [code, value] of parameters) {
    print = Math.imul(print ^ (code.length * 65_536 + value.length), 16_777_619);
    for (let at = Math.max(0, value.length - printed); at < value.length; at += 1)
      print = Math.imul(print ^ value.charCodeAt(at), 16_777_619);
  }
  const mixed = (print ^ (print >>> 15)) >>> 0;
  const place = mixed % prints.length;
  if (prints[place] === mixed) return true;
  prints[place] = mixed;
  return false;
}

/**
 * A name of everything that decides the meaning of a search, except the search parameters; undefined for a long one. Lengths separate the texts
 * unambiguously.
 */
function nameOf(
  type: string,
  parameters: readonly GivenParameter[],
  { lenient, timeZone, ownBases }: ParseOptions,
): string | undefined {
  let name = `${type} ${String(lenient)} ${timeZone}`;
  for (const base of ownBases) name += ` ${base}`;
  for (const [code, value] of parameters) {
    name += `\n${code.length} ${value.length} ${code} ${value}`;
    if (name.length > longest) return undefined;
  }
  return name;
}

/** The same options, which record the use of the time, of labels, or of anything to be looked up. Copying them counts as using all. */
function notingQuestions(options: ParseOptions): { readonly options: ParseOptions; readonly asksMore: () => boolean } {
  let asksMore = false;
  const noted = <Answer>(answer: Answer): Answer => {
    asksMore = true;
    return answer;
  };
  const { timeZone, ownBases, lenient, own, budget } = options;
  const notingOwn = own && {
    ...own,
    get labels() {
      return noted(own.labels);
    },
  };
  const noting: ParseOptions = {
    ...{ timeZone, ownBases, lenient, own: notingOwn, budget },
    get now() {
      return noted(options.now);
    },
    get terminology() {
      return noted(options.terminology);
    },
    get collections() {
      return noted(options.collections);
    },
    get hierarchies() {
      return noted(options.hierarchies);
    },
  };
  return { options: noting, asksMore: () => asksMore };
}
