/** `npm run cost`: the CPU time of one request of each shape of input. */
import './arguments.ts';

await import('./cost.ts');
