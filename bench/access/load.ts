/** Requests of one client in sequence, in a separate process: its CPU does not count for the server. */
import { Agent, get } from 'node:http';

export interface Load {
  readonly port: number;
  readonly token: string;
  readonly count: number;
  readonly paths: readonly string[];
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

process.on('message', (load: Load) => {
  run(load).then(
    () => process.send?.({ done: true }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});

async function run({ port, token, count, paths }: Load): Promise<void> {
  for (let n = 0; n < count; n += 1) await ask(port, token, paths[n % paths.length]!);
}

function ask(port: number, token: string, path: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    const sent = get({ host: '127.0.0.1', port, path, agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve();
        else reject(new Error(`${path} is answered by ${String(answer.statusCode)}`));
      });
    });
    sent.on('error', reject);
  });
}
