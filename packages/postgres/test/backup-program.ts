/** Takes or restores a backup, and prints `now` at the moment at which its caller wants to kill it. */
import { setTimeout as delay } from 'node:timers/promises';
import { restoreBackup, takeBackup } from '../src/backup/index.ts';

const given = JSON.parse(process.argv[2]!) as {
  what: 'take' | 'restore';
  when: 'half' | 'recovering';
  url: string;
  directory: string;
  place: string;
};
const now = (): void => {
  process.stdout.write('now');
  // The kill comes before anything else is done.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
};
if (given.what === 'take')
  await takeBackup({ ...given, onProgress: (done, total) => (done > total / 2 ? now() : undefined) });
else
  await restoreBackup({
    ...given,
    onStep: (step, done, total) => {
      if (step === given.when || (given.when === 'half' && step === 'copying' && done > total / 2)) now();
    },
    afterwards: () => delay(30_000),
  });
