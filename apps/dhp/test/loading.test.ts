/** Modules that a command loads before it runs: each of them delays every use of the command by about half a millisecond. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandsFor } from '../src/commands.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Prints, when the process ends, the address of each module that it has loaded. */
const recorder = `
  import { registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
  process.on('exit', () => process.stderr.write(JSON.stringify(loaded)));
`;

async function loadedBy(...words: string[]): Promise<string[]> {
  const recording = ['--import', `data:text/javascript,${encodeURIComponent(recorder)}`];
  const { stderr } = await promisify(execFile)(process.execPath, [...recording, main, ...words]);
  return JSON.parse(stderr) as string[];
}

const servers = /\/apps\/(fhir|portal)\/|\/apps\/sso\/src\/sso\.ts|\/node_modules\/(fastify|oidc-provider)\//;
const engines = /\/packages\/(fhir-(validation|terminology|search)|fhirpath|synthetic-population)\//;

describe('a command loads what it needs', () => {
  for (const words of [['--help'], ['client', 'list'], ['start'], ['validate']]) {
    test(`dhp ${words.join(' ')}: no server and no validator to tell of it`, async () => {
      const loaded = await loadedBy(...words, '--help');
      assert.ok(loaded.some((url) => url.endsWith('/apps/dhp/src/cli.ts')));
      assert.deepEqual(
        loaded.filter((url) => servers.test(url) || engines.test(url)),
        [],
      );
    });
  }

  test('dhp client … loads no other family', async () => {
    const loaded = await loadedBy('client', 'list', '--help');
    const families = loaded.filter((url) => url.includes('/apps/dhp/src/commands/'));
    assert.deepEqual(families.map((url) => url.replace(/.*\//, '')).sort(), [
      ...['client-output.ts', 'client-registration.ts', 'client.ts', 'declared-options.ts', 'shared.ts'],
    ]);
  });

  test('the portal and the start of the platform: nothing of the SSO, of a FHIR server or of the demonstration’s people', async () => {
    const others =
      /\/packages\/(sign-in|protocol|accounts|fhir-[a-z]+|search-index|synthetic-population)\/|\/oidc-provider\//;
    // Names, and tables of the schema, alone.
    const names =
      /\/(sign-in\/src\/portal-client|synthetic-population\/src\/demo|fhir-store\/src\/(placement\/)?[a-z-]+)\.ts$/;
    for (const [program, most] of [
      ['../src/servers/portal.ts', 460],
      ['../src/platform.ts', 400],
    ] as const) {
      const load = `await import(${JSON.stringify(new URL(program, import.meta.url).href)})`;
      const words = ['--input-type=module', '--eval', `${recorder}${load}; process.exit(0);`];
      const { stderr } = await promisify(execFile)(process.execPath, words);
      const loaded = JSON.parse(stderr) as string[];
      assert.deepEqual(
        loaded.filter((url) => others.test(url) && !names.test(url)),
        [],
      );
      assert.ok(loaded.length < most, `${program} loads ${String(loaded.length)} modules`);
    }
  });

  test('every command is found by its first word', async () => {
    const all = await commandsFor([]);
    assert.ok(all.length > 40);
    for (const command of all) {
      const words = command.name.split(' ');
      for (const argv of [words, ['help', ...words], [...words, '--json']]) {
        assert.ok((await commandsFor(argv)).includes(command), command.name);
      }
    }
  });
});
