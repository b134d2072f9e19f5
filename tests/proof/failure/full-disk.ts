/** The disk of the database is full for a while. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startEmbedded } from '@dhp/postgres';
import { fhirAt } from '../../fhir.ts';
import { inSeconds, platformOn, startWriting, type Outcome, type Scenario } from './scenario.ts';

const run = promisify(execFile);

export const fullDisk: Scenario = {
  name: 'full-disk',
  fault: 'the disk of the database is full for 10 s',
  claim:
    'Writes are refused by 507 or 503 and nothing acknowledged is lost; when there is room again, writes go on by themselves.',
  missing: async () => {
    const place = await mkdtemp(join(tmpdir(), 'dhp-disk-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
      await run('umount', [place]);
      return undefined;
    } catch {
      return 'this user may not mount a small file system (run it as root)';
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  },
  async run(): Promise<Outcome> {
    const place = await mkdtemp(join(tmpdir(), 'dhp-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=700m,mode=755', 'tmpfs', place]);
    try {
      const server = await startEmbedded({
        directory: join(place, 'postgres'),
        settings: { max_wal_size: '128MB', min_wal_size: '32MB' },
      });
      try {
        return await fillUp(place, server.url);
      } finally {
        await server.stop();
      }
    } finally {
      await run('umount', ['-l', place]);
      await rm(place, { recursive: true, force: true });
    }
  },
};

async function fillUp(place: string, url: string): Promise<Outcome> {
  const { home, platform, token } = await platformOn(url);
  try {
    const base = platform.urls.playground;
    const writing = startWriting(base, token);
    await delay(4_000);
    const before = writing.acknowledged();
    const ballast = join(place, 'ballast');
    // All that is left: writing stops where nothing more fits.
    await writeFile(ballast, Buffer.alloc(700 * 2 ** 20)).catch(() => undefined);
    await delay(10_000);
    const during = writing.acknowledged();
    await rm(ballast);
    const freed = performance.now();
    while (writing.acknowledged() < during + 200 && performance.now() - freed < 120_000) await delay(20);
    const recovered = performance.now() - freed;
    const refused = await writing.stop();
    const { resources, unacknowledged } = await writing.check(fhirAt(base, token));
    const statuses = [...new Set(refused.map(({ status }) => status ?? 'no answer'))].join(', ');
    return {
      holds:
        before > 100 &&
        refused.length > 0 &&
        refused.every(({ status }) => status === 503 || status === 507) &&
        recovered < 60_000,
      said:
        `${writing.acknowledged()} acknowledged writes of ${resources} resources (${before} before) are all there; ${refused.length} requests were refused (${statuses}), ` +
        `${unacknowledged} of them had been committed; writing again ${inSeconds(recovered)} after there was room.`,
    };
  } finally {
    await home.close();
  }
}
