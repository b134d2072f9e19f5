/** Runs a program in this process: its entry is evaluated again, as if it had been started, with all that it imports loaded once. */

const dhp = new URL('../../apps/dhp/src/main.ts', import.meta.url).href;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let count = 0;

export interface Evaluation {
  /** The address of the entry; absent: that of `dhp`. */
  readonly entry?: string;
  readonly words: readonly string[];
  /** The folder that it runs in. */
  readonly cwd: string;
  /** Variables of the environment beside those of this process. */
  readonly settings: Readonly<Record<string, string>>;
  /** Gets all that it writes. */
  readonly said: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** One at a time: the folder, the environment and the streams are those of the process. @returns the exit code */
export async function evaluate({ entry = dhp, words, cwd, settings, said }: Evaluation): Promise<number> {
  const undo = [environment(settings), streams(said), listeners(), clock()];
  process.chdir(cwd);
  process.argv = [process.execPath, 'dhp', ...words];
  process.exitCode = 0;
  try {
    await import(`${entry}?${String((count += 1))}`);
    return exitCode();
  } finally {
    process.exitCode = 0;
    process.chdir('/'); // the folder may be removed now
    for (const one of undo) one();
  }
}

const exitCode = (): number => Number(process.exitCode);

function environment(settings: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings);
  return () => {
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  };
}

function streams(said: Evaluation['said']): () => void {
  for (const name of ['stdout', 'stderr'] as const)
    process[name].write = (text: string | Uint8Array) => {
      said(name, typeof text === 'string' ? text : Buffer.from(text).toString());
      return true;
    };
  // Behind what was set here is the method of the stream.
  return () => {
    for (const name of ['stdout', 'stderr'] as const) Reflect.deleteProperty(process[name], 'write');
  };
}

/** A command that ends with its process takes no listener off. */
function listeners(): () => void {
  const before = new Map(signals.map((name) => [name, process.listeners(name)]));
  return () => {
    for (const name of signals)
      for (const listener of process.listeners(name))
        if (!before.get(name)!.includes(listener)) process.off(name, listener);
  };
}

/** `dhp start` says how long it took from the beginning of its process. */
function clock(): () => void {
  const begun = performance.now();
  process.uptime = () => (performance.now() - begun) / 1000;
  return () => Reflect.deleteProperty(process, 'uptime');
}
