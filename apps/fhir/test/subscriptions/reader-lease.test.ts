/** The lease of the one reader of events, without a database: who works keeps it, whoever waits for it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '@dhp/postgres/testing';
import { openReader, type ReaderMeans } from '../../src/subscriptions/reader.ts';

const lease = 300;
const server = '1@d';

/** The row of the reader, as PostgreSQL has it. */
function openRow(): {
  readonly store: object;
  readonly state: { place: string | null; holder: string | null; stored: string[] };
} {
  const state = { place: null as string | null, holder: null as string | null, stored: [] as string[] };
  let [epoch, ends] = [0, -Infinity];
  const isOf = (hold: { holder: string; epoch: string }): boolean =>
    hold.holder === state.holder && hold.epoch === String(epoch);
  const nothing = (): Promise<unknown[]> => Promise.resolve([]);
  const store = {
    ...{ topics: nothing, standing: nothing, requests: nothing, wanted: nothing, sweep: nothing, noteHeard: nothing },
    async holdReader(holder: string, milliseconds: number) {
      await delay(1);
      if (state.holder !== holder && state.holder !== null && ends >= performance.now()) return undefined;
      if (state.holder !== holder) epoch += 1;
      state.holder = holder;
      ends = performance.now() + milliseconds;
      return { holder, epoch: String(epoch), database: 'd', position: state.place, unheard: 0 };
    },
    keepReader(hold: { holder: string; epoch: string }, milliseconds: number) {
      if (isOf(hold)) ends = performance.now() + milliseconds;
      return Promise.resolve();
    },
    leaveReader(hold: { holder: string; epoch: string }) {
      if (isOf(hold)) state.holder = null;
      return Promise.resolve();
    },
    storePage(hold: { holder: string; epoch: string }, { from, to }: { from: string | null; to: string }) {
      if (!isOf(hold) || from !== state.place) return Promise.resolve(false);
      state.place = to;
      state.stored.push(hold.holder);
      return Promise.resolve(true);
    },
  };
  return { store, state };
}

/** Each page takes longer than the lease. */
const slowFeed = {
  searchParameters: () => Promise.resolve({ generation: 1, ready: true, unready: 0, gaps: new Map() }),
  feedEnd: () => Promise.resolve({ server, position: '0.0.0' }),
  feedGrows: () => delay(50),
  async feedPage({ behind }: { behind: { position: string } }) {
    await delay(2.5 * lease);
    const position = `${String(Number(behind.position.split('.')[0]) + 1)}.1.1`;
    const content = Buffer.from('{"resourceType":"Patient"}');
    const change = {
      type: 'Patient',
      id: 'p',
      versionId: 1,
      lastUpdated: new Date(),
      deleted: false,
      content,
      position,
    };
    return { changes: [change], reports: [], place: { server, position }, hasMore: false, ended: 1n };
  },
};

it('is kept by who works for longer than it lasts, and given back at the end', async () => {
  const { store, state } = openRow();
  const errors: unknown[] = [];
  const means = {
    ...{ store, unguarded: slowFeed, standing: { clock: () => new Date() }, timeZone: 'Asia/Tashkent' },
    ...{ baseUrl: 'http://example.org/fhir', days: 1, onError: (error: unknown) => errors.push(error) },
    pace: { lease, idle: 20, ends: 60_000 },
  } as unknown as ReaderMeans;
  const readers = [openReader(means), openReader(means)];
  try {
    await until('two pages are stored', () => state.stored.length >= 2);
  } finally {
    await Promise.all(readers.map((reader) => reader.close()));
  }
  assert.equal(new Set(state.stored).size, 1, 'one of them read both');
  assert.equal(state.holder, null);
  assert.deepEqual(errors, []);
});
