/** `npm run reference`: by its first word HL7's terminology test runner, or expressions of FHIRPath; else the comparison of validators. */
import { readOptions } from './options.ts';

const [first, ...rest] = process.argv.slice(2);
if (first === 'terminology') await (await import('./terminology.ts')).main(rest);
else if (first === 'expressions') await (await import('./expressions/main.ts')).main(rest);
else {
  const options = readOptions();
  await (await import('./main.ts')).main(options);
}
