/** The state of a FHIR store and of its subscriptions, as its process asks for it when the metrics are read. */
import { setTimeout as delay } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';
import type { FhirStore, StoreAdmin } from '@dhp/fhir-store';
import type { SubscriptionFigures } from '@dhp/fhir-store/subscriptions';

/** Milliseconds for an answer: without one these gauges are absent, and all others are reported. */
const patience = 1_000;

type Jobs = Awaited<ReturnType<FhirStore['jobs']['figures']>>;
type State = Awaited<ReturnType<StoreAdmin['indexState']>>;

const gauges: readonly (readonly [string, string, (state: State) => number])[] = [
  ['dhp_index_complete', 'Whether searches find everything.', ({ complete }) => Number(complete)],
  [
    'dhp_index_progress_ratio',
    'Share of the resources whose index values are made, in numbers of rows.',
    ({ complete, done, total }) => (complete || total === 0 ? 1 : done / total),
  ],
  [
    'dhp_index_gap_resources',
    'Resources some of whose values are not indexed.',
    ({ gaps }) => (gaps === undefined ? 0 : gaps.resources),
  ],
];

/** Of the subscriptions of the environment. */
const ofSubscriptions: readonly (readonly [string, string, (figures: SubscriptionFigures) => number])[] = [
  ['dhp_subscriptions', 'Subscriptions whose events are numbered.', ({ live }) => live],
  ['dhp_subscriptions_in_error', 'Those of them in error.', ({ failed }) => failed],
  [
    'dhp_subscription_lanes_behind',
    'Receivers of rest-hook with events that they have not taken.',
    ({ behind }) => behind,
  ],
  ['dhp_subscription_lanes_failing', 'Receivers whose last delivery failed.', ({ failing }) => failing],
  [
    'dhp_subscription_oldest_undelivered_seconds',
    'Age of the oldest event that such a receiver has not taken; 0 where there is none.',
    ({ oldest }) => oldest,
  ],
  ['dhp_subscription_reader_up', 'Whether a process reads the changes for them.', ({ isRead }) => Number(isRead)],
];

/** Of the jobs of the environment. */
const ofJobs: readonly (readonly [string, string, (figures: Jobs) => number])[] = [
  ['dhp_jobs_waiting', 'Jobs whose time has come and that nobody has begun.', ({ waiting }) => waiting],
  ['dhp_jobs_running', 'Jobs that are being done.', ({ running }) => running],
  [
    'dhp_jobs_oldest_waiting_seconds',
    'Seconds for which the oldest job could have been begun; 0 where none waits.',
    ({ oldest }) => oldest,
  ],
];

/** Of the trail of requests of the environment. */
const ofTrail: readonly (readonly [string, string, (seconds: number) => number])[] = [
  [
    'dhp_trail_uncovered_seconds',
    'Age of the oldest record of the trail that no signed head covers; 0 where there is none.',
    (seconds) => seconds,
  ],
];

type Replicas = NonNullable<FhirStore['replicas']>;
type ReplicaState = ReturnType<Replicas['states']>[number];

/** Of the replicas that this process reads, named by the label. An unused replica has no staleness. */
const ofReplicas: readonly (readonly [string, string, (state: ReplicaState) => number | undefined])[] = [
  ['dhp_replica_up', 'Whether the replica is read.', ({ staleness }) => Number(staleness !== undefined)],
  [
    'dhp_replica_staleness_seconds',
    'Seconds by which an answer of the replica may be older than one of the primary; absent while it is not read.',
    ({ staleness }) => (staleness === undefined ? undefined : staleness / 1000),
  ],
  [
    'dhp_replica_answers',
    'Reads and searches that the replica has answered since the start.',
    ({ answered }) => answered,
  ],
];

function measureReplicas(registry: Registry, replicas: Replicas): void {
  const ask = (at: number) => (): Promise<ReplicaState> => Promise.resolve(replicas.states()[at]!);
  measure(
    registry,
    ofReplicas,
    replicas.states().map(({ name }, at) => [name, ask(at)]),
  );
  const passed: readonly (readonly [string, string, (count: number) => number])[] = [
    [
      'dhp_replica_passed_on',
      'Reads and searches that might have come from a replica, and that the primary has answered since the start.',
      (count) => count,
    ],
  ];
  measure(registry, passed, [[undefined, () => Promise.resolve(replicas.passedOn)]]);
}

