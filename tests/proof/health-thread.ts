/** The thread of `watchHealth`: asks each address again and again, whatever the other thread is busy with. */
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { HealthOrder } from './health.ts';

const { urls, interval } = workerData as HealthOrder;
const waits = urls.map((): number[] => []);
const open = new Set<Promise<void>>();
/** As many as there are to ask at a time: a question never waits for the answer to the one before. */
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

function ask(url: string, taken: number[]): Promise<void> {
  const start = performance.now();
  return new Promise((resolve) => {
    const end = (): void => {
      taken.push(performance.now() - start);
      resolve();
    };
    const request = get(url, { agent }, (response) => {
      response.resume();
      if (response.statusCode === 200) response.once('end', end);
      else response.once('end', () => request.destroy(new Error(`${url} answered ${String(response.statusCode)}`)));
    });
    // Whoever is not answered has waited without an end.
    request.once('error', () => {
      taken.push(Infinity);
      resolve();
    });
  });
}

const timer = setInterval(() => {
  for (const [n, url] of urls.entries()) {
    const asked = ask(url, waits[n]!);
    open.add(asked);
    void asked.then(() => open.delete(asked));
  }
}, interval);

parentPort?.once('message', () => {
  clearInterval(timer);
  void Promise.all(open).then(() => {
    agent.destroy();
    parentPort?.postMessage(waits);
  });
});
