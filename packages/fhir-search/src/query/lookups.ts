import { inRounds, type Budget, type Round, type Source } from '@dhp/budget';
import type { Collections, Hierarchies, ParseOptions, Terminology } from './parse-options.ts';

/** Asynchronous services that some searches need. Each answers as its namesake of `ParseOptions`, but that of collections for many at once. */
export interface LookupServices {
  readonly terminology?: Eventually<Terminology> | undefined;
  readonly collections?: { members(asked: readonly CollectionKey[]): Promise<readonly Members[]> } | undefined;
  readonly hierarchies?: Eventually<Hierarchies> | undefined;
}

type Eventually<Service> = {
  readonly [Name in keyof Service]: Service[Name] extends (...parts: infer Parts) => infer Answer
    ? (...parts: Parts) => Promise<Answer>
    : never;
};

export type CollectionKey = Parameters<Collections['members']>;
type Members = ReturnType<Collections['members']>;

type Found = Pick<ParseOptions, 'terminology' | 'collections' | 'hierarchies'>;

/**
 * Parses, looks up what the parser needs, and parses again with the results: parsing itself remains a pure function. A search without
 * look-ups is parsed once. Rejects with the error of `parse`, or of a service.
 * @param budget the limit of the cost of parsing and looking up
 * @example
 * const options = { timeZone: 'Asia/Tashkent', now: new Date(), ownBases: [], lenient: false };
 * const parsed = await withLookups({}, (found) => parseSearch({ type: 'Patient' }, [['_count', '20']], { ...options, ...found }));
 * parsed.result.count; // 20
 */
export async function withLookups<Result>(
  services: LookupServices,
  parse: (found: Found) => Result,
  budget?: Budget,
): Promise<Result> {
  return inRounds((round) => parse(known(services, round)), { budget });
}

/** The services for parsing: missing answers are empty for now. Few searches use any. */
function known(services: LookupServices, round: Round): Found {
  return {
    get terminology(): Terminology | undefined {
      const { terminology } = services;
      return (
        terminology && {
          members: asked('members of value sets', (...key) => terminology.members(...key), round, []),
          descendants: asked('descendants of codes', (...key) => terminology.descendants(...key), round, []),
          ancestors: asked('ancestors of codes', (...key) => terminology.ancestors(...key), round, []),
        }
      );
    },
    get collections(): Collections | undefined {
      const { collections } = services;
      return (
        collections && {
          members: askedTogether('members of collections', (keys) => collections.members(keys), round, []),
        }
      );
    },
    get hierarchies(): Hierarchies | undefined {
      const { hierarchies } = services;
      return hierarchies && { related: asked('hierarchies', (...key) => hierarchies.related(...key), round, []) };
    },
  };
}

/** A function of a service as one round has it. */
function asked<Key extends readonly string[], Answer>(
  name: string,
  look: (...key: Key) => Promise<Answer>,
  round: Round,
  meanwhile: Answer,
): (...key: Key) => Answer {
  return askedTogether<Key, Answer>(name, (keys) => Promise.all(keys.map((key) => look(...key))), round, meanwhile);
}

/** The same for a service that answers all that a round asks for at once. */
function askedTogether<Key extends readonly string[], Answer>(
  name: string,
  load: (keys: readonly Key[]) => Promise<readonly Answer[]>,
  round: Round,
  meanwhile: Answer,
): (...key: Key) => Answer {
  // Few searches ask for any.
  const source = (): Source<Key, Answer> => ({ name, nameOf: (key) => JSON.stringify(key), load });
  return (...key) => round.get(source(), key, meanwhile);
}
