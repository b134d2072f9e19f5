/** `npm run examples`: every published R5 example through HTTP, and back. */
import { readArguments } from '../../scripts/arguments.ts';

readArguments({
  command: 'npm run examples',
  help: `Puts every published R5 example through HTTP and reads it back; writes docs/reports/examples.md.

Usage: npm run examples

  --help   this text
`,
});
await import('./examples.ts');
