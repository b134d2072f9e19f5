/** The command line's entry. All else is loaded once modules are found without a search. */
import './module-paths.ts';

const { runProgram } = await import('./program.ts');
process.exitCode = await runProgram(process.argv.slice(2));
