/** A process for the commands of a shell: loading the program takes longer than most of them do. */
import { fileURLToPath } from 'node:url';
import { launch, type EnvironmentVariables, type Launched } from '../processes.ts';

const runner = fileURLToPath(new URL('runner.ts', import.meta.url));

/** A process that runs one command after another. */
export interface Runner {
  /** Where it takes commands, as runner.ts says. */
  readonly url: string;
  end(): Promise<unknown>;
}

/** @param cwd the folder that it is started in */
export async function startRunner(cwd: string, environment: EnvironmentVariables): Promise<Runner> {
  const one = launch(cwd, [runner], environment);
  const port = await portOf(one);
  return { url: `http://127.0.0.1:${String(port)}/`, end: () => one.end('SIGTERM', 10_000) };
}

function portOf(one: Launched): Promise<number> {
  return new Promise((resolve, reject) => {
    one.child.stdout!.on('data', () => {
      if (one.stdout().includes('\n')) resolve(Number(one.stdout()));
    });
    one.ended.then(() => reject(new Error(`the runner of dhp has ended: ${one.stderr()}`)), reject);
  });
}
