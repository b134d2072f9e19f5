/** Checks whether stored targets of references meet the required profiles. */
import { payForParsing } from '../http/cost.ts';
import { LRUCache } from 'lru-cache';
import { inRounds, type Budget, type Source } from '@dhp/budget';
import type { Validator, ValidatorOptions } from '@dhp/fhir-validation';
import type { TargetReads } from '../contract/conformance.ts';
import { atMost } from '../http/at-most.ts';
import { Failure } from '../http/errors.ts';

/** Milliseconds for which a target that met a profile is assumed to meet it still: writes of the target are checked themselves. */
const goodFor = 10_000;
/** Maximum number of cached answers, and of targets read at a time. */
const [mostKept, mostRead] = [20_000, 200];

/**
 * Runs a function that may need targets, and runs it again after they were read: it must have no effects before it requests them.
 * @param before the reads of the same request, whose answers are reused
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
  /** For one validation by a validator: returns whether a target meets a profile; undefined if it has yet to be read or is not visible. */
  asking(reads: TargetReads, validator: Validator, budget: Budget): Meets;
}

/** @param ownBase absolute references below it lead to stored resources, like relative ones */
export function referenceTargets(ownBase: string): ReferenceTargets {
  /** Results by version and profile. */
  const answers = new LRUCache<string, boolean>(atMost(mostKept));
  /** Time until which a target is assumed to meet a profile without being read. */
  const met = new LRUCache<string, number>(atMost(mostKept));
  const stored = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

  /** Whether each target meets its profile; undefined for a target that does not exist or that the caller cannot see. */
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
