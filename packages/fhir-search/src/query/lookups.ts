import type { AskedCode, Collections, Hierarchies, ParseOptions, ResourceName, Terminology } from './parse-options.ts';

/** What has to be looked up for some searches, by services that take their time. Each answers as its namesake of `ParseOptions`. */
export interface LookupServices {
  readonly terminology?: Eventually<Terminology>;
  readonly collections?: Eventually<Collections>;
  readonly hierarchies?: Eventually<Hierarchies>;
}

type Eventually<Service> = {
  readonly [Name in keyof Service]: Service[Name] extends (...parts: infer Parts) => infer Answer
    ? (...parts: Parts) => Promise<Answer>
    : never;
};

type Answer = readonly AskedCode[] | readonly ResourceName[] | readonly string[] | undefined;

/**
 * Parses, looks up what that has asked for, and parses again with the answers: parsing itself stays a pure function. A search
 * that asks for nothing is parsed once. Rejects with what `parse` throws, or a service.
 */
export async function withLookups<Result>(
  services: LookupServices,
  parse: (found: Pick<ParseOptions, 'terminology' | 'collections' | 'hierarchies'>) => Result,
): Promise<Result> {
  const answers = new Map<string, Answer>();
  for (;;) {
    const asked = new Map<string, () => Promise<Answer>>();
    const answer = (kind: string, parts: readonly string[], ask: () => Promise<Answer>): Answer => {
      const key = JSON.stringify([kind, ...parts]);
      if (answers.has(key)) return answers.get(key);
      asked.set(key, ask);
      return [];
    };
    let outcome: { readonly result: Result } | { readonly error: unknown };
    try {
      outcome = { result: parse(known(services, answer)) };
    } catch (error) {
      outcome = { error };
    }
    if (asked.size === 0) {
      if ('error' in outcome) throw outcome.error;
      return outcome.result;
    }
    await Promise.all([...asked].map(async ([key, ask]) => answers.set(key, await ask())));
  }
}

type Ask = (kind: string, parts: readonly string[], ask: () => Promise<Answer>) => Answer;

/** The services as parsing sees them: what is not answered yet is empty for now. */
function known(
  { terminology, collections, hierarchies }: LookupServices,
  answer: Ask,
): Pick<ParseOptions, 'terminology' | 'collections' | 'hierarchies'> {
  return {
    ...(terminology && {
      terminology: {
        members: (url) => answer('members', [url], () => terminology.members(url)) as readonly AskedCode[] | undefined,
        descendants: (system, code) =>
          answer('descendants', [system, code], () => terminology.descendants(system, code)) as
            readonly AskedCode[] | undefined,
        ancestors: (system, code) =>
          answer('ancestors', [system, code], () => terminology.ancestors(system, code)) as
            readonly AskedCode[] | undefined,
      },
    }),
    ...(collections && {
      collections: {
        members: (type, id) =>
          (answer('collection', [type, id], () => collections.members(type, id)) ?? []) as readonly ResourceName[],
      },
    }),
    ...(hierarchies && {
      hierarchies: {
        related: (direction, type, parameter, id) =>
          (answer('related', [direction, type, parameter, id], () =>
            hierarchies.related(direction, type, parameter, id),
          ) ?? []) as readonly string[],
      },
    }),
  };
}
