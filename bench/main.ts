/** `npm run bench`: measures the platform beside the limits of the machine. */
import { benchArguments } from './arguments.ts';

const options = benchArguments();
const { run } = await import('./bench.ts');
try {
  process.exitCode = await run(options);
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
