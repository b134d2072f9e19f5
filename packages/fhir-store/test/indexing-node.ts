/**
 * A separate server that does nothing but index, for tests that kill it: `node indexing-node.ts URL SHARE`. It writes `ready`, and begins
 * when it is sent a line: servers that share the work begin together, however long each takes to start.
 */
import { once } from 'node:events';
import { openStore } from '../src/index.ts';

const [url, share] = process.argv.slice(2);
const store = await openStore({ url: url!, timeZone: 'Asia/Tashkent' });
const begin = once(process.stdin, 'data');
process.stdout.write('ready\n');
await begin;
process.stdin.destroy();
const indexed = await store.reindex({
  share: Number(share),
  stretch: 100,
  lease: 1_000,
  onProgress: ({ done, total }) => process.stdout.write(`at ${done} of ${total}\n`),
});
process.stdout.write(`indexed ${indexed}\n`);
await store.close();
