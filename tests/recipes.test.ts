/**
 * The recipes of docs/recipes as walks: their shell blocks run in order against a platform, with the files that they use, by applications
 * with the scopes of the page's task only. Each runs twice, as after a broken connection: nothing is stored twice. The results are valid by
 * R5, and by the national profiles if the national package is available.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@dhp/fhir-validation';
import { kinds } from '../packages/applications/src/rules/kinds.ts';
import { definitionsOf, MemoryCodes } from '../packages/fhir-validation/test/memory-codes.ts';
import { nationalResources, skipNational } from '../packages/fhir-validation/test/national.ts';
import applicationTexts from '../apps/portal/messages/applications/en.json' with { type: 'json' };
import { blocksOf, commandsOf } from './document-commands/collect.ts';
import { openShell, type Said, type Shell } from './document-commands/shell.ts';
import { fhirAt, hasStatus, type Ask } from './fhir.ts';
import { getToken, openHome, type Credentials, type Home, type Platform } from './platform.ts';

type Json = Record<string, unknown>;
type Checked = Parameters<Validator['validate']>[0];

const folder = new URL('../docs/recipes/', import.meta.url);
const recipes = readdirSync(folder).sort();
const profiles = 'https://dhp.uz/fhir/core/StructureDefinition/';

/**
 * Task of each application, by the prefix of CLIENT_ID; the stored resources by type; and the profile of each type in the national package.
 */
const expected: Record<string, { tasks: Record<string, string>; stores: Record<string, number> }> = {
  'immunization.md': { tasks: { '': 'immunisation' }, stores: { Immunization: 1 } },
  'laboratory-results.md': { tasks: { '': 'laboratory' }, stores: { Observation: 2, DiagnosticReport: 1 } },
  'prescription.md': {
    tasks: { CLINIC_: 'clinic', PHARMACY_: 'pharmacy' },
    stores: { MedicationRequest: 1, MedicationDispense: 1 },
  },
  'referral.md': { tasks: { '': 'clinic' }, stores: { Condition: 1, ServiceRequest: 1 } },
};
const profileOf: Record<string, string> = {
  Observation: 'uz-core-observation',
  DiagnosticReport: 'uz-core-diagnostic-report',
  Condition: 'uz-core-condition',
  ServiceRequest: 'uz-core-servicerequest-laboratory',
  Immunization: 'uz-core-immunization',
  MedicationDispense: 'uz-core-medication-dispense',
};

const textOf = (recipe: string): string => readFileSync(new URL(recipe, folder), 'utf8');

