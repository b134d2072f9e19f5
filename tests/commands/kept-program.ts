/**
 * Runs `dhp` again and again in one process: commands, and platforms whose servers are within it, one after another. What loading takes, and what the
 * compiler of V8 has learnt, is there for the next. It is told by messages, and ends when the process that started it does.
 */
import '../../apps/dhp/src/module-paths.ts';
import { registerHooks } from 'node:module';
import { evaluate } from './evaluate.ts';

export type ToProgram =
  | {
      readonly kind: 'run';
      readonly words: readonly string[];
      readonly cwd: string;
      readonly settings: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export type FromProgram =
  { readonly kind: 'stdout' | 'stderr'; readonly text: string } | { readonly kind: 'ended'; readonly code: number };

const within = new URL('server-within.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './server-process.ts' && context.parentURL?.endsWith('/processes/supervise.ts') === true
      ? { url: within, format: 'module-typescript', shortCircuit: true }
      : next(specifier, context),
});
process.setMaxListeners(0); // each platform listens for the end of the process
process.once('disconnect', () => process.exit(0));
process.on('message', (message: ToProgram) => {
  if (message.kind === 'run') void run(message);
  else process.emit(message.signal);
});

const tell = (message: FromProgram): void => void process.send!(message);

/**
 * The programs of all servers. Processes load theirs beside each other while the database starts; here it would keep the start from everything else for
 * seconds, as from the answers of the database.
 */
async function loadServers(): Promise<void> {
  for (const name of ['sso', 'fhir', 'portal']) await import(`../../apps/dhp/src/servers/${name}.ts`);
}

async function run({ words, cwd, settings }: ToProgram & { kind: 'run' }): Promise<void> {
  if (words[0] === 'start') await loadServers();
  const code = await evaluate({ words, cwd, settings, said: (kind, text) => tell({ kind, text }) });
  tell({ kind: 'ended', code });
}
