/** The entry point of the command line. Everything else is loaded after module lookups have become cheap. */
import './module-paths.ts';

const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
