/** A result of one check of `dhp doctor`. */
import { render, type ArgumentsOfEach, type Message } from '@dhp/messages';

/** The checks, in the order of the output. */
export const checks = [
  'settings',
  'addresses',
  'proxy',
  'certificates',
  'data',
  'keys',
  'disk',
  'clock',
  'database',
  'version',
  'durability',
  'schema',
  'roles',
  'indexes',
  'bloat',
  'transactions',
  'connections',
  'shards',
  'replication',
  'archive',
  'backup',
  'files',
] as const;
export type Check = (typeof checks)[number];

/** `unknown`: the check could not be made; the cure says how it can. */
export type Level = 'well' | 'warning' | 'fault' | 'unknown';

export interface Finding {
  readonly check: Check;
  readonly level: Level;
  /** The server, database, file or address that it is about. */
  readonly about: string;
  /** Both in the language of the locale; empty if all is well. */
  readonly found: string;
  readonly cure: string;
}

export function well(check: Check, about = ''): Finding {
  return { check, level: 'well', about, found: '', cure: '' };
}

/** Both sentences of a problem, as the catalogue has them. */
export interface Problem<Found extends Message, Cure extends Message> {
  readonly found: Found;
  readonly cure: Cure;
}

type ValuesOf<One extends Message> = One extends (values: infer Values) => string ? Values : unknown;

/** @param values of both sentences */
export function finding<Found extends Message, Cure extends Message>(
  place: readonly [Check, Level, about: string],
  { found, cure }: Problem<Found, Cure>,
  values: ValuesOf<Found> & ValuesOf<Cure>,
): Finding {
  const [check, level, about] = place;
  return {
    ...{ check, level, about },
    found: render(found, values as ArgumentsOfEach<Found>),
    cure: render(cure, values as ArgumentsOfEach<Cure>),
  };
}

/** @returns the findings, or a finding that all is well if there are none */
export function orWell(check: Check, about: string, found: readonly Finding[]): readonly Finding[] {
  return found.length === 0 ? [well(check, about)] : found;
}
