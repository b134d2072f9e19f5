/** A process that takes jobs and never ends one, until it is killed. It prints the number of each stored part. */
import { openStore } from '@dhp/fhir-store';
import { openWorker } from '../../src/jobs/worker.ts';
import { fast } from './pace.ts';

const [url = ''] = process.argv.slice(2);
const store = await openStore({ url, timeZone: 'Asia/Tashkent' });
// Runs until it is killed.
setInterval(() => undefined, 1_000);
const say = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`);
};
openWorker({
  ...{ store: store.jobs, minutes: 1, pace: fast, onError: say },
  kinds: {
    async slow(running) {
      for (;;) {
        await running.put(Buffer.from(`by the process ${String(process.pid)};`));
        process.stdout.write(`${String(running.parts)}\n`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  },
  givenUp: () => Promise.reject(new Error('not for tests')),
});
