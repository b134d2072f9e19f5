/**
 * `dhp reindex`: completes the search index without serving, for databases filled before the index or a custom search parameter existed.
 */
import { publicUrls } from '../addresses.ts';
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext, openMigrated } from '../context.ts';
import { environmentOf, environmentOption } from '../environment.ts';
import { gapsSentence, index, indexWorkOf, nextSentence } from '../indexing.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import { progressOn, silent } from '../progress.ts';

/** Ends the work at the first SIGINT or SIGTERM; the next run continues from there. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  return stop.signal;
}

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
    const progress = values['json'] ? silent : progressOn(process.stderr);
    const context = openContext(progress);
    const signal = stopSignal();
    const said = operationMessages[spokenLanguage()].index;
    const databases = await openCommandDatabases(context);
    try {
      const url = await openMigrated(databases, environment, context);
      const baseUrl = publicUrls(context.settings, context.data.ports())[environment];
      const timeZone = context.settings.DHP_TIME_ZONE ?? 'Asia/Tashkent';
      const { openStore } = await import('@dhp/fhir-store');
      const store = await openStore({
        ...{ url, timeZone, indexWork: indexWorkOf(context.settings) },
        ownBases: baseUrl === undefined ? [] : [baseUrl],
      });
      try {
        if (values['give-up'] === true) {
          await store.reindex({ giveUp: true });
          if (values['json'] !== true) progress.say(said.givenUp);
          return 0;
        }
        await store.registerSearchParameters();
        const indexed = await index(store, progress, { signal });
        const state = await store.indexState();
        const complete = state.complete && (await store.searchParameters()).unready === 0;
        const gaps = gapsSentence(state);
        if (values['json']) {
          const { version, next } = state;
          process.stdout.write(
            `${JSON.stringify({ environment, indexed, complete, version, ...(next && { next }), ...(gaps !== undefined && { gaps: state.gaps }) })}\n`,
          );
        } else if (!complete) progress.say(said.interrupted);
        else progress.say(gaps ?? nextSentence(state) ?? said.complete);
        return complete && gaps === undefined ? 0 : 1;
      } finally {
        await store.close();
      }
    } finally {
      await databases.close();
    }
  },
};
