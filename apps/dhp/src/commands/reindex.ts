/**
 * `dhp reindex`: completes the search index without serving, for databases filled before the index or a custom search parameter existed.
 * It is a job. docs/jobs.md
 */
import type { FhirStore } from '@dhp/fhir-store';
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext, openMigrated, type Context } from '../context.ts';
import { environmentOf, environmentOption, type EnvironmentName } from '../environment.ts';
import { gapsSentence, nextSentence, remaining } from '../indexing.ts';
import { followed, unfinished, warnOfFailures } from '../jobs/follow.ts';
import type { ReindexOutcome } from '../jobs/reindex.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { print } from '../output.ts';
import { progressOn, silent } from '../progress.ts';
import { stopSignal } from '../stop-signal.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';

const said = (): OperationMessages['index'] => operationMessages[spokenLanguage()].index;

export const reindexCommand: Command = {
  name: 'reindex',
  summary: 'Complete the search index, after an upgrade or for new search parameters',
  options: {
    environment: environmentOption,
    'give-up': {
      type: 'boolean',
      help: 'give up the definition that is built beside the one that is searched; end its servers before',
    },
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  examples: ['dhp reindex --environment production'],
  run: async (values) => {
    const environment = environmentOf(values);
    const asJson = values['json'] === true;
    const context = openContext(asJson ? silent : progressOn(process.stderr));
    const signal = stopSignal();
    const { withIndexedStore } = await import('../jobs/reindex.ts');
    const databases = await openCommandDatabases(context);
    try {
      const url = await openMigrated(databases, environment, context);
      return await withIndexedStore(context, environment, url, (store) =>
        values['give-up'] === true
          ? giveUp(context, store, asJson)
          : reindex(context, store, { environment, asJson, signal }),
      );
    } finally {
      await databases.close();
    }
  },
};

async function giveUp(context: Context, store: FhirStore, asJson: boolean): Promise<number> {
  const { cancelIndexJob } = await import('../jobs/reindex.ts');
  await cancelIndexJob(store.jobs);
  await store.reindex({ giveUp: true });
  if (!asJson) context.progress.say(said().givenUp);
  return 0;
}

/** Asks for the job, unless it is under way, and takes part in it. */
async function reindex(
  context: Context,
  store: FhirStore,
  o: { readonly environment: EnvironmentName; readonly asJson: boolean; readonly signal: AbortSignal },
): Promise<number> {
  const { environment, asJson, signal } = o;
  const { takePart } = await import('@dhp/fhir/jobs');
  const { askForIndex, reindexing, runReindex } = await import('../jobs/reindex.ts');
  const { givenUp } = await import('../jobs/workers.ts');
  const { progress } = context;
  const id = await askForIndex(store.jobs);
  const job = takePart<ReindexOutcome>(
    store.jobs,
    { kind: reindexing, id },
    { run: (running) => runReindex(store, running), givenUp, onError: warnOfFailures(context, environment) },
  );
  const ended = await followed(progress, job, {
    ...{ title: said().step, signal, left: remaining() },
    note: (outcome) => (outcome.status === 200 ? said().resources({ resources: grouped(outcome.indexed) }) : undefined),
  });
  if (ended.kind !== 'ended') return unfinished(progress, { id, asJson }, ended);
  const { outcome } = ended;
  if (outcome.status !== 200) {
    const gaveUp = operationMessages[spokenLanguage()].jobs.gaveUp({ job: id });
    process.stderr.write(`${outcome.status === 409 ? outcome.reason : gaveUp}\n`);
    return 1;
  }
  const state = await store.indexState();
  const complete = state.complete && (await store.searchParameters()).unready === 0;
  const gaps = gapsSentence(state);
  if (asJson) {
    const { version, next } = state;
    const { indexed } = outcome;
    print({
      ...{ environment, job_id: id, indexed, complete, version },
      ...(next && { next }),
      ...(gaps !== undefined && { gaps: state.gaps }),
    });
  } else if (!complete) progress.say(said().interrupted);
  else progress.say(gaps ?? nextSentence(state) ?? said().complete);
  return complete && gaps === undefined ? 0 : 1;
}
