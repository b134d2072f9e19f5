/** Base backups of the embedded server, the archive of its log, and restores: to its end, to a moment, along another timeline. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  archiveSettings,
  assertOwnPlace,
  BackupError,
  giveUpRestore,
  listBackups,
  openPlace,
  placeOf,
  removeOld,
  restoreBackup,
  takeBackup,
  type Manifest,
} from '../src/backup/index.ts';
import { parseHistory, parseLsn, parseSegment, segmentName } from '../src/backup/segments.ts';
import { connect, startEmbedded, type EmbeddedPostgres, type Sql } from '../src/index.ts';
import { isFull } from '../../../tests/sample.ts';
import { settings } from './embedded/fixture.ts';

/** Each further restore copies the database and replays its log once more; `npm run proof -- backup` kills a platform. */
const inFull = { skip: isFull ? false : 'with --full' };

let root: string;
let directory: string;
/** A link to the directory, as if the database were on a separate disk. */
let link: string;
let folder: string;
let server: EmbeddedPostgres;
let sql: Sql;

const start = async (): Promise<void> => {
  const place = await openPlace(folder, directory);
  server = await startEmbedded({
    directory,
    settings: { ...settings, ...archiveSettings(place) },
    writes: [place.wal],
  });
  sql = connect(server.url, { max: 8 });
};
const stop = async (): Promise<void> => {
  await sql.end();
  await server.stop();
};
before(async () => {
  // A quote, a space and a percent sign: the paths are in commands that PostgreSQL hands to a shell.
  root = await realpath(await mkdtemp(join(tmpdir(), "dhp backup's 1%p-")));
  directory = join(root, 'postgres');
  link = join(root, 'link');
  folder = join(root, 'backups');
  await start();
  await symlink(directory, link);
  await sql`create table note (id int primary key, text text not null)`;
  await sql`create unlogged table passing (id int)`;
  await sql`insert into passing select generate_series(1, 1000)`;
});
after(async () => {
  await stop().catch(() => undefined);
  await rm(root, { recursive: true, force: true, maxRetries: 10 });
});

const isKind =
  (kind: string) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof BackupError, String((error as Error).stack));
    assert.equal(error.kind, kind, error.message);
    return true;
  };
const take = (): Promise<Manifest> => takeBackup({ url: server.url, directory, place: folder });
type Restoring = Parameters<typeof restoreBackup>[0];
const restore = (wanted: Partial<Restoring> = {}): ReturnType<typeof restoreBackup> =>
  restoreBackup({
    ...{ directory, place: folder, onStep: () => undefined, afterwards: () => Promise.resolve() },
    ...wanted,
  });
const ids = async (): Promise<number[]> =>
  (await sql<{ id: number }[]>`select id from note order by id`).map(({ id }) => id);
const segmentsOf = async (path: string, timeline: number): Promise<string[]> => {
  const start = timeline.toString(16).padStart(8, '0');
  return (await readdir(path)).filter((name) => name.length === 24 && name.startsWith(start)).sort();
};

