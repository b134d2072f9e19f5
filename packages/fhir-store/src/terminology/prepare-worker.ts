/** The thread that makes content files of large code systems. */
import { parentPort } from 'node:worker_threads';
import { contentOf, type Prepared } from './prepare.ts';

parentPort?.on('message', ({ id, bytes: json }: Prepared) => {
  const bytes = json === undefined ? undefined : contentOf(json);
  parentPort?.postMessage({ id, bytes } satisfies Prepared, bytes === undefined ? [] : [bytes.buffer]);
});
