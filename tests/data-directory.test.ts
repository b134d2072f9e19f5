/** Commands work on the databases of the platform and never begin others in silence. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { databaseUrl } from '@dhp/postgres';
import { testServer } from '@dhp/postgres/testing';
import { commandsFor } from '../apps/dhp/src/commands.ts';
import { openHome, type Home } from './platform.ts';

let place: Home;
before(async () => {
  place = await openHome({ commands: 'all together' });
});
after(() => place.close());

/** Commands that work without a database, or create one. */
const others = new Set([
  'start',
  'migrate',
  'validate',
  'password-list status',
  'password-list check',
  'audit check-proof',
  // It reports problems, including a missing database.
  'doctor',
  // Clients of a server, wherever its database is.
  'export',
  'import',
  // They need a folder of backups first, and a restore may be into an empty directory.
  'backup',
  'backup list',
  'restore',
  // It reports that there is none.
  'upgrade',
]);

/** Arguments of which the form is looked at first. */
const examples = new Map([
  ['RESOURCE', 'Patient/1'],
  ['audit ID', 'trail-81234-1024'],
  ['audit ID-OR-HEAD', 'trail-81234-1024'],
  ['glass ID', '7'],
  ['purge REQUEST_ID', '0198c0de-0000-7000-8000-000000000000'],
  ['archive VERSION', 'Observation/7/_history/2'],
  ['shards HOST:PORT', 'db1:5432'],
]);
/** Values of options with restricted values; all others receive 1. */
const values = new Map([
  ['type', 'Patient'],
  ['verdict', 'justified'],
]);

test('every command refuses a data directory without a database, makes nothing, and names the setting', async (t) => {
  const commands = (await commandsFor([])).filter(({ name }) => !others.has(name));
  // One of each family goes through the command line; the families share how they open their database.
  const families = new Map(commands.map((command) => [command.name.split(' ')[0]!, command]));
  assert.ok(families.size >= 8);
  for (const command of families.values()) {
    const [family] = command.name.split(' ');
    const words = [
      ...command.name.split(' '),
      ...(command.argument ?? '')
        .split(' ')
        .filter((word) => word !== '')
        .map((word) => examples.get(word) ?? examples.get(`${family!} ${word}`) ?? word.replace(/\[.*\]|…/g, '')),
      ...Object.entries(command.options).flatMap(([name, { required }]) =>
        required === true || name === 'reason' ? [`--${name}`, values.get(name) ?? '1'] : [],
      ),
    ];
    await t.test(`dhp ${words.join(' ')}`, async () => {
      const { code, stderr } = await place.run(command.name.startsWith('terminology') ? ['package', 'list'] : words);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        /^dhp: There is no database in the data directory .*\/data\. .* DHP_DATA, .* run dhp start or dhp migrate first\.$/m,
      );
      assert.equal(existsSync(place.data), false, 'nothing is made');
    });
  }
});

test('dhp migrate makes them, and commands work from then on', async () => {
  assert.equal((await place.run(['migrate'])).code, 0);
  assert.deepEqual(await place.json(['client', 'list']), { clients: [] });
  assert.ok(existsSync(join(place.data, 'postgres')));
});

test('a key that is not the one of the installation is refused in plain words, and seals nothing', async () => {
  assert.equal((await place.run(['key', 'rotate', 'ES256', '--at-once'])).code, 0);
  const before = await place.json(['key', 'list']);
  const wrong = { DHP_SECRET_KEY: randomBytes(32).toString('base64') };
  const commands = [['start'], ['key', 'rotate', 'ES256'], ['database', 'roles', '--print-sql']];
  for (const words of commands) {
    const { code, stdout, stderr } = await place.run(words, wrong);
    assert.equal(code, 1, words.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^dhp: DHP_SECRET_KEY is not the key of this installation: .* second factors again\.$/m);
  }
  assert.deepEqual(await place.json(['key', 'list']), before);
});

test('a DATABASE_URL that names other databases is refused, too, and no key is made beside it', async () => {
  const server = await testServer();
  const url = databaseUrl(server, `elsewhere_${String(process.pid)}`);
  const elsewhere = { DATABASE_URL: url, DHP_DATA: join(place.data, 'other') };
  const { code, stderr } = await place.run(['client', 'list'], elsewhere);
  assert.equal(code, 1, stderr);
  assert.match(
    stderr,
    /there is no database elsewhere_\d+_sso; .* set DATABASE_URL as the platform has it; .* dhp migrate first\./,
  );
  assert.equal(existsSync(elsewhere.DHP_DATA), false);
});

test(
  'a place that takes no directories is refused at once',
  { skip: !existsSync('/proc/self') && 'no /proc here' },
  async () => {
    for (const path of ['/proc/nope', '/proc/nope/deeper', '/dev/null/data']) {
      const { code, stderr } = await place.run(['start'], { DHP_DATA: path });
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^dhp: DHP_DATA=${path} cannot be used as the data directory: .*\\.$`, 'm'));
    }
  },
);
