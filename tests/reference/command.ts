/** `npm run reference`: with `terminology` as its first word HL7's terminology test runner, else the comparison of validators. */
import { readOptions } from './options.ts';

const [first, ...rest] = process.argv.slice(2);
if (first === 'terminology') await (await import('./terminology.ts')).main(rest);
else {
  const options = readOptions();
  await (await import('./main.ts')).main(options);
}
