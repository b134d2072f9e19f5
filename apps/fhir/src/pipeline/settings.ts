import type { RecordSink } from '../contract/record.ts';
import type { Recorder } from '../contract/recording.ts';
import type { RequestLogger } from '../contract/request-logger.ts';
import type { WeightedSemaphore } from '../http/turns.ts';
import type { Interaction, Services } from '../contract/interaction.ts';
import type { Matcher } from './matcher.ts';
import type { Misses } from './misses.ts';

/** Everything that the steps use, the same for all requests. */
export interface PipelineSettings {
  readonly matcher: Matcher<Interaction>;
  readonly forEntries: {
    /** Of the routes that an entry of a Bundle can address. */
    readonly matcher: Matcher<Interaction>;
    /** Method and path of the others. */
    readonly barred: ReadonlySet<string>;
  };
  readonly misses: Misses;
  /** Undefined if no records are wanted. */
  readonly sink: RecordSink | undefined;
  /** Whether it accepts records now; undefined: always. */
  readonly takesRecords?: (() => boolean) | undefined;
  /** Undefined if no log is kept for the developers of applications. */
  readonly log: RequestLogger | undefined;
  /** Undefined if no trail of requests is kept. */
  readonly recorder: Recorder | undefined;
  readonly clock: () => Date;
  /** The types that have an endpoint. */
  readonly types: ReadonlySet<string>;
  /** Services without a caller, for public routes. */
  readonly services: Services;
  /** Only a few large bodies are processed at a time: the parsed form takes many times their size. */
  readonly largeWork: WeightedSemaphore;
}
