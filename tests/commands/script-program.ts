/**
 * Runs the entries of programs one after another in one process, each to the point where it would end the process: for arguments that a program refuses
 * before it has loaded its work. It is told of each by a message, and answers with one.
 */
import { evaluate } from './evaluate.ts';

export interface ScriptRun {
  /** The address of the entry. */
  readonly entry: string;
  readonly words: readonly string[];
  readonly cwd: string;
}

export interface ScriptEnded {
  /** Undefined if it did not end the process, and failed in another way. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

class Exit extends Error {}

let code: number | undefined;
// Nothing behind the end of a process runs.
process.exit = (given) => {
  code ??= Number(given ?? process.exitCode ?? 0);
  throw new Exit();
};
process.on('message', (run: ScriptRun) => void answer(run));

async function answer({ entry, words, cwd }: ScriptRun): Promise<void> {
  const text = { stdout: '', stderr: '' };
  code = undefined;
  try {
    const own = await evaluate({
      entry,
      words,
      cwd,
      settings: {},
      said: (stream, more) => void (text[stream] += more),
    });
    code ??= own;
  } catch (error) {
    if (!(error instanceof Exit)) text.stderr += String(error);
  }
  process.send!({ code, ...text } satisfies ScriptEnded);
}
