/** Commands of `dhp` that share a process: loading the program takes longer than most of them do. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, type Environment, type Launched } from '../processes.ts';

const runner = fileURLToPath(new URL('runner.ts', import.meta.url));

/** A process that runs one command after another. */
export interface Runner {
  /** Where it takes commands, as runner.ts says. */
  readonly url: string;
  end(): Promise<unknown>;
}

/** @param cwd the folder that it is started in */
export async function startRunner(cwd: string, environment: Environment): Promise<Runner> {
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

/** As a process of its own would have ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandsTogether {
  /**
   * Runs `dhp` with these words; undefined when this command needs a process of its own: the first of its kind in this home has one, so
   * that it is seen to end, and those that come while another one runs, so that they run at once.
   * @param locale of the command (LC_ALL); the empty text for that of the environment
   */
  run(words: readonly string[], locale: string): Promise<Outcome> | undefined;
  close(): Promise<void>;
}

/** A command has one or two names; paths and options may follow. */
const isName = (word: string): boolean => /^[a-z]+(-[a-z]+)*$/.test(word);

/**
 * @param cwd the folder that commands run in
 * @param all also the first of each kind, where other tests see it end
 */
export function commandsTogether(cwd: string, environment: Environment, all = false): CommandsTogether {
  const seen = new Set<string>();
  let runner: Promise<Runner> | undefined;
  let isBusy = false;

  async function runThere(words: readonly string[], locale: string): Promise<Outcome> {
    const place = await mkdtemp(join(tmpdir(), 'dhp-said-'));
    try {
      const { url } = await (runner ??= startRunner(cwd, environment));
      const body = [locale, cwd, place, ...words].map((word) => `${word}\0`).join('');
      const code = Number(await (await fetch(url, { method: 'POST', body })).text());
      const [stdout, stderr] = await Promise.all(['out', 'err'].map((name) => readFile(join(place, name), 'utf8')));
      return { code, stdout: stdout!, stderr: stderr! };
    } finally {
      isBusy = false;
      await rm(place, { recursive: true });
    }
  }

  return {
    run(words, locale) {
      const kind = words.slice(0, 2).filter(isName).join(' ');
      const isFirst = !all && !seen.has(kind);
      seen.add(kind);
      if (isFirst || isBusy || words.includes('-')) return undefined;
      isBusy = true;
      return runThere(words, locale);
    },
    async close() {
      const there = await runner;
      await there?.end();
    },
  };
}