describe('a backup', () => {
  it('is made while others write, one at a time, closed to others, without sockets, the log and unlogged rows', async () => {
    await mkdir(join(folder, 'base', '.20200101T000000Z.partial'), { recursive: true, mode: 0o700 });
    let isOver = false;
    let next = 0;
    const writers = Array.from({ length: 6 }, async () => {
      while (!isOver) {
        await sql`insert into note values (${(next += 1)}, ${'x'.repeat(500)})`;
        await delay(5);
      }
    });
    const made: { path: string; at: string }[] = [];
    const maker = async (): Promise<void> => {
      for (let n = 0; !isOver && n < 200; n += 1) {
        const name = `made_${String(n)}`;
        await sql.unsafe(`create table ${name} (id int)`);
        const [row] = await sql<{ path: string; at: string }[]>`
          select pg_relation_filepath(${name}) as path, pg_current_wal_lsn()::text as at`;
        made.push(row!);
        await delay(2);
      }
    };
    writers.push(maker());
    while (made.length < 20) await delay(5);
    const [one, other] = await Promise.allSettled([take(), take()]);
    isOver = true;
    await Promise.all(writers);
    const failed = [one, other].find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    isKind('backup-running')(failed.reason);
    const [manifest, ...others] = await listBackups(placeOf(folder));
    assert.deepEqual(others, []);
    assert.deepEqual(await readdir(join(folder, 'base')), [manifest!.id]);
    const data = join(folder, 'base', manifest!.id, 'data');
    const entries = await readdir(data, { recursive: true, withFileTypes: true });
    for (const { name } of entries) assert.doesNotMatch(name, /^(\.s\.PGSQL|postmaster|t\d)/);
    assert.deepEqual(await readdir(join(data, 'pg_wal')), []);
    for (const entry of entries) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      assert.equal(mode & 0o077, 0, entry.name);
    }
    const [row] = await sql<{ path: string }[]>`select pg_relation_filepath('passing') as path`;
    await assert.rejects(stat(join(data, row!.path)));
    await stat(join(data, `${row!.path}_init`));
    // Tables from before the log of the backup begins are in its files: a list made earlier lacks some.
    const earlier = made.filter(({ at }) => parseLsn(at) <= parseLsn(manifest!.start));
    assert.ok(earlier.length >= 20 && earlier.length < made.length);
    assert.deepEqual(
      earlier.filter(({ path }) => !existsSync(join(data, path))),
      [],
    );
  });

  it('is refused in a folder that is open to others, a link, or in the data directory, and that of another database', async () => {
    for (const mode of [0o720, 0o702, 0o704]) {
      await chmod(folder, mode);
      await assert.rejects(take(), isKind('backup-directory'));
    }
    await chmod(folder, 0o700);
    const into = (place: string): Promise<Manifest> => takeBackup({ url: server.url, directory, place });
    await symlink(folder, join(root, 'way'));
    await assert.rejects(into(join(root, 'way')), isKind('backup-directory'));
    await assert.rejects(into(join(directory, 'data', 'x')), isKind('backup-directory'));
    await mkdir(join(root, 'open'), { mode: 0o700 });
    await chmod(join(root, 'open'), 0o777);
    await assert.rejects(into(join(root, 'open', 'x')), isKind('backup-directory'));
    const system = await readFile(join(folder, 'system'), 'utf8');
    await writeFile(join(folder, 'system'), '1234\n');
    await assert.rejects(take(), isKind('backup-other-system'));
    // Nor may a start archive its log there: segments of both have the same names.
    await assert.rejects(assertOwnPlace(placeOf(folder), directory), isKind('backup-other-system'));
    await writeFile(join(folder, 'system'), system);
    await assertOwnPlace(placeOf(folder), directory);
  });

  it('follows no link in the data directory, and leaves nothing when it fails', async () => {
    await symlink('/etc/passwd', join(directory, 'data', 'base', 'link'));
    await assert.rejects(take(), isKind('backup-links'));
    await rm(join(directory, 'data', 'base', 'link'));
    const stopped = AbortSignal.abort();
    await assert.rejects(takeBackup({ url: server.url, directory, place: folder, signal: stopped }));
    assert.equal((await readdir(join(folder, 'base'))).length, 1);
  });

  it('that is killed leaves nothing that counts, and nobody waits for it', inFull, async () => {
    await kill('take', 'half');
    const left = (): Promise<string[]> => readdir(join(folder, 'base'));
    assert.equal((await left()).filter((name) => name.startsWith('.')).length, 1);
    // The server ends the session of the killed process, and with it the lock.
    for (;;) {
      const error = await take().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) break;
      isKind('backup-running')(error);
    }
    assert.deepEqual(
      (await left()).filter((name) => name.startsWith('.')),
      [],
    );
    // The server ends the session of a backup after its client has gone, and with it the slot.
    const slots = async (): Promise<number> => (await sql`select from pg_replication_slots`).length;
    for (const limit = Date.now() + 30_000; (await slots()) > 0 && Date.now() < limit;) await delay(20);
    assert.equal(await slots(), 0);
  });

  it('hides no other when its manifest cannot be read', async () => {
    const place = placeOf(folder);
    const whole = await listBackups(place);
    const texts = ['{"id": "2026', '{}', JSON.stringify({ ...whole[0]!, id: '20200102T000000Z' })];
    const damaged = await Promise.all(
      texts.map(async (text, n) => {
        const path = join(place.base, `2020010${String(n + 3)}T000000Z`);
        await mkdir(path, { mode: 0o700 });
        await writeFile(join(path, 'manifest.json'), text);
        return path;
      }),
    );
    const told: string[] = [];
    assert.deepEqual(await listBackups(place, (file) => told.push(file)), whole);
    assert.deepEqual(
      told,
      damaged.map((path) => join(path, 'manifest.json')),
    );
    for (const path of damaged) await rm(path, { recursive: true });
  });
});

