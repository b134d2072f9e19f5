/** `npm run fuzz`: bent requests against a server. */
import './arguments.ts';

await import('./session.ts');
