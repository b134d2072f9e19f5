/** `$closure`, whose tables are stored for the client that names them. https://hl7.org/fhir/R5/conceptmap-operation-closure.html */
import type { Coding, ConceptMap, Parameters } from '@dhp/fhir-model';
import { fail } from '../../http/errors.ts';
import type { Answer } from '../../contract/answer.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { invalid } from '../input.ts';
import { orTerminologyFailure, resourceAnswer } from './answer.ts';

/** The most concepts in a table: each new one is compared with all of them. */
const most = 10_000;
/** The most tables of one client. Nothing shows when a client no longer needs one, so they would be kept forever. */
const mostTables = 100;

/** Units of work for each stored concept that is read and compared with the sent ones, as texts. */
const unitsOfRow = 20;

/**
 * With only a name it creates the table, or empties it; with concepts it adds them; with a version it returns later additions. Fails with
 * `closure-unknown` for a table that was not created, `closure-full`, `closures-too-many`, and `parameter-invalid`.
 * @throws BudgetSpent; then nothing is stored
 */
export async function closure({ store }: Services, { access, budget }: Call, parameters: Parameters): Promise<Answer> {
  if (access === undefined) throw new Error('an operation came without access');
  const { name, concepts, version } = readClosure(parameters);
  const owner = access.clientId;
  const { closures, terminology } = store;
  if (concepts.length === 0 && version === undefined) {
    if (!(await closures.begin(owner, name, mostTables))) tooMany(name);
    return resourceAnswer(emptyMap(name));
  }
  const map = await orTerminologyFailure(() =>
    closures.change<ConceptMap | 'full'>(owner, name, async (table) => {
      budget.take(table.concepts.length, 'closure table');
      budget.spend(unitsOfRow * table.concepts.length, 'closure table');
      const since = version ?? table.version;
      if (since > table.version) {
        invalid('version', `The table "${name}" has version ${table.version}, so nothing came after ${since}.`);
      }
      const before = table.concepts.filter((each) => each.version <= since).map(({ concept }) => concept);
      const known = new Set(table.concepts.map(({ concept }) => keyOf(concept)));
      const added = concepts.filter((one) => !known.has(keyOf(one)) && known.add(keyOf(one)).size > 0);
      if (known.size > most) return { result: 'full', added: [] };
      const later = table.concepts.filter((each) => each.version > since).map(({ concept }) => concept);
      const result = await terminology.ask((now) =>
        now.terminology.closure({ name, version: table.version, concepts: before }, [...later, ...added], budget),
      );
      return { result: { ...result, version: String(table.version + (added.length > 0 ? 1 : 0)) }, added };
    }),
  );
  if (map === undefined) {
    fail('closure-unknown', { name }, { diagnostics: `POST $closure with the name "${name}" alone makes the table.` });
  }
  if (map === 'full') fail('closure-full', { limit: most }, { diagnostics: `"${name}" may hold ${most} concepts.` });
  return resourceAnswer(map);
}

function tooMany(name: string): never {
  const diagnostics = `This client has ${mostTables} closure tables, and "${name.slice(0, 200)}" would be one more.`;
  fail('closures-too-many', { limit: mostTables }, { diagnostics });
}

interface Closure {
  readonly name: string;
  readonly concepts: readonly Coding[];
  readonly version: number | undefined;
}

function readClosure({ parameter = [] }: Parameters): Closure {
  const text = (wanted: string): string | undefined => {
    const found = parameter.find(({ name }) => name === wanted);
    const value = Object.entries(found ?? {}).find(([member]) => member.startsWith('value'))?.[1] as
      string | number | undefined;
    return value === undefined ? undefined : String(value);
  };
  const name = text('name') ?? '';
  if (name === '' || name.length > 200) invalid('name', 'name has 1 to 200 characters.');
  const concepts = parameter.flatMap(({ name: each, valueCoding }) =>
    each === 'concept' && valueCoding !== undefined ? [valueCoding] : [],
  );
  for (const [n, { system, code, version = '' }] of concepts.entries()) {
    if ([system, code, version].some((part) => typeof part !== 'string' || part.includes('\u0000'))) {
      invalid('concept', `The concept ${n + 1} needs a system and a code.`);
    }
  }
  const version = text('version');
  if (version === undefined) return { name, concepts, version };
  if (!/^\d{1,9}$/.test(version))
    invalid('version', `version is a number, not ${JSON.stringify(version.slice(0, 100))}.`);
  if (concepts.length > 0) invalid('version', 'version asks for what came before; concepts are added without it.');
  return { name, concepts, version: Number(version) };
}

function keyOf({ system = '', version = '', code = '' }: Coding): string {
  return JSON.stringify([system, version, code]);
}

function emptyMap(name: string): ConceptMap {
  return { resourceType: 'ConceptMap', version: '0', name, status: 'active', experimental: true };
}
