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
 * Parses, looks up what that has asked for, and parses again with the answers: parsing itself stays a pure function. A search
 * that asks for nothing is parsed once. Rejects with what `parse` throws, or a service.
 * @param budget what parsing and looking up may cost
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

/** The services as parsing sees them: what is not answered yet is empty for now. Few searches ask for any. */
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