/** Runs a backup or a restore in a separate process, and kills it when it has begun to copy, or is half done. */
async function kill(what: 'take' | 'restore', when: 'half' | 'recovering'): Promise<void> {
  const program = fileURLToPath(new URL('./backup-program.ts', import.meta.url));
  const given = JSON.stringify({ what, when, url: server.url, directory, place: folder });
  const child = spawn(process.execPath, [program, given], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(said.toString(), 'now');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Commits one row after the other. @returns two that were committed within one millisecond, and the microsecond between */
async function twoAtOnce(): Promise<{ first: number; second: number; between: string }> {
  for (let from = 2_000_000; ; from += 1_000) {
    await sql.unsafe(`
      do $$ begin
        perform set_config('synchronous_commit', 'off', false);
        for n in ${String(from)}..${String(from + 50)} loop
          insert into note values (n, to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'));
          commit;
        end loop;
      end $$`);
    const rows = await sql<{ id: number; text: string }[]>`select id, text from note where id >= ${from} order by id`;
    const n = rows.findIndex(({ text }, at) => at > 0 && rows[at - 1]!.text.slice(0, 23) === text.slice(0, 23));
    // Its time was taken before its commit, and after that of the previous row.
    if (n > 0) return { first: rows[n - 1]!.id, second: rows[n]!.id, between: rows[n]!.text };
  }
}

describe('a restore', () => {
  let kept: number[];
  it('is refused while the database is in use', async () => {
    await assert.rejects(restore(), isKind('backup-in-use'));
    await assert.rejects(restore({ directory: link }), isKind('backup-in-use'));
  });

  it('brings back every row of a microsecond, and none later; it cannot be given up once others were told', async () => {
    const { second, between } = await twoAtOnce();
    kept = (await ids()).filter((id) => id < second);
    await sql`delete from note where id = 1`;
    await stop();
    await assert.rejects(
      restore({ directory: link, at: between, afterwards: () => Promise.reject(new Error('killed')) }),
      /killed/,
    );
    for (const path of [directory, link]) {
      await assert.rejects(startEmbedded({ directory: path, settings }), /A restore of .* was not finished/);
      await assert.rejects(giveUpRestore(path), isKind('backup-restoring'));
    }
    const other = new Date(Date.parse(between) - 1).toISOString();
    await assert.rejects(restore({ directory: link, at: other }), isKind('backup-restoring'));
    const restored = await restore({ directory: link });
    const then = Date.parse(between);
    assert.ok(restored.to.getTime() <= then && restored.to.getTime() > then - 5_000, restored.to.toISOString());
    assert.equal(restored.timeline, 2);
    assert.equal(await realpath(link), directory, 'the link is not moved in the place of the database');
    await start();
    assert.deepEqual(await ids(), kept);
    assert.equal((await sql`select from passing`).length, 0);
  });

  it('to the end has the log that was not archived yet, and archives it: a later restore finds no hole', async () => {
    const place = placeOf(folder);
    for (const id of [1000001, 1000002]) {
      await sql`insert into note values (${id}, 'of the second timeline')`;
      await sql`select pg_switch_wal()`;
    }
    await sql`insert into note values (1000003, 'of the second timeline')`;
    kept = await ids();
    const [row] = await sql<{ name: string }[]>`select pg_walfile_name(pg_current_wal_lsn()) as name`;
    await sql.end();
    // As the machine that loses power while its archive lags: the last segments are in the data directory alone.
    const pid = Number((await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    await server.exited;
    for (const name of await segmentsOf(place.wal, 2)) await rm(join(place.wal, name));
    const own = (await segmentsOf(join(directory, 'data', 'pg_wal'), 2)).filter((name) => name < row!.name);
    assert.ok(own.length >= 2, own.join());
    if (isFull) {
      await kill('restore', 'half');
      await assert.rejects(startEmbedded({ directory, settings }), /A restore of .* was not finished/);
      await kill('restore', 'recovering');
    }
    const restored = await restore();
    assert.equal(restored.timeline, 3);
    const archived = await readdir(place.wal);
    assert.deepEqual(
      own.filter((name) => !archived.includes(name)),
      [],
    );
    await start();
    assert.deepEqual(await ids(), kept);
  });

  it('says what stands in the way: no backup then, a missing or damaged part, another version', async () => {
    await stop();
    const place = placeOf(folder);
    await assert.rejects(restore({ at: '2020-01-01T00:00:00.000000Z' }), isKind('backup-none'));
    const [first] = await listBackups(place);
    const base = join(place.base, first!.id);
    await changed(join(base, 'files.json'), flipped, () =>
      assert.rejects(restore({ id: first!.id }), isKind('backup-damaged')),
    );
    // The first of a timeline has the same number as the last one before.
    for (const gone of (await segmentsOf(place.wal, 2)).slice(0, 2)) {
      await rename(join(place.wal, gone), join(root, 'gone'));
      await assert.rejects(restore({ id: first!.id }), isKind('backup-log-missing'));
      await rename(join(root, 'gone'), join(place.wal, gone));
    }
    const older = (text: Buffer): Buffer =>
      Buffer.from(text.toString().replace(/"majorVersion": \d+/, '"majorVersion": 9'));
    const manifests = (await listBackups(place)).map(({ id }) => join(place.base, id, 'manifest.json'));
    const cut = (text: Buffer): Buffer => text.subarray(0, 100);
    await changed(manifests[0]!, cut, () => assert.rejects(restore({ id: first!.id }), isKind('backup-damaged')));
    const withOlder = ([file, ...others]: string[]): Promise<void> =>
      file === undefined
        ? assert.rejects(restore(), isKind('backup-version'))
        : changed(file, older, () => withOlder(others));
    await withOlder(manifests);
    await giveUpRestore(directory);
    await start();
    assert.deepEqual(await ids(), kept, 'the database is as it was');
  });

  it('can follow the future that an earlier one has cut off', inFull, async () => {
    await stop();
    const restored = await restore({ timeline: 1 });
    assert.equal(restored.timeline, 4);
    await start();
    const found = await ids();
    assert.ok(!found.includes(1) && !found.includes(1000001) && found.includes(2_000_050), found.join());
    kept = found;
  });

  it('tells a moment behind the log, and every file and segment that is not as it was', inFull, async () => {
    await stop();
    const place = placeOf(folder);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await assert.rejects(restore({ at: later }), isKind('backup-too-late'));
    assert.equal(await giveUpRestore(directory), true);
    assert.equal(await giveUpRestore(directory), false);
    const [first] = await listBackups(place);
    const refused = (): Promise<void> =>
      assert.rejects(restore({ id: first!.id, timeline: 1 }), isKind('backup-damaged'));
    await changed(join(place.base, first!.id, 'data', 'global', 'pg_control'), flipped, refused);
    const segments = await segmentsOf(place.wal, 1);
    for (const name of segments.slice(-2))
      await changed(join(place.wal, name), (text) => text.fill(0, 0, 8192), refused);
    await giveUpRestore(directory);
    await start();
    assert.deepEqual(await ids(), kept, 'the database is as it was');
  });

  it('needs of older backups nothing when they are removed', inFull, async () => {
    await take();
    const place = placeOf(folder);
    const all = await listBackups(place);
    assert.equal(await removeOld(place, all, 1), all.length - 1);
    assert.deepEqual(await listBackups(place), all.slice(-1));
    const rows = await ids();
    await stop();
    await restore();
    await start();
    assert.deepEqual(await ids(), rows);
  });
});

/** Changes a file while the work runs. */
async function changed(file: string, change: (text: Buffer) => Buffer, work: () => Promise<void>): Promise<void> {
  await copyFile(file, `${file}.saved`);
  await writeFile(file, change(await readFile(file)));
  await work();
  await rename(`${file}.saved`, file);
}
const flipped = (text: Buffer): Buffer => {
  text[text.length - 100]! ^= 1;
  return text;
};

describe('older backups', () => {
  const segmentSize = 16 * 1024 * 1024;
  it('are removed with the log that no backup needs any more, whatever timeline a kept one is of', async () => {
    const place = await openPlace(join(root, 'many'), directory);
    // After a restore to a moment, the newest backup begins before one of the time that was cut off.
    const made = [1, 9, 5].map((number, n) => ({
      ...{ id: `2026010${String(n + 1)}T000000Z`, segmentSize, timeline: n === 2 ? 2 : 1 },
      start: `0/${(number * segmentSize).toString(16).toUpperCase()}`,
    })) as unknown as Manifest[];
    for (const { id } of made) await mkdir(join(place.base, id));
    const names = [1, 2].flatMap((timeline) =>
      Array.from({ length: 10 }, (_, number) => segmentName(timeline, BigInt(number), segmentSize)),
    );
    for (const name of [...names, '00000002.history']) await writeFile(join(place.wal, name), '');
    assert.equal(await removeOld(place, made, 3), 0);
    assert.equal((await readdir(place.wal)).length, names.length + 1);
    assert.equal(await removeOld(place, made, 2), 1);
    assert.deepEqual(
      (await readdir(place.base)).sort(),
      made.slice(1).map(({ id }) => id),
    );
    const needed = names.filter((name) => parseSegment(name, segmentSize)!.number >= 5n);
    assert.deepEqual((await readdir(place.wal)).sort(), [...needed, '00000002.history'].sort());
  });
});

describe('the archive of the log', () => {
  it('has a segment on the disk before it says so, also one that a crash left there, and never replaces one', async () => {
    const place = await openPlace(join(root, "archive's %f"), directory);
    const [bin, log, segment] = [join(root, 'bin'), join(root, 'synced'), join(root, 'segment')];
    await mkdir(bin);
    await writeFile(join(bin, 'sync'), `#!/bin/sh\nfor one in "$@"; do echo "$one" >> "${log}"; done\n`, {
      mode: 0o755,
    });
    const archive = async (content: string): Promise<{ status: number | null; synced: string[] }> => {
      await writeFile(segment, content);
      await writeFile(log, '');
      const given: Record<string, string> = { '%p': segment, '%f': '000000010000000000000001', '%%': '%' };
      const command = archiveSettings(place)['archive_command']!.replaceAll(/%[pf%]/g, (one) => given[one]!);
      const { status } = spawnSync('sh', ['-c', command], { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
      return { status, synced: (await readFile(log, 'utf8')).split('\n').filter((one) => one !== '') };
    };
    const file = join(place.wal, '000000010000000000000001');
    const fresh = await archive('one');
    assert.deepEqual(fresh, { status: 0, synced: [join(place.wal, '.000000010000000000000001.new'), place.wal] });
    assert.deepEqual(await archive('one'), { status: 0, synced: [file, place.wal] });
    assert.notEqual((await archive('two')).status, 0);
    assert.equal(await readFile(file, 'utf8'), 'one');
    assert.deepEqual(await readdir(place.wal), ['000000010000000000000001']);
  });
});

describe('names of segments', () => {
  const size = 16 * 1024 * 1024;
  it('and positions in the log are those of PostgreSQL', async () => {
    for (const position of ['0/0', '0/FFFFFF', '0/1000000', '1/0', 'A/FF000000', 'FFFFFFFF/FFFFFFFF']) {
      const name = segmentName(7, parseLsn(position) / BigInt(size), size);
      const [row] = await sql<{ name: string }[]>`select pg_walfile_name(${position}::pg_lsn) as name`;
      assert.equal(name.slice(8), row!.name.slice(8), position);
      assert.deepEqual(parseSegment(name, size), { timeline: 7, number: parseLsn(position) / BigInt(size) });
    }
    assert.equal(parseSegment('00000002.history', size), undefined);
    assert.throws(() => parseLsn('1/x'), TypeError);
  });
  it('of timelines lead back to where they began', () => {
    const text = '1\t0/3000148\tbefore 2026-11-30 08:15:00+00\n\n2\t0/5000000\tno recovery target specified\n';
    assert.deepEqual(parseHistory(text), [
      { parent: 1, at: 0x3000148n },
      { parent: 2, at: 0x5000000n },
    ]);
    assert.deepEqual(parseHistory(''), []);
  });
});
