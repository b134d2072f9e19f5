/** Acknowledged writes, by which each search can be judged: writes acknowledged before it began must be found, and nothing else. */
import { found, keep, type Kept } from '@dhp/search-index/testing';
import { parsed, timeZone, type Resource } from '../search-world.ts';

interface Known {
  /** The last acknowledged state; undefined: deleted, or not stored yet. */
  resource: Resource | undefined;
  /** The same in its searchable form. */
  kept: Kept | undefined;
  /** Writes that are under way, and the tick at which the last one ended. */
  open: number;
  ended: number;
  /** The outcome of the last write is unknown: its server was killed. */
  lost: boolean;
}

export interface Search {
  readonly type: string;
  readonly query: string;
  readonly began: number;
  /** The acknowledged resources at its beginning, and those being written. */
  readonly kept: readonly Kept[];
  /** The subject of each, by name. */
  readonly subjects: ReadonlyMap<string, string | undefined>;
  readonly open: ReadonlySet<string>;
}

/** Names that are missing, and surplus ones. */
export interface Faults {
  readonly missing: string[];
  readonly surplus: string[];
}

/** Ticks are events of the parent, which all writes and searches go through: no clock is compared. */
export function createOracle() {
  const all = new Map<string, Known>();
  let tick = 0;

  const at = (name: string): Known => {
    let known = all.get(name);
    if (known === undefined)
      all.set(name, (known = { resource: undefined, kept: undefined, open: 0, ended: 0, lost: false }));
    return known;
  };
  const unstable = ({ open, ended, lost }: Known, since: number): boolean => open > 0 || lost || ended > since;

  return {
    at: (name: string) => all.get(name)?.resource,
    /** Whether it is not being written: of two concurrent writes the order is unknown. */
    free: (name: string) => (all.get(name)?.open ?? 0) === 0 && all.get(name)?.lost !== true,
    begins(names: readonly string[]): void {
      for (const name of names) at(name).open += 1;
    },
    ends(name: string, resource: Resource | undefined | 'unknown' | 'refused'): void {
      const known = at(name);
      known.open -= 1;
      known.ended = tick += 1;
      if (resource === 'unknown') known.lost = true;
      else if (resource !== 'refused') {
        known.resource = resource;
        known.kept = resource && keep([resource], { timeZone })[0];
      }
    },
    searching(type: string, query: string): Search {
      const kept = [...all.values()].flatMap((known) => known.kept ?? []);
      const subjects = new Map([...all].map(([name, { resource }]) => [name, resource && subjectOf(resource)]));
      const open = new Set([...all].filter(([, known]) => unstable(known, Infinity)).map(([name]) => name));
      return { type, query, began: tick, kept, subjects, open };
    },
    /** The faults of the result of a search. */
    judge({ type, query, began, kept, subjects, open }: Search, names: readonly string[]): Faults {
      const right = new Set(found(parsed(type, query).query, kept));
      const given = new Set(names);
      const moved = (name: string | undefined): boolean =>
        name !== undefined && (open.has(name) || unstable(at(name), began));
      const judged = (name: string): boolean => !moved(name) && !moved(subjects.get(name));
      return {
        missing: [...right].filter((name) => judged(name) && !given.has(name)),
        surplus: [...given].filter((name) => judged(name) && !right.has(name)),
      };
    },
  };
}

export type Oracle = ReturnType<typeof createOracle>;

function subjectOf(resource: Resource): string | undefined {
  return (resource['subject'] as { reference: string } | undefined)?.reference;
}
