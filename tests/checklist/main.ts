/** `npm run checklist`: the OAuth and OpenID Connect checklist over HTTP, row by row. */
import './arguments.ts';

await import('./checklist.ts');
