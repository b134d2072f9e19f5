/** `npm run bench:validation`: the cost of validation, compared with its bars. */
import './arguments.ts';

await import('./validation.ts');
