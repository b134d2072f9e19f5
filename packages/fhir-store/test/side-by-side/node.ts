/**
 * A separate server: it writes and searches by orders of its parent, and builds the index meanwhile: `fork(node.ts, [URL, VERSIONS, SHARE, LEASE])`.
 * The last of the versions is its own index definition.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../src/index.ts';
import { newVersion, unconditional } from '../database.ts';
import { names, parsed, everyone } from '../search-world.ts';
import { definitionsOf } from './definitions.ts';
import type { Answer, Order } from './fleet.ts';

const [url, versions, share, lease] = process.argv.slice(2);
const store = await openStore({
  url: url!,
  timeZone: 'Asia/Tashkent',
  definitions: definitionsOf(versions!.split(',').map(Number)),
  announcing: { every: Number(lease) / 6, lease: Number(lease) },
});
const stop = new AbortController();

/** As a serving process does, with shorter pauses. */
async function index(): Promise<void> {
  while (!stop.signal.aborted) {
    const state = await store.indexState();
    if (!state.complete || state.next?.own === true) {
      await store.reindex({ signal: stop.signal, share: Number(share), stretch: 50, lease: 1_000 });
    }
    await delay(50);
  }
}

async function carriedOut(order: Order): Promise<readonly string[]> {
  switch (order.kind) {
    case 'put':
      await store.update({ ...newVersion(order.resource), id: order.resource.id, ...unconditional });
      return [];
    case 'together': {
      const outcome = await store.transaction(
        order.resources.map((resource) => ({
          kind: 'update',
          ...newVersion(resource),
          id: resource.id,
          ...unconditional,
        })),
        { integrity: true },
      );
      if (outcome.kind !== 'committed') throw new Error(`the transaction is ${outcome.kind}`);
      return [];
    }
    case 'delete':
      await store.delete({ type: order.type, id: order.id });
      return [];
    case 'search': {
      const page = await store.search({
        ...{ query: parsed(order.type, order.query).query, access: everyone, count: 2_000, total: 'accurate' },
      });
      if (page.next !== undefined) throw new Error('there is another page');
      return names(page);
    }
  }
}

/** An answer after the parent has stopped listening is lost. */
function tell(answer: Answer): void {
  process.send!(answer, undefined, undefined, () => undefined);
}

function said(error: unknown): void {
  process.stderr.write(`${(error as Error).stack}\n`);
}

const indexing = index();
process.on('message', ({ n, order }: { n: number; order: Order }) => {
  carriedOut(order).then(
    (found) => tell({ n, found }),
    (error: unknown) => tell({ n, refused: String(error) }),
  );
});
process.on('disconnect', () => {
  stop.abort();
  void indexing
    .catch(said)
    .then(() => store.close())
    .then(() => process.exit());
});
indexing.catch((error: unknown) => {
  said(error);
  process.exit(1);
});
process.send!('ready');
