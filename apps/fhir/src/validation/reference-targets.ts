/** Whether what a reference leads to, and is stored here, meets the profiles that are asked of it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Budget } from '@dhp/budget';
import type { ResourceStore } from '@dhp/fhir-store';
import type { Validator } from '@dhp/fhir-validation';
import { Failure } from '../http/errors.ts';

/** Milliseconds for which a target that met a profile is taken to do so still: it was checked itself when it was written. */
const goodFor = 10_000;
/** Answers that are kept, and targets that are read before a resource is looked at once more. */
const [mostKept, mostTargets] = [20_000, 200];

/** What a request has read, and how. */
interface Reading {
  /** As the caller may read it: what a target is like must not be learnt from whether it meets a profile. */
  readonly seen: Pick<ResourceStore, 'read'>;
  /** Which version of a target is current; null where there is none, or the caller does not see it. */
  readonly versions: Map<string, number | null>;
}

const readNow = new AsyncLocalStorage<Reading>();

/** Targets have to be read before a resource can be judged: `withTargets` does it, and runs the question once more. */
export class TargetsNeeded extends Error {
  readonly read: () => Promise<void>;

  constructor(read: () => Promise<void>) {
    super('targets of references are still to be read');
    this.read = read;
  }
}

/**
 * Runs something that may need targets, again when they have been read: it must not have done anything before it asks.
 * @param seen the store as the caller may read it
 * @param anew as a request by itself, so that what the request read before it is read again
 */
export function withTargets<T>(
  seen: Pick<ResourceStore, 'read'>,
  run: () => T | Promise<T>,
  { anew = false } = {},
): T | Promise<T> {
  const again = (error: unknown): Promise<T> => {
    if (!(error instanceof TargetsNeeded)) throw error;
    return error.read().then(() => withTargets(seen, run));
  };
  const inRequest = (): T | Promise<T> => {
    try {
      const result = run();
      return result instanceof Promise ? result.catch(again) : result;
    } catch (error) {
      return again(error);
    }
  };
  return anew || readNow.getStore() === undefined ? readNow.run({ seen, versions: new Map() }, inRequest) : inRequest();
}

interface Target {
  readonly type: string;
  readonly id: string;
  readonly profile: string;
}

export interface ReferenceTargets {
  /** For the validator: whether the target meets a profile, as far as it has been read; undefined when that is not known. */
  meets(reference: string, profile: string): boolean | undefined;
  /** What was asked and not known since it was last called; undefined when all was. */
  needed(validator: Validator, budget: Budget): TargetsNeeded | undefined;
}

/** @param ownBase absolute references below it lead to what is stored here, as relative ones do */
export function referenceTargets(ownBase: string): ReferenceTargets {
  /** By version and profile; the oldest leave first. */
  const answers = new Map<string, boolean>();
  /** Until when a target is taken to meet a profile without being read. */
  const met = new Map<string, number>();
  let wanted = new Map<string, Target>();
  const stored = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/;

  function keep<T>(map: Map<string, T>, key: string, value: T): void {
    if (map.size >= mostKept) for (const oldest of [...map.keys()].slice(0, mostKept / 10)) map.delete(oldest);
    map.set(key, value);
  }

  async function readAll(targets: readonly Target[], validator: Validator, budget: Budget): Promise<void> {
    const reading = readNow.getStore();
    if (reading === undefined) throw new Error('targets are read within a request');
    const { seen, versions } = reading;
    const read = await Promise.all(targets.map(({ type, id }) => ifPermitted(seen.read(type, id))));
    for (const [n, { type, id, profile }] of targets.entries()) {
      const version = read[n];
      const place = `${type}/${id}`;
      if (version === undefined || version.deleted) {
        versions.set(place, null);
        continue;
      }
      const key = `${place}/${version.versionId} ${profile}`;
      let answer = answers.get(key);
      if (answer === undefined) {
        answer = validator.accepts(JSON.parse(version.content.toString()), profile, budget);
        keep(answers, key, answer);
      }
      versions.set(place, version.versionId);
      if (answer) keep(met, `${place} ${profile}`, performance.now() + goodFor);
    }
  }

  return {
    meets(reference, profile) {
      const local = reference.startsWith(`${ownBase}/`) ? reference.slice(ownBase.length + 1) : reference;
      const [, type, id] = stored.exec(local) ?? [];
      if (type === undefined || id === undefined) return undefined;
      const place = `${type}/${id}`;
      if ((met.get(`${place} ${profile}`) ?? 0) > performance.now()) return true;
      const version = readNow.getStore()?.versions.get(place);
      if (version === null) return undefined; // whether it must be there is another rule
      const answer = version === undefined ? undefined : answers.get(`${place}/${version} ${profile}`);
      if (answer === undefined && wanted.size < mostTargets) wanted.set(`${place} ${profile}`, { type, id, profile });
      return answer;
    },
    needed(validator, budget) {
      if (wanted.size === 0) return undefined;
      const targets = [...wanted.values()];
      wanted = new Map();
      return new TargetsNeeded(() => readAll(targets, validator, budget));
    },
  };
}

/** What the caller may not read at all is not known, as what is not there. */
async function ifPermitted<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