type Stream = NonNullable<Awaited<ReturnType<FhirStore['streams']['figures']>>>;

/** Of the streams of other systems to which changes are passed on; the label says to which. */
const ofStreams: readonly (readonly [string, string, (figures: Stream) => number])[] = [
  ['dhp_stream_up', 'Whether a process passes changes on.', ({ isHeld }) => Number(isHeld)],
  ['dhp_stream_published', 'Changes that the stream has taken since it was begun.', ({ published }) => published],
  [
    'dhp_stream_lag_seconds',
    'Age of the oldest change that the stream has not taken; 0 where there is none.',
    ({ oldest }) => oldest,
  ],
  ['dhp_stream_failing_seconds', 'Seconds since the stream takes nothing; 0 where it does.', ({ failing }) => failing],
];

/** @param names of the rows of streams, by the system that a stream is of */
export function measureStreams(
  registry: Registry,
  { streams }: Pick<FhirStore, 'streams'>,
  names: ReadonlyMap<string, string>,
): void {
  if (names.size === 0) return;
  // Before any process has held it there is no row, and the process that should is not up.
  const ask = (name: string) => async (): Promise<Stream> => (await streams.figures(name)) ?? notHeld;
  measure(
    registry,
    ofStreams,
    [...names].map(([to, name]) => [to, ask(name)]),
  );
}

const notHeld: Stream = { isHeld: false, published: 0, oldest: 0, failing: 0 };

interface WatchedStore extends Pick<StoreAdmin, 'indexState'> {
  readonly subscriptions: Pick<FhirStore['subscriptions'], 'figures'>;
  readonly jobs: Pick<FhirStore['jobs'], 'figures'>;
  readonly trail: Pick<FhirStore['trail'], 'uncoveredSeconds'>;
  readonly replicas: FhirStore['replicas'];
}

export function measureStore(registry: Registry, store: WatchedStore): void {
  measure(registry, gauges, [[undefined, () => store.indexState()]]);
  measure(registry, ofSubscriptions, [[undefined, () => store.subscriptions.figures()]]);
  measure(registry, ofJobs, [[undefined, () => store.jobs.figures()]]);
  measure(registry, ofTrail, [[undefined, () => store.trail.uncoveredSeconds()]]);
  if (store.replicas !== undefined) measureReplicas(registry, store.replicas);
}

type Ask<State> = () => Promise<State>;

/**
 * One query for all gauges of a table, or several.
 * @param questions with the label `to` for their subject, if there are several
 */
function measure<State>(
  registry: Registry,
  table: readonly (readonly [string, string, (state: State) => number | undefined])[],
  questions: readonly (readonly [to: string | undefined, ask: Ask<State>])[],
): void {
  const states = questions.map(([to, ask]) => [to === undefined ? {} : { to }, sharedAnswer(ask)] as const);
  for (const [name, help, valueOf] of table)
    new Gauge({
      // Without label names, a gauge shows 0 after a reset although the value is unknown.
      ...{ name, help, registers: [registry], labelNames: ['to'] },
      async collect() {
        const known = await Promise.all(states.map(async ([labels, state]) => [labels, await state()] as const));
        this.reset();
        for (const [labels, state] of known) {
          const value = state === undefined ? undefined : valueOf(state);
          if (value !== undefined) this.set(labels, value);
        }
      },
    });
}

/** @returns a function that queries once for all concurrent callers; undefined if there is no answer in time */
function sharedAnswer<State>(ask: Ask<State>): () => Promise<State | undefined> {
  let current: Promise<State | undefined> | undefined;
  return () => {
    current ??= Promise.race([ask(), delay(patience, undefined, { ref: false })])
      .catch(() => undefined)
      .finally(() => (current = undefined));
    return current;
  };
}
