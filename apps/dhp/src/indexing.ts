/**
 * The search index of an environment that has none yet, or that of an earlier version of this program, or that lacks a new custom search
 * parameter.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { ChangeFeed, ResourceStore, StoreAdmin } from '@dhp/fhir-store';
import { grouped, spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { Progress, ProgressStep } from './progress.ts';

/** The ports by which an index is made complete. */
type Indexing = Pick<ChangeFeed, 'follow'> &
  Pick<ResourceStore, 'searchParameters'> &
  Pick<StoreAdmin, 'indexState' | 'registerSearchParameters' | 'reindex'>;

type IndexState = Awaited<ReturnType<StoreAdmin['indexState']>>;

/** Share of the time in which a serving process indexes: the rest is for requests. */
const backgroundShare = 0.5;

/** Milliseconds between two checks of whether the index is complete: somebody may have emptied it, or a server that built it is gone. */
const lookEvery = 10_000;

/**
 * Completes the index while the process serves, together with all other servers, at the start and whenever it becomes incomplete; until
 * then, searches answer that they are not ready. Failures are retried.
 * @returns a function that stops it and waits for its end
 */
export function indexInBackground(store: Indexing, progress: Progress, every = lookEvery): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const looked = Promise.withResolvers<undefined>();
  let last: string | undefined;
  const failed = (error: unknown): void => {
    const { message } = error as Error;
    if (signal.aborted || message === last) return;
    last = message;
    progress.say(operationMessages[spokenLanguage()].index.failed({ reason: message }));
  };
  let lastGaps: string | undefined;
  const gapsFound = (state: IndexState): void => {
    const sentence = gapsSentence(state);
    if (sentence !== undefined && sentence !== lastGaps) progress.say(sentence);
    lastGaps = sentence;
  };
  const looking = async (): Promise<void> => {
    while (!signal.aborted) {
      await inBackground(store, progress, signal, gapsFound).then(() => (last = undefined), failed);
      looked.resolve(undefined);
      await delay(every, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };
  const done = looking();
  const following = followParameters(store, progress, { signal, after: looked.promise, failed });
  return async () => {
    stop.abort();
    await Promise.all([done, following.stop()]);
  };
}

/**
 * Follows each change of a SearchParameter that any server has stored: this server learns it, and indexes earlier resources by it, together
 * with all others.
 */
function followParameters(
  store: Indexing,
  progress: Progress,
  o: { signal: AbortSignal; after: Promise<unknown>; failed: (error: unknown) => void },
): ReturnType<ChangeFeed['follow']> {
  const apply = async (): Promise<void> => {
    await store.registerSearchParameters();
    await o.after;
    if ((await store.searchParameters()).unready === 0 || o.signal.aborted) return;
    progress.say(operationMessages[spokenLanguage()].index.newParameters);
    await index(store, progress, { signal: o.signal, share: backgroundShare });
  };
  return store.follow(['SearchParameter'], apply, { onError: o.failed });
}

/**
 * @returns the limit of work for one resource while indexing again, in units: ten times that of a write, since no request waits for it and
 * a stored resource must be found
 */
export function indexWorkOf({
  DHP_RESOURCE_WORK = 2_000_000,
}: {
  readonly DHP_RESOURCE_WORK?: number | undefined;
}): number {
  return 10 * DHP_RESOURCE_WORK;
}

/** Returns a sentence about resources whose values of some parameters are not indexed, with advice; undefined if all are indexed. */
export function gapsSentence({ gaps }: Pick<IndexState, 'gaps'>): string | undefined {
  if (gaps === undefined || gaps.resources === 0) return undefined;
  const listed = (pairs: readonly (readonly [string, number])[]): string =>
    pairs.map(([name, count]) => `${name} ${grouped(count)}`).join(', ');
  return operationMessages[spokenLanguage()].index.gaps({
    resources: grouped(gaps.resources),
    types: listed(gaps.types),
    parameters: listed(gaps.parameters),
  });
}

/** A sentence about both definitions, if one is built beside the one that is searched; undefined if none is. */
export function nextSentence({ version, next }: Pick<IndexState, 'version' | 'next'>): string | undefined {
  if (next === undefined) return undefined;
  const said = operationMessages[spokenLanguage()].index;
  return said.next({ version, next: next.version, count: next.waitsFor });
}

async function inBackground(
  store: Indexing,
  progress: Progress,
  signal: AbortSignal,
  gapsFound: (state: IndexState) => void,
): Promise<void> {
  const state = await store.indexState().catch(() => undefined); // without a database there is nothing to do
  if (state === undefined) return;
  const said = operationMessages[spokenLanguage()].index;
  if (state.complete) {
    const begins = state.next?.own === true && state.next.stage !== 'filled';
    if (begins) {
      progress.say(said.nextBegins);
      await index(store, progress, { signal, share: backgroundShare });
    }
    // The limit may have been raised; the servers that the next definition waited for may have ended.
    else if (state.gaps !== undefined || state.next?.own === true) {
      await store.reindex({ signal, share: backgroundShare });
    }
    if (state.gaps !== undefined) gapsFound(await store.indexState());
    return;
  }
  progress.say(said.begins);
  await index(store, progress, { signal, share: backgroundShare });
  gapsFound(await store.indexState());
}

/**
 * Completes the index together with all servers that do the same, and shows the progress and the remaining time.
 * @returns how many resources this process has indexed
 */
export async function index(
  store: Indexing,
  progress: Progress,
  options: { signal?: AbortSignal; share?: number } = {},
): Promise<number> {
  const said = operationMessages[spokenLanguage()].index;
  let step: ProgressStep | undefined;
  const left = remaining();
  const indexed = await store.reindex({
    ...options,
    onProgress: (state) => (step ??= progress.step(said.step)).update(state.done, state.total, left(state)),
  });
  if (options.signal?.aborted !== true) step?.done(said.resources({ resources: grouped(indexed) }));
  return indexed;
}

/** Estimates the remaining time, from the progress since the first call. */
export function remaining(
  now = () => performance.now(),
): (state: Pick<IndexState, 'done' | 'total'>) => string | undefined {
  let first: { at: number; done: number } | undefined;
  return ({ done, total }) => {
    first ??= { at: now(), done };
    const gone = done - first.done;
    if (gone <= 0) return undefined;
    const seconds = ((now() - first.at) / gone) * ((total - done) / 1000);
    const { secondsLeft, minutesLeft } = operationMessages[spokenLanguage()].index;
    return seconds < 90 ? secondsLeft({ count: Math.ceil(seconds) }) : minutesLeft({ count: Math.ceil(seconds / 60) });
  };
}
