/** Servers that end while the database is away: they are started again until it is back, however often that fails, and then serve. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connect, databaseUrl } from '@dhp/postgres';
import { startWire, testServer, until, type Wire } from '@dhp/postgres/testing';
import { openHome, type Home, type Platform } from './platform.ts';
import { launch, servers } from './processes.ts';

const database = `database_away_${randomBytes(8).toString('hex')}`;
let server: string;
let wire: Wire;
let home: Home;
let platform: Platform;

/** A server that fails is given up after three starts in a row, which follow each other sooner than usual. */
const impatient = `
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/processes/restarts.ts')) return loaded;
    const source = String(loaded.source).replace(/const delays = .*/, 'const delays = [0, 50, 50];');
    if (source === String(loaded.source)) throw new Error('restarts.ts has no delays');
    return { ...loaded, source };
  } });
`;

before(async () => {
  server = await testServer();
  wire = await startWire(server);
  const admin = connect(server, { max: 1 });
  await admin.unsafe(`create database ${database}`);
  await admin.end();
  home = await openHome({
    serves: 'sso,fhir',
    environment: {
      DATABASE_URL: wire.through(databaseUrl(server, database)),
      DHP_SECRET_KEY: randomBytes(32).toString('base64'),
    },
  });
  platform = await home.start({}, ['--import', `data:text/javascript,${encodeURIComponent(impatient)}`]);
});
after(async () => {
  await home.close();
  await wire.close();
  const admin = connect(server, { max: 1 });
  for (const name of ['', '_sso', '_playground'])
    await admin.unsafe(`drop database if exists ${database}${name} with (force)`);
  await admin.end();
});

/** How often a server in a row ended that was begun, by the line that tells it. */
const failed = (title: RegExp): number =>
  Math.max(
    0,
    ...[...platform.said().matchAll(/^.*\(start (\d+) in a row\)/gm)].flatMap(([line, count]) =>
      title.test(line) ? [Number(count)] : [],
    ),
  );

test(
  'servers that are killed while the database is away come back with it, beyond the starts after which they would be given up',
  { skip: process.platform !== 'linux' && 'processes are found by /proc' },
  async () => {
    const [sso] = (await servers(platform.pid)).get('sso')!;
    const [fhir] = (await servers(platform.pid)).get('playground')!;
    await wire.cut();
    for (const pid of [sso!, fhir!]) process.kill(pid, 'SIGKILL');
    let isEnded = false;
    void platform.ended.then(() => (isEnded = true));
    await until('both have failed more often than they may', () => {
      assert.ok(!isEnded, platform.said());
      return failed(/^The SSO/) >= 5 && failed(/^The playground/) >= 5;
    });
    const command = launch(
      home.data,
      [new URL('../apps/dhp/src/main.ts', import.meta.url).pathname, 'job', 'list'],
      home.environment,
    );
    assert.equal((await command.ended).code, 1);
    assert.match(command.stderr(), /^dhp: .*database/m);
    assert.doesNotMatch(command.stderr(), /unexpected/i);
    await wire.restore();
    const { sso: ssoUrl, playground } = platform.urls;
    await until('both serve', async () => {
      const answers = await Promise.all(
        [`${ssoUrl}/.well-known/openid-configuration`, `${playground}/metadata`].map((url) =>
          fetch(url).then(
            ({ status }) => status,
            () => 0,
          ),
        ),
      );
      return answers.every((status) => status === 200);
    });
  },
);
