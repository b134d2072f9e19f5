/** `dhp import` and `dhp export` against a platform, through connections that break. docs/bulk-export.md */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openCuttingProxy, type CuttingProxy } from './cutting-proxy.ts';
import { openHome, type Home } from './platform.ts';
import { freePort, launch, type Launched } from './processes.ts';

const dhp = fileURLToPath(new URL('../apps/dhp/src/main.ts', import.meta.url));
const patients = 400;

let root: string;
let place: Home;
let proxy: CuttingProxy;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dhp-exchange-'));
  const [port, front] = [await freePort(), await freePort()];
  const environment = {
    DHP_PORT: String(port),
    DHP_PLAYGROUND_URL: `http://localhost:${front}/fhir`,
    // Parts must be cut smaller than usual.
    DHP_BODY_LIMIT: '96KiB',
    DHP_REFERENCE_INTEGRITY: 'enforce',
  };
  place = await openHome({ begins: 'migrated', serves: 'sso,fhir', programs: 'kept', environment });
  proxy = await openCuttingProxy(front, port);
  await place.start();
});
after(async () => {
  await place.close();
  await proxy.close();
  await rm(root, { recursive: true, force: true });
});

const lines = (resources: readonly object[]): string => resources.map((each) => `${JSON.stringify(each)}\n`).join('');
const patient = (id: string, family = 'Karimova') => ({
  ...{ resourceType: 'Patient', id, active: true, name: [{ family, given: ['Aziza', 'of the exchange'] }] },
});
const observation = (id: string, of: string) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'a finding of the exchange' } },
  subject: { reference: `Patient/${of}` },
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function begin(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Launched {
  return launch(root, [dhp, ...words], { ...place.environment, ...environment });
}

/** Paths in the words are absolute. */
const run = (words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended> =>
  place.run(words, environment);

/** Resolves when a file of an export has begun, after 10 s at the latest. */
async function hasWritten(folder: string): Promise<void> {
  const end = performance.now() + 10_000;
  const sizes = async (): Promise<number[]> => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.part'));
    return Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => ({ size: 0 }))).size));
  };
  while (performance.now() < end && !(await sizes()).some((size) => size > 0)) await delay(10);
}

/** In the folder of the test. */
async function runHere(words: readonly string[]): Promise<Ended> {
  const launched = begin(words);
  const { code } = await launched.ended;
  return { code, stdout: launched.stdout(), stderr: launched.stderr() };
}

const rowsOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('dhp import', () => {
  const folder = (): string => join(root, 'in');
  before(async () => {
    await mkdir(folder());
    // A line refers to a later one, by name and in another part.
    const early = [
      patient('p0'),
      observation('early', 'last'),
      patient('twice', 'First'),
      observation('lost', 'nobody'),
    ];
    await writeFile(join(folder(), '1.ndjson'), `\n${lines(early)}{"resourceType":"Patient",\n`);
    const all = Array.from({ length: patients }, (_, n) => patient(`p${n}`, `Family${'x'.repeat(300)}`));
    await writeFile(join(folder(), '2.ndjson.gz'), gzipSync(lines(all)));
    await writeFile(join(folder(), '3.ndjson'), lines([patient('last'), patient('twice', 'Second')]).trimEnd());
    await writeFile(join(folder(), 'one.json'), JSON.stringify(observation('one', 'p1'), null, 2));
    await writeFile(join(folder(), 'notes.txt'), 'no resources');
  });

  it('ends with 3 at Ctrl-C, and goes on where it was', async () => {
    let posts = 0;
    let ended: Promise<unknown> | undefined;
    const first = begin(['import', folder(), '--json']);
    proxy.onRequest = (line) => {
      if (line.startsWith('POST /fhir/$import') && (posts += 1) === 4) ended = first.end('SIGINT');
    };
    const { code } = await first.ended;
    await ended;
    proxy.onRequest = () => undefined;
    assert.equal(code, 3, first.stderr());
    assert.match(first.stderr(), /^Stopped\. The same command continues from here\.\n$/m);
    assert.equal((await runHere(['import', join(folder(), '3.ndjson')])).code, 2, 'the folder has another import');

    const { code: done, stdout, stderr } = await runHere(['import', folder()]);
    assert.equal(done, 1, stderr);
    assert.match(stdout, /not accepted 2\./);
    assert.match(stdout, /^ {2}\S*\/in\/1\.ndjson:6: .+$/m);
    assert.match(stdout, /^ {2}\S*\/in\/1\.ndjson:5: .*nobody.*$/m);
    assert.match(stdout, /: dhp-import\/rejects\.ndjson\n$/);
    const rejects = rowsOf(await readFile(join(root, 'dhp-import', 'rejects.ndjson'), 'utf8'));
    assert.deepEqual(rejects.map(({ line }) => line).sort(), [5, 6]);
    assert.deepEqual(await readdir(join(root, 'dhp-import')), ['rejects.ndjson']);
  });

  it('has found a line that was refused by the size of a request, and cut its parts', () => {
    const posts = proxy.seen.filter((line) => line.startsWith('POST /fhir/$import'));
    assert.ok(posts.length > 4, String(posts.length));
  });

  it('does nothing twice, and leaves no results where all was taken', async () => {
    const { code, stdout } = await run([
      'import',
      join(folder(), '3.ndjson'),
      '--results',
      join(root, 'again'),
      '--json',
    ]);
    assert.equal(code, 0);
    const { created, updated, unchanged, imported_before: earlier } = JSON.parse(stdout) as Record<string, number>;
    assert.deepEqual([created, updated, unchanged! + earlier!], [0, 0, 2]);
    assert.ok(!(await readdir(root)).includes('again'));
  });

  it('takes nothing of its results for an input, and leaves nothing where all was refused', async () => {
    const nested = join(root, 'nested');
    await mkdir(nested);
    await writeFile(join(nested, 'bad.ndjson'), '{"resourceType":"Patient"}\n');
    const words = ['import', nested, '--results', join(nested, 'results'), '--json'];
    for (let times = 0; times < 2; times += 1) {
      const { code, stdout, stderr } = await run(words);
      assert.equal(code, 1, stderr);
      assert.equal((JSON.parse(stdout) as { rejected: number }).rejected, 1);
    }
    const reader = await place.createClient('playground', 'system/Patient.rs');
    const secret = join(root, 'secret-of-reader');
    await writeFile(secret, reader.client_secret);
    const client = ['--client', reader.client_id, '--secret-file', secret, '--results', join(root, 'refused')];
    const refused = await run(['import', join(folder(), 'one.json'), ...client]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, / answered 403/);
    assert.ok(!(await readdir(root)).includes('refused'));
  });

  it('waits for a server that is away, and ends with 3 when it stays away', async () => {
    proxy.isDown = true;
    const words = ['import', join(folder(), 'one.json'), '--results', join(root, 'away'), '--patience'];
    const { code, stderr } = await run([...words, '1']);
    assert.equal(code, 3);
    assert.match(stderr, /could not be reached/);
    const launched = begin([...words, '60']);
    const before = proxy.refused;
    while (proxy.refused === before) await delay(20);
    proxy.isDown = false;
    assert.equal((await launched.ended).code, 0, launched.stderr());
    assert.match(launched.stderr(), /waiting for http/);
  });
});

