/** The stream of an environment, where DHP_NATS_URL names one. docs/operations/install.md */
import { resourceTypes } from '@dhp/fhir-model';
import type { FhirStore } from '@dhp/fhir-store';
import type { Context } from '../context.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';

/** Name of the row of the stream, and the beginning of its subjects. */
export function streamOf(environment: string): string {
  return `dhp.${environment}`;
}

/** @returns what ends it; undefined where changes are passed on to nobody, or in another process */
export async function passChangesOn(
  store: FhirStore,
  { settings, warn }: Pick<Context, 'settings' | 'warn'>,
  { environment, isForJobs }: { readonly environment: string; readonly isForJobs: boolean },
): Promise<(() => Promise<void>) | undefined> {
  const { DHP_NATS_URL: servers, DHP_JOBS: jobs = 'on' } = settings;
  // Where there is a process for jobs it is that one's; else any of them has it.
  if (servers === undefined || (jobs === 'process' && !isForJobs) || jobs === 'take') return undefined;
  const [{ publishChanges }, { openNats }] = await Promise.all([import('./publisher.ts'), import('./nats.ts')]);
  const { DHP_NATS_STREAM: stream = 'DHP', DHP_NATS_FROM: from = 'now' } = settings;
  const said = operationMessages[spokenLanguage()].stream;
  const name = streamOf(environment);
  return publishChanges({
    ...{ store, name, from, types: resourceTypes },
    open: () =>
      openNats({
        ...{ servers, stream, prefix: name },
        credentials: settings.DHP_NATS_CREDENTIALS,
        authorities: settings.DHP_NATS_CA,
        certificate: settings.DHP_NATS_CERTIFICATE,
        key: settings.DHP_NATS_KEY,
      }),
    told: (what, reason = '') => {
      warn(said[what]({ environment, reason }));
    },
  });
}