/** The JSON blocks by the name that the sentence before each says to save it under. */
function filesOf(recipe: string): Record<string, string> {
  const found = [...textOf(recipe).matchAll(/Save as `([\w.-]+)`(?:(?!```)[^])*```json\n([^]*?)```/g)];
  return Object.fromEntries(found.map(([, name, text]) => [name!, text!]));
}

let home: Home;
let platform: Platform;
let shell: Shell | undefined;
let ask: Ask;
before(async () => {
  home = await openHome({
    begins: 'migrated',
    programs: 'kept',
    environment: { DHP_SEED_PATIENTS: '1' },
    serves: 'sso,fhir',
  });
  platform = await home.start();
  ask = fhirAt(platform.urls.playground, await getToken(platform.urls.sso, platform.demo!, 'system/*.cruds'));
  shell = await openShell(home.environment, Object.assign({}, ...recipes.map(filesOf)) as Record<string, string>);
});
after(async () => {
  await shell?.close();
  await home.close();
});

/** The script of a recipe, for applications registered for its tasks. */
async function scriptOf(recipe: string): Promise<{ script: string; promised: (number | undefined)[] }> {
  const places: [string, string][] = [
    ['http://localhost:9000', platform.urls.sso],
    ['http://localhost:8080/fhir', platform.urls.playground],
  ];
  for (const [prefix, task] of Object.entries(expected[recipe]!.tasks)) {
    const client: Credentials = await home.createClient('playground', kinds.backend.tasks[task]!.join(' '));
    places.push([`client_id=${prefix}CLIENT_ID`, `client_id=${client.client_id}`]);
    places.push([`client_secret=${prefix}CLIENT_SECRET`, `client_secret=${client.client_secret}`]);
  }
  const commands = blocksOf(`docs/recipes/${recipe}`)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => commandsOf(text));
  const lines = commands.map(({ text }) => places.reduce((now, [from, to]) => now.replaceAll(from, () => to), text));
  const promised = commands.flatMap(({ text, comment }) => {
    const [, status] = /\b([1-5]\d\d)\b/.exec(comment) ?? [];
    return [...text.matchAll(/\bcurl /g)].map(() => (status === undefined ? undefined : Number(status)));
  });
  return { script: lines.join('\n'), promised };
}

function assertAsPromised({ code, statuses, stdout, stderr }: Said, promised: readonly (number | undefined)[]): void {
  const told = `${stderr.slice(-1_000)}\n${stdout.slice(-2_000)}`;
  assert.equal(code, 0, told);
  assert.equal(statuses.length, promised.length, told);
  for (const [n, status] of statuses.entries()) {
    const isGood = promised[n] === undefined ? status >= 200 && status < 300 : status === promised[n];
    assert.ok(isGood, `curl number ${String(n + 1)} got ${String(status)}\n${told}`);
  }
}

/** The stored resources of a type, each read by its address. */
async function stored(type: string): Promise<Json[]> {
  const bundle = hasStatus(await ask('GET', `${type}?_count=100`), 200).json() as { entry?: { resource: Json }[] };
  const some = (bundle.entry ?? []).map(({ resource }) => resource).filter(isOfRecipe);
  return Promise.all(some.map(async ({ id }) => hasStatus(await ask('GET', `${type}/${String(id)}`), 200).json()));
}

/** Resources of the synthetic population have identifiers of other systems. */
const isOfRecipe = ({ identifier }: Json): boolean =>
  /https:\/\/(?:lab|clinic|pharmacy)\.example\.uz/.test(JSON.stringify(identifier ?? ''));

const errorsOf = (validator: Validator, resource: Json): unknown[] =>
  validator.validate(resource as Checked).filter(({ severity }) => severity === 'error');

describe('recipes', () => {
  test('are those that are expected, and name the tasks in the words of the portal', () => {
    assert.deepEqual(recipes, Object.keys(expected).sort());
    for (const recipe of recipes)
      for (const task of Object.values(expected[recipe]!.tasks)) {
        const { title } = applicationTexts.tasks[task as keyof typeof applicationTexts.tasks];
        assert.ok(textOf(recipe).replaceAll(/\s+/g, ' ').includes(`**${title}**`), `${recipe}: ${title}`);
      }
  });

  for (const recipe of recipes)
    test(recipe, async () => {
      const files = filesOf(recipe);
      assert.equal(
        Object.keys(files).length,
        blocksOf(`docs/recipes/${recipe}`).filter(({ language }) => language === 'json').length,
      );
      const { script, promised } = await scriptOf(recipe);
      assert.ok(promised.length >= 3, `${recipe} has requests`);
      const { stores } = expected[recipe]!;
      const counts = async (): Promise<Record<string, number>> =>
        Object.fromEntries(
          await Promise.all(Object.keys(stores).map(async (type) => [type, (await stored(type)).length] as const)),
        );
      const before = await counts();
      for (let round = 1; round <= 2; round += 1) {
        assertAsPromised(await shell!.run(script), promised);
        const now = await counts();
        for (const [type, count] of Object.entries(stores))
          assert.equal(now[type]! - before[type]!, count, `${type} after round ${String(round)}`);
      }
      const validator = new Validator();
      for (const type of Object.keys(stores))
        for (const resource of await stored(type)) assert.deepEqual(errorsOf(validator, resource), [], type);
    });

  test('store what the national profiles permit', { skip: skipNational }, async () => {
    const resources = [...nationalResources()];
    const codes = new MemoryCodes(resources);
    const validator = new Validator({ codes, definitions: definitionsOf(resources), unknownProfiles: 'error' });
    const seen = new Set<string>();
    for (const type of Object.keys(profileOf))
      for (const resource of await stored(type)) {
        const claimed = {
          ...resource,
          meta: { ...(resource['meta'] as Json), profile: [profiles + profileOf[type]!] },
        };
        assert.deepEqual(errorsOf(validator, claimed), [], type);
        seen.add(type);
      }
    assert.deepEqual([...seen].sort(), Object.keys(profileOf).sort());
    // A faulty one is found: the profile is really read.
    const [report] = await stored('DiagnosticReport');
    const faulty = {
      ...report,
      category: [{ text: 'x' }],
      meta: { profile: [`${profiles}uz-core-diagnostic-report`] },
    };
    assert.notDeepEqual(errorsOf(validator, faulty), []);
  });
});