/** Every line of an export, by the name of its resource. */
async function exported(folder: string): Promise<Map<string, Record<string, unknown>>> {
  const found = new Map<string, Record<string, unknown>>();
  for (const name of await readdir(folder)) {
    if (!/\.ndjson(\.gz)?$/.test(name)) continue;
    const bytes = await readFile(join(folder, name));
    for (const row of rowsOf((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')))
      found.set(`${String(row['resourceType'])}/${String(row['id'])}`, row);
  }
  return found;
}

describe('dhp export', () => {
  const words = ['export', '--type', 'Patient,Observation', '--to'];
  const kickOffs = (): number => proxy.seen.filter((line) => line.startsWith('GET /fhir/$export')).length;

  it('goes on behind the byte at which a connection was lost', async () => {
    // After the headers, within the compressed lines, some of which have been written by then.
    proxy.cutNext('/1.ndjson', 1_800, () => hasWritten(join(root, 'one')));
    const { code, stdout, stderr } = await run([...words, join(root, 'one')]);
    assert.equal(code, 0, stderr);
    assert.ok(
      proxy.seen.some((line) => /\.ndjson range: bytes=[1-9]\d*-$/i.test(line)),
      proxy.seen.filter((line) => line.includes('ndjson')).join('\n'),
    );
    const found = await exported(join(root, 'one'));
    assert.equal([...found.keys()].filter((name) => name.startsWith('Patient/p')).length, patients);
    assert.deepEqual((found.get('Patient/twice')?.['name'] as { family: string }[])[0]?.family, 'Second');
    assert.ok(found.has('Observation/early') && found.has('Observation/one') && !found.has('Observation/lost'));
    for (const line of (await readFile(join(root, 'one', 'SHA256SUMS'), 'utf8')).trimEnd().split('\n')) {
      const [digest, name] = line.split('  ');
      assert.equal(
        createHash('sha256')
          .update(await readFile(join(root, 'one', name!)))
          .digest('hex'),
        digest,
      );
    }
    assert.match(stdout, /^Patient +402$/m);
    assert.match(stdout, /--since \d{4}-/);
    // Its files are removed at the server.
    assert.match(proxy.seen.at(-1)!, /^DELETE \/fhir\/\$job\//);
    assert.equal((await run([...words, join(root, 'one')])).code, 2);
  });

  it('brings tables of views: of a file, of the national library and of the server', async () => {
    const view = {
      ...{ resourceType: 'ViewDefinition', name: 'families', status: 'active', resource: 'Patient' },
      select: [
        {
          column: [
            { name: 'id', path: 'getResourceKey()' },
            { name: 'family', path: 'name.first().family' },
          ],
        },
      ],
    };
    await writeFile(join(root, 'families.json'), JSON.stringify({ ...view, name: 'Families' }));
    await writeFile(join(root, 'again.json'), JSON.stringify(view));
    const views = [join(root, 'families.json'), join(root, 'again.json'), 'patients-by-age-and-sex'].join(',');
    const tables = ['export', '--view', views, '--format', 'csv', '--to', join(root, 'tables')];
    // Within a file, so that the next run must continue after the existing part.
    const first = begin(tables);
    proxy.onRequest = (line) => {
      if (line.includes('.csv')) void first.end('SIGINT');
    };
    assert.equal((await first.ended).code, 3, first.stderr());
    proxy.onRequest = () => undefined;
    const other = await run(['export', '--view', 'patients-by-age-and-sex', '--to', join(root, 'tables')]);
    assert.equal(other.code, 2, 'other tables');
    const { code, stdout, stderr } = await run(tables);
    assert.equal(code, 0, stderr);
    // Names that differ by capitals alone are one name on some systems.
    assert.match(stdout, /^Families +Families-001\.csv +[\d,]+$/m);
    assert.match(stdout, /^families +families-2-001\.csv +[\d,]+$/m);
    const names = await readdir(join(root, 'tables'));
    assert.equal(names.filter((name) => name.endsWith('.csv')).length, 3, names.join(' '));
    const csv = (await readFile(join(root, 'tables', 'Families-001.csv'), 'utf8')).trimEnd().split(/\r?\n/);
    assert.equal(csv.length, patients + 3);
    assert.equal(csv[0], 'id,family');
    assert.ok(csv.includes('Patient/twice,Second') || csv.includes('twice,Second'), csv.slice(0, 3).join('\n'));

    const gone = await run(['export', '--view', 'not-there', '--to', join(root, 'gone')]);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /not-there/);
  });

  it('says of views what is wrong before it asks', async () => {
    await writeFile(join(root, 'patient.json'), JSON.stringify(patient('p')));
    const wrong: readonly (readonly [string[], RegExp])[] = [
      [['--view', 'a', '--type', 'Patient'], /--view and --type/],
      [['--view', 'a', '--filter', 'Patient?active=true'], /--view and --filter/],
      [['--view', 'a', '--format', 'xlsx'], /--format xlsx: /],
      [['--format', 'csv'], /--view/],
      [['--view', ','], /--view/],
      [['--view', '../a'], /--view \.\.\/a/],
      [['--view', join(root, 'patient.json')], /no ViewDefinition/],
      [['--view', join(root, 'nothing.json')], /cannot be read/],
    ];
    for (const [more, said] of wrong) {
      const { code, stderr } = await run(['export', '--to', join(root, 'wrong'), ...more]);
      assert.deepEqual([code, said.test(stderr)], [2, true], `${more.join(' ')}: ${stderr}`);
    }
  });

  it('ends with 3 at Ctrl-C, and asks for no second export', async () => {
    const before = kickOffs();
    const first = begin([...words, join(root, 'two'), '--gzip']);
    proxy.onRequest = (line) => {
      if (line.includes('.ndjson')) void first.end('SIGINT');
    };
    assert.equal((await first.ended).code, 3, first.stderr());
    proxy.onRequest = () => undefined;
    assert.equal(
      (await run(['export', '--type', 'Patient', '--to', join(root, 'two'), '--gzip'])).code,
      2,
      'another export',
    );
    assert.equal((await run([...words, join(root, 'two'), '--gzip'])).code, 0);
    assert.equal(kickOffs(), before + 1);
    assert.deepEqual((await exported(join(root, 'two'))).size, (await exported(join(root, 'one'))).size);
  });

  it('begins a file anew that is not what the server says, and an export that is gone', async () => {
    await run([...words, join(root, 'three'), '--keep']);
    const record = JSON.parse(await readFile(join(root, 'three', 'export.json'), 'utf8')) as Record<string, unknown>;
    const name = 'Patient-001.ndjson';
    const right = await readFile(join(root, 'three', name));
    const { [name]: _left, ...files } = record['files'] as Record<string, unknown>;
    const begun = JSON.stringify({ ...record, files, ended: false });
    // As many bytes and lines, of which one differs.
    const wrong = Buffer.from(right);
    wrong[wrong.indexOf('Karimova')] = 0x58;
    await rm(join(root, 'three', name));
    await writeFile(join(root, 'three', `${name}.part`), wrong);
    await writeFile(join(root, 'three', 'export.json'), begun);
    const { code, stderr } = await run([...words, join(root, 'three'), '--keep']);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readFile(join(root, 'three', name)), right);

    await place.run(['job', 'cancel', String(record['job']).split('/').at(-1)!]);
    await writeFile(join(root, 'three', 'export.json'), begun);
    const anew = await run([...words, join(root, 'three')]);
    assert.equal(anew.code, 0, anew.stderr);
    assert.match(anew.stderr, /it is started again/);
    assert.equal((await exported(join(root, 'three'))).size, (await exported(join(root, 'one'))).size);
  });

  it('says what the server refuses in the language of the person, and leaves nothing that is in the way', async () => {
    const { code, stderr } = await run(['export', '--to', join(root, 'four'), '--type', 'Patent'], {
      LC_ALL: 'ru_RU.UTF-8',
    });
    assert.equal(code, 1);
    assert.match(stderr, /ответил 400/);
    assert.equal((await run(['export', '--to', join(root, 'four'), '--type', 'Device'])).code, 0);
  });

  it('sends a secret nowhere in clear, and takes none from the command line', async () => {
    const secret = join(root, 'secret');
    await writeFile(secret, 'a secret');
    const of = async (...more: string[]): Promise<string> => {
      const { code, stderr } = await run(['export', '--to', join(root, 'five'), ...more]);
      assert.equal(code, 2, stderr);
      return stderr;
    };
    const server = ['--server', 'http://fhir.example.uz/fhir'];
    assert.match(await of(...server), /--server needs --client/);
    assert.match(await of(...server, '--client', 'c'), /--secret-file together/);
    assert.match(await of(...server, '--client', 'c', '--secret-file', secret), /a secret is sent only over https/);
    assert.match(await of('--environment', 'production'), /no demo client in production/);
    const wrong = await run(['export', '--to', join(root, 'five'), '--client', 'demo', '--secret-file', secret]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /oauth\/token answered 401/);
  });
});
