/**
 * A separate process that starts the embedded server: forked by tests that kill it. Its argument is the options as JSON; it sends its
 * parent the result, and stops the server on request.
 */
import { startEmbedded } from '../../src/index.ts';
import type { EmbeddedOptions } from '../../src/embedded/start.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as EmbeddedOptions;
const steps: string[] = [];
const send = (message: object): void => void process.send?.(message);

try {
  const server = await startEmbedded({
    ...options,
    onProgress: (step) => {
      steps.push(step);
      send({ kind: 'step', step });
    },
  });
  send({ kind: 'ready', url: server.url, port: server.port, owned: server.owned, steps });
  process.once('message', () => {
    void server.stop().then(() => {
      send({ kind: 'stopped' });
      process.disconnect();
    });
  });
} catch (error) {
  send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  process.disconnect();
}
