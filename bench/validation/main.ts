/** `npm run bench:validation`: what validation costs, beside the bars that are set for it. */
import './arguments.ts';

await import('./validation.ts');
