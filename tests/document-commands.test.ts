/**
 * Every command in the documents works as written. Commands in shell blocks run in a shell against one platform, with its addresses, ids
 * and secrets replacing those of the page; commands that cannot run here are listed with the reason, and their arguments are checked
 * against those that the program declares, as are those of npm scripts and of commands within sentences.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, databaseUrl, startEmbedded } from '@dhp/postgres';
import { blocksOf, commandsOf, documents, inlineCommandsOf, type Command } from './document-commands/collect.ts';
import { complaint, dhpComplaint, npmComplaint } from './document-commands/arguments.ts';
import { openShell, type Said, type Shell } from './document-commands/shell.ts';
import { fhirAt } from './fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

/** Commands of shell blocks that do not run here. */
const elsewhere: readonly { document: string; begins: RegExp; because: string }[] = [
  {
    document: 'docs/access.md',
    begins: /^npx dhp audit (prove|check-proof)/,
    because: 'the id is that of a record of the installation; tests/trail-life.test.ts proves one',
  },
  {
    document: 'docs/access.md',
    begins: /^npx dhp glass review/,
    because: 'an entry comes of an emergency; apps/fhir/test/break-glass.test.ts reviews one',
  },
  {
    document: 'docs/administration.md',
    begins: /^npx dhp identity-case decide/,
    because:
      'a case comes of the sign-in of a person whose record is not clear; apps/sso/test/identity-cases.test.ts decides some',
  },
  {
    document: 'docs/api-access.md',
    begins: /^curl -s <sso>\/oauth\/token -d grant_type=authorization_code/,
    because: 'a code comes of a person at a browser; tests/smart-launch.test.ts exchanges some',
  },
  {
    document: 'docs/api-access.md',
    begins: /^curl .*client_assertion/,
    because: 'an assertion is signed by a program; the checklist sends some (tests/checklist/sections)',
  },
  {
    document: 'docs/operations/backup.md',
    begins: /^npx dhp (backup|restore|doctor)/,
    because: 'needs a folder of backups, and a restore a platform that is stopped; tests/doctor.test.ts has both',
  },
  {
    document: 'docs/operations/runbooks.md',
    begins: /^npx dhp upgrade/,
    because: 'needs a database of an older PostgreSQL; tests/upgrade.test.ts has one',
  },
  {
    document: 'docs/operations/doctor.md',
    begins: /^npx dhp (doctor|verify)/,
    because:
      'ends with 1 where it finds a fault, as that of a database that is made for tests, or wants production; tests/doctor.test.ts and tests/verify.test.ts read what they say',
  },
  {
    document: 'docs/operations/distributed.md',
    begins: /^npx dhp (migrate|shards|doctor)|^systemctl/,
    because: 'needs several servers with Citus; tests/distributed/moving.test.ts has them, but for systemctl',
  },
  {
    document: 'docs/operations/retention.md',
    begins: /^dhp (purge|verify|archive|retention)/,
    because:
      'needs a deletion that asks for a purge, or a folder of archives and production; tests/retention.test.ts has them',
  },
  {
    document: 'docs/operations/install.md',
    begins: /^podman build/,
    because: 'installs all anew, for minutes; npm run proof -- container builds the image',
  },
  {
    document: 'docs/packages.md',
    begins: /^dhp package (install|remove)/,
    because:
      'needs a registry and the national package; tests/package.test.ts installs and removes from a registry of its own',
  },
  {
    document: 'docs/packages.md',
    begins: /^dhp terminology import/,
    because: 'needs releases that are licensed; tests/terminology-import.test.ts imports invented ones',
  },
  {
    document: 'docs/rest-api.md',
    begins: /^npx newman run/,
    because: 'npx would take newman from a registry; tests/integrator-files.test.ts runs the collection by newman',
  },
];

const reasonOf = (document: string, { text }: Command): string | undefined =>
  elsewhere.find((one) => one.document === document && one.begins.test(text))?.because;
const isOfNpm = ({ text }: Command): boolean => /^npm /.test(text);

/** Lines of `dhp.env`, which are no commands: settings. */
const isSettings = (text: string): boolean =>
  text.split('\n').every((line) => line === '' || /^[A-Z_]+=\S*$/.test(line));

/**
 * Recipes have a separate test (tests/recipes.test.ts), and translations contain the blocks of the English page
 * (apps/portal/test/documents.test.ts).
 */
