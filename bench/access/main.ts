/** `npm run bench:access`: the cost of access decisions. */
import { accessArguments } from './arguments.ts';

const options = accessArguments();
const { run } = await import('./access.ts');
try {
  await run(options);
} catch (error) {
  console.error(`bench:access: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
process.exit();
