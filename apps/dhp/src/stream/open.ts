/** The streams of an environment, if DHP_NATS_URL and DHP_KAFKA_URL name any. docs/operations/install.md */
import { resourceTypes } from '@dhp/fhir-model';
import type { FhirStore } from '@dhp/fhir-store';
import { render } from '@dhp/messages';
import type { Context } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import type { PublisherMeans } from './publisher.ts';

type Settings = Context['settings'];

/** To which systems changes are passed on, and the row of each in the database. */
export function streamsOf(settings: Settings, environment: string): ReadonlyMap<'NATS' | 'Kafka', string> {
  return new Map([
    ...(settings.DHP_NATS_URL === undefined ? [] : [['NATS', `dhp.${environment}`] as const]),
    ...(settings.DHP_KAFKA_URL === undefined ? [] : [['Kafka', `kafka.${environment}`] as const]),
  ]);
}

/** A stream as settings name it. */
interface Named extends Pick<PublisherMeans, 'open' | 'from'> {
  /** Why it failed, with a remedy if there is one. */
  readonly explain: (error: unknown) => string;
}

/** @returns a function that stops it; undefined if changes are not passed on, or by another process */
export async function passChangesOn(
  store: FhirStore,
  { settings, warn }: Pick<Context, 'settings' | 'warn'>,
  { environment, isForJobs }: { readonly environment: string; readonly isForJobs: boolean },
): Promise<(() => Promise<void>) | undefined> {
  const { DHP_JOBS: jobs = 'on' } = settings;
  const streams = streamsOf(settings, environment);
  // A process for jobs, if there is one, does it; otherwise any process.
  if (streams.size === 0 || (jobs === 'process' && !isForJobs) || jobs === 'take') return undefined;
  const { publishChanges } = await import('./publisher.ts');
  const said = operationMessages[spokenLanguage()].stream;
  const ends: (() => Promise<void>)[] = [];
  for (const [to, name] of streams) {
    const { explain, ...opening } = to === 'NATS' ? await natsOf(settings, name) : await kafkaOf(settings, environment);
    ends.push(
      publishChanges({
        ...{ store, name, types: resourceTypes },
        ...opening,
        told: (what, error) => {
          warn(
            what === 'reset' ? said.reset({ environment }) : said.failed({ environment, to, reason: explain(error) }),
          );
        },
      }),
    );
  }
  return async () => {
    await Promise.all(ends.map((end) => end()));
  };
}

async function natsOf(settings: Settings, prefix: string): Promise<Named> {
  const { openNats } = await import('./nats.ts');
  const { DHP_NATS_URL: servers = [], DHP_NATS_STREAM: stream = 'DHP', DHP_NATS_FROM: from = 'now' } = settings;
  const open = (): ReturnType<typeof openNats> =>
    openNats({
      ...{ servers, stream, prefix },
      credentials: settings.DHP_NATS_CREDENTIALS,
      authorities: settings.DHP_NATS_CA,
      certificate: settings.DHP_NATS_CERTIFICATE,
      key: settings.DHP_NATS_KEY,
    });
  return { open, from, explain: messageOf };
}

async function kafkaOf(settings: Settings, environment: string): Promise<Named> {
  const [{ openKafka }, { KafkaFault }] = await Promise.all([import('./kafka.ts'), import('./kafka-fault.ts')]);
  const {
    DHP_KAFKA_URL: brokers = [],
    DHP_KAFKA_SASL: mechanism = 'SCRAM-SHA-512',
    DHP_KAFKA_FROM: from = 'now',
  } = settings;
  const topic = `${settings.DHP_KAFKA_TOPIC ?? 'dhp'}.${environment}`;
  const open = (): ReturnType<typeof openKafka> =>
    openKafka({
      ...{ brokers, mechanism, topic },
      authorities: settings.DHP_KAFKA_CA,
      certificate: settings.DHP_KAFKA_CERTIFICATE,
      key: settings.DHP_KAFKA_KEY,
    });
  const explain = (error: unknown): string => {
    const { kafka } = operationMessages[spokenLanguage()].stream;
    if (!(error instanceof KafkaFault) || error.kind === 'other') return messageOf(error);
    return render(kafka[error.kind], { topic, detail: error.message });
  };
  return { open, from, explain };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