const runHere = documents.filter((document) => !/^docs\/(?:recipes|uz|ru)\//.test(document));
const shellBlocks = runHere.flatMap(blocksOf).filter(({ language, text }) => language === 'sh' && !isSettings(text));

const json = JSON.stringify;
const files: Record<string, string> = {
  'package/package.json': json({ name: 'uz.dhp.core', version: '0.7.0', fhirVersions: ['5.0.0'], dependencies: {} }),
  'policies.json': json({
    others: 'as-scoped',
    rules: [{ name: 'x', effect: 'deny', who: { client: ['x'] }, types: ['Patient'], interactions: ['delete'] }],
  }),
  'patient.json': json({ resourceType: 'Patient', gender: 'female' }),
  'resources/one.json': json({ resourceType: 'Patient', gender: 'male' }),
  'export.ndjson': `${json({ resourceType: 'Patient' })}\n`,
  'weight.json': json({
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2026-11-01',
    valueQuantity: { value: 70, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  }),
};

/** Words of a page with their replacements in this test; filled when the platform runs. */
const replacements = new Map<string, [string | RegExp, string][]>();

const missing = ['sh', 'curl', 'tar'].find((program) => spawnSync(program, ['--version']).error !== undefined);
const skip = missing !== undefined && `there is no ${missing} on this machine`;

describe('shell blocks of the documents', { skip }, () => {
  let home: Home;
  let platform: Platform;
  let shell: Shell | undefined;
  let token: string;
  let credentials: Credentials;

  before(async () => {
    home = await openHome({ begins: 'migrated', programs: 'kept', environment: { DHP_SEED_PATIENTS: '1' } });
    platform = await home.start();
    credentials = platform.demo!;
    token = await getToken(platform.urls.sso, credentials);
    shell = await openShell(home.environment, files);
    await prepare();
  });
  after(async () => {
    await shell?.close();
    await home.close();
  });

  /** Creates the people, clients and records that pages mention, with the commands of the platform. */
  async function prepare(): Promise<void> {
    const made = async (command: string): Promise<Record<string, string>> => {
      const { code, stdout, stderr } = await shell!.run(`${command} --json`);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as Record<string, string>;
    };
    const other = await made(`dhp client create --name Other --scope 'system/*.rs'`);
    const registry = await made(
      `dhp client create --name Registry --scope 'system/Patient.cruds' --environment production`,
    );
    const { client_id: application } = await made(
      `dhp client create --name Growth --public --grant authorization_code --redirect-uri https://growth.example.uz/cb --scope 'openid launch patient/*.rs'`,
    );
    const operator = await made(
      `dhp client create --name Desk --scope 'admin/clients.read admin/clients.write admin/users.read'`,
    );
    const launcher = await made(`dhp client create --name Launcher --scope 'dhp.launch system/*.rs'`);
    const forClinics = `dhp registration-token create --name Clinic --scope 'openid fhirUser launch patient/*.rs offline_access'`;
    const [registration, ended] = [await made(forClinics), await made(forClinics)];
    const packed = await shell!.run('tar czf uz.dhp.core-0.7.0.tgz package');
    assert.equal(packed.code, 0, packed.stderr);
    const leaked = await made(`dhp client create --name Leaked --scope 'system/*.rs'`);
    for (const name of ['aziza', 'lola', 'malika']) await made(`dhp user create ${name} --name ${name}`);
    const ask = fhirAt(platform.urls.playground, token);
    await ask('PUT', 'Patient/doc-1', { resourceType: 'Patient', id: 'doc-1' });

    replacements.set('README.md', [['SECRET', credentials.client_secret]]);
    replacements.set('docs/getting-started.md', [
      ['client_id=CLIENT_ID', `client_id=${credentials.client_id}`],
      ['client_secret=CLIENT_SECRET', `client_secret=${credentials.client_secret}`],
    ]);
    replacements.set('docs/administration.md', [
      ['client_id=ID', `client_id=${operator['client_id']!}`],
      ['client_secret=SECRET', `client_secret=${operator['client_secret']!}`],
      ['CLIENT_ID', other['client_id']!],
      ['TOKEN_ID', ended['token_id']!],
      ['population-registry', registry['client_id']!],
    ]);
    replacements.set('docs/operations/runbooks.md', [['CLIENT_ID', leaked['client_id']!]]);
    replacements.set('docs/api-access.md', [
      ['REGISTRATION_TOKEN', registration['token']!],
      ['client_id=CLIENT_ID', `client_id=${credentials.client_id}`],
      ['client_secret=CLIENT_SECRET', `client_secret=${credentials.client_secret}`],
      ['$CLIENT_ID:$CLIENT_SECRET', `${launcher['client_id']!}:${launcher['client_secret']!}`],
      ['APPLICATION_CLIENT_ID', application!],
      ['ORGANIZATION_ID', 'clinic-7'],
      ...(['PATIENT', 'ENCOUNTER', 'PRACTITIONER'] as const).map((name): [string, string] => [`${name}_ID`, 'one']),
      [/\bID\b/g, 'doc-1'],
    ]);
  }

  /** The script of a page: its blocks in order in one shell, so that later blocks have the variables of earlier ones. */
  function scriptOf(document: string): { script: string; statuses: (number | undefined)[] } {
    const commands = shellBlocks
      .filter((block) => block.document === document)
      .flatMap(({ text, line }) => commandsOf(text).map((command) => ({ ...command, line })))
      .filter((command) => !isOfNpm(command) && reasonOf(document, command) === undefined);
    const { sso, playground, portal } = platform.urls;
    const all: [string | RegExp, string][] = [
      ['http://localhost:9000', sso],
      ['http://localhost:8080/fhir', playground],
      ['http://localhost:8080/', portal],
      ['<sso>', sso],
      ...(replacements.get(document) ?? []),
    ];
    const lines = commands.flatMap(({ text, line }) => [
      `echo '@line ${line}' >&2`,
      all.reduce((now, [from, to]) => now.replaceAll(from, () => to), text),
    ]);
    const prelude = [`TOKEN=${token}`, `BASE=${playground}`, `AUTH="Authorization: Bearer $TOKEN"`];
    return {
      script: [...prelude, ...lines].join('\n'),
      statuses: commands.flatMap(({ text, comment }) => {
        const [, promised] = /\b([1-5]\d\d)\b/.exec(comment) ?? [];
        return [...text.matchAll(/\bcurl /g)].map(() => (promised === undefined ? undefined : Number(promised)));
      }),
    };
  }

  const told = ({ stdout, stderr }: Said): string => `${stderr.slice(-1_500)}\n${stdout.slice(-1_500)}`;

  for (const document of [...new Set(shellBlocks.map((block) => block.document))]) {
    if (shellBlocks.filter((one) => one.document === document).every(({ text }) => commandsOf(text).every(isOfNpm)))
      continue;
    test(document, async () => {
      const { script, statuses } = scriptOf(document);
      const said = await shell!.run(script);
      assert.equal(said.code, 0, told(said));
      assert.equal(said.statuses.length, statuses.length, told(said));
      for (const [n, promised] of statuses.entries()) {
        const status = said.statuses[n]!;
        const isAsPromised = promised === undefined ? status >= 200 && status < 300 : status === promised;
        assert.ok(isAsPromised, `curl number ${n + 1} got ${status}, not ${promised ?? 'a success'}\n${told(said)}`);
      }
    });
  }

  test('SQL for a database of your own', async () => {
    const { url } = await startEmbedded({ directory: join(home.data, 'postgres'), attach: true });
    const sql = connect(databaseUrl(url, 'postgres'), { max: 1 });
    try {
      const blocks = ['docs/configuration.md', 'docs/database-roles.md'].flatMap(blocksOf);
      const statements = blocks.filter(({ language }) => language === 'sql').flatMap(({ text }) => text.split(';'));
      // The databases of the platform have these names.
      for (const one of statements.map((text) => text.replaceAll('dhp_', 'docs_')))
        if (one.replaceAll(/--.*/g, '').trim() !== '') await sql.unsafe(one);
      const [row] = await sql`select count(*)::int as count from pg_database where datname like 'docs\\_%'`;
      assert.equal(row!['count'], 3);
    } finally {
      await sql.end();
    }
  });
});

describe('commands that do not run here', () => {
  const named = documents.flatMap((document) => [
    ...inlineCommandsOf(document).map((command) => ({ document, command })),
    ...shellBlocks
      .filter((block) => block.document === document)
      .flatMap(({ text }) => commandsOf(text))
      .filter((command) => isOfNpm(command) || reasonOf(document, command) !== undefined)
      .map(({ text }) => ({ document, command: text })),
  ]);

  test('have arguments that their programs take', async () => {
    assert.ok(named.length > 100, String(named.length));
    const found = await Promise.all(
      named
        .filter(({ command }) => /^(npm|npx|node|dhp) /.test(command))
        .map(async ({ document, command }) => {
          const why = await complaint(document, command);
          return why === undefined ? [] : [`${document}: ${command}: ${why}`];
        }),
    );
    assert.deepEqual(found.flat(), []);
    assert.match((await dhpComplaint('dhp client create --colour red'))!, /--colour/);
    assert.match((await dhpComplaint('dhp clients list'))!, /no command/);
    assert.match((await npmComplaint('npm run bench -- --colour'))!, /--colour/);
    assert.match((await npmComplaint('npm test -- packages/nothing'))!, /nothing/);
  });

  test('are still named by their pages', () => {
    for (const { document, begins } of elsewhere) {
      const commands = shellBlocks
        .filter((block) => block.document === document)
        .flatMap(({ text }) => commandsOf(text));
      assert.ok(
        commands.some(({ text }) => begins.test(text)),
        `${document}: ${String(begins)}`,
      );
    }
  });
});
