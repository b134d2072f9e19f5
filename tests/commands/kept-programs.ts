/** Processes of `kept-program.ts` that the test files of this process share: each runs one command or one platform at a time. */
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keep, letGo } from '../kept.ts';
import { inheritedEnvironment, oddValues, type Ended, type EnvironmentVariables, type Program } from '../processes.ts';
import type { FromProgram, ToProgram } from './kept-program.ts';

const main = fileURLToPath(new URL('kept-program.ts', import.meta.url));

/** Whether a signal is one that a program can be told of: by any other its process would end. */
const isForAll = (signal: NodeJS.Signals): boolean => signal === 'SIGTERM' || signal === 'SIGINT';

/** As a process of its own would have ended. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Programs {
  run(words: readonly string[], cwd: string, settings: EnvironmentVariables): Program;
  close(): Promise<void>;
}

/**
 * Runs `dhp` with these words in a process that is kept for the next. Its signals are SIGTERM and SIGINT; a test that kills has a process of its own.
 * @param cwd the folder that it runs in
 * @param settings of the environment of this one, which no other run has
 */
export async function runKept(words: readonly string[], cwd: string, settings: EnvironmentVariables): Promise<Program> {
  const programs = await keep('programs of dhp', () => Promise.resolve(openPrograms()));
  return programs.run(words, cwd, settings);
}

/** Runs a command to its end as `runKept` does. */
export async function commandKept(
  words: readonly string[],
  cwd: string,
  settings: EnvironmentVariables,
): Promise<Outcome> {
  const kept = await runKept(words, cwd, settings);
  const { code } = await kept.ended;
  return { code, stdout: kept.stdout(), stderr: kept.stderr() };
}

/** A command has one or two names; paths and options may follow. */
const isName = (word: string): boolean => /^[a-z]+(-[a-z]+)*$/.test(word);

/** @returns whether a command is the first of its kind */
export function firsts(): (words: readonly string[]) => boolean {
  const seen = new Set<string>();
  return (words) => {
    const kind = words.slice(0, 2).filter(isName).join(' ');
    const isFirst = !seen.has(kind);
    seen.add(kind);
    return isFirst;
  };
}

function openPrograms(): Programs {
  let idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  // They do not keep this process from ending, which closes them where nobody else does.
  const end = (): void => void letGo();
  process.once('beforeExit', end);

  function start(): ChildProcess {
    const child = spawn(process.execPath, [...oddValues(), main], {
      cwd: '/',
      env: inheritedEnvironment(),
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    all.add(child);
    child.once('exit', () => {
      all.delete(child);
      idle = idle.filter((one) => one !== child);
    });
    return child;
  }

  return {
    run(words, cwd, settings) {
      const child = idle.pop() ?? start();
      stay(child);
      return running(child, { kind: 'run', words, cwd, settings }, (code) => {
        release(child);
        // A platform that has failed may not have closed all.
        if (words[0] === 'start' && code !== 0) child.disconnect();
        else if (all.has(child)) idle.push(child);
      });
    },
    async close() {
      process.off('beforeExit', end);
      idle = [];
      await Promise.all(
        [...all].map((child) => {
          stay(child);
          const gone = new Promise((resolve) => child.once('exit', resolve));
          if (child.connected) child.disconnect();
          return gone;
        }),
      );
    },
  };
}

function stay(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function release(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

function running(child: ChildProcess, message: ToProgram, giveBack: (code: number) => void): Program {
  const text = { stdout: '', stderr: '' };
  const listeners: (() => void)[] = [];
  let isOver = false;
  const send = (one: ToProgram): void => void child.send(one, () => undefined);
  const ended = new Promise<Ended>((resolve) => {
    const gone = (code: number | null, signal: NodeJS.Signals | null): void => {
      isOver = true;
      resolve({ code, signal });
    };
    child.once('exit', gone);
    child.on('message', function hear(told: FromProgram) {
      if (told.kind === 'ended') {
        isOver = true;
        child.off('message', hear).off('exit', gone);
        giveBack(told.code);
        resolve({ code: told.code, signal: null });
      } else {
        text[told.kind] += told.text;
        for (const listener of listeners) listener();
      }
    });
  });
  send(message);
  return {
    pid: child.pid!,
    ended,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    heard: (listener) => void listeners.push(listener),
    async end(signal, patience) {
      if (isOver) return ended; // the process runs something else by now
      if (!isForAll(signal)) throw new Error(`a kept program does not end by ${signal}`);
      send({ kind: 'signal', signal });
      const timer = patience === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), patience);
      const result = await ended;
      clearTimeout(timer);
      return result;
    },
  };
}
