/** Whether what a reference leads to, and is stored here, meets the profiles that are asked of it. */
import { payForParsing } from '../http/cost.ts';
import { LRUCache } from 'lru-cache';
import { inRounds, type Budget, type Source } from '@dhp/budget';
import type { Validator, ValidatorOptions } from '@dhp/fhir-validation';
import type { TargetReads } from '../contract/conformance.ts';
import { atMost } from '../http/at-most.ts';
import { Failure } from '../http/errors.ts';

/** Milliseconds for which a target that met a profile is taken to do so still: it was checked itself when it was written. */
const goodFor = 10_000;
/** Answers that are kept, and targets that are read at a time. */
const [mostKept, mostRead] = [20_000, 200];

/**
 * Runs something that may need targets, again when they have been read: it must not have done anything before it asks.
 * @param before those of the same request, whose answers hold for this as well
 */
export function withTargets<T>(
  { seen, before, budget }: { seen: TargetReads['seen']; before?: TargetReads | undefined; budget: Budget },
  run: (targets: TargetReads) => T | Promise<T>,
): T | Promise<T> {
  const loaded = before === undefined ? {} : { loaded: before.round.loaded };
  return inRounds((round) => run({ seen: before?.seen ?? seen, round }), { ...loaded, budget });
}

interface Target {
  readonly type: string;
  readonly id: string;
  readonly profile: string;
}

type Meets = NonNullable<ValidatorOptions['targets']>;

export interface ReferenceTargets {
  /** For one validation by a validator: whether a target meets a profile; undefined when that is still to be read, or not seen. */
  asking(reads: TargetReads, validator: Validator, budget: Budget): Meets;
}

/** @param ownBase absolute references below it lead to what is stored here, as relative ones do */
export function referenceTargets(ownBase: string): ReferenceTargets {
  /** Results by version and profile. */
  const answers = new LRUCache<string, boolean>(atMost(mostKept));
  /** Until when a target is taken to meet a profile without being read. */
  const met = new LRUCache<string, number>(atMost(mostKept));
  const stored = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

  /** Whether each target meets its profile; undefined if there is none, or the caller does not see it. */
  async function judged(
    targets: readonly Target[],
    seen: TargetReads['seen'],
    accepts: (content: Buffer, profile: string) => boolean,
  ): Promise<(boolean | undefined)[]> {
    const read = await Promise.all(targets.map(({ type, id }) => ifPermitted(seen.read(type, id))));
    return targets.map(({ type, id, profile }, n) => {
      const version = read[n];
      if (version === undefined || version.deleted) return undefined;
      const key = `${type}/${id}/${version.versionId} ${profile}`;
      let answer = answers.get(key);
      if (answer === undefined) answers.set(key, (answer = accepts(version.content, profile)));
      if (answer) met.set(`${type}/${id} ${profile}`, performance.now() + goodFor);
      return answer;
    });
  }

  return {
    asking({ seen, round }, validator, budget) {
      const source: Source<Target, boolean | undefined> = {
        name: 'targets of references',
        nameOf: ({ type, id, profile }) => `${type}/${id} ${profile}`,
        async load(targets) {
          const found: (boolean | undefined)[] = [];
          const accepts = (content: Buffer, profile: string): boolean => {
            payForParsing(budget, content);
            return validator.accepts(JSON.parse(content.toString()), profile, budget);
          };
          for (let from = 0; from < targets.length; from += mostRead)
            found.push(...(await judged(targets.slice(from, from + mostRead), seen, accepts)));
          return found;
        },
      };
      return (reference, profile) => {
        const local = reference.startsWith(`${ownBase}/`) ? reference.slice(ownBase.length + 1) : reference;
        const [, type, id] = stored.exec(local) ?? [];
        if (type === undefined || id === undefined) return undefined;
        if ((met.get(`${type}/${id} ${profile}`) ?? 0) > performance.now()) return true;
        return round.get(source, { type, id, profile }, undefined);
      };
    },
  };
}

/** Returns undefined for a resource that the caller may not read, as for one that does not exist. */
async function ifPermitted<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
