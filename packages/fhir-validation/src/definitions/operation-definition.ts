import { isObject, listOf, shown, type Json } from '../json.ts';
import type { ProfileNode } from '../profiles/node.ts';
import { compiledProfiles } from '../profiles/profile-source.ts';
import type { Run } from '../run.ts';

const uses = { in: 'inputProfile', out: 'outputProfile' } as const;

/**
 * Checks the profiles on the parameters of an operation.
 * https://hl7.org/fhir/R5/operationdefinition-definitions.html#OperationDefinition.inputProfile
 */
export function checkOperationDefinition(operation: Json, run: Run): void {
  checkBases(operation, run);
  for (const [use, name] of Object.entries(uses)) {
    const canonical = operation[name];
    if (typeof canonical !== 'string' || canonical === '') continue;
    const overlay = compiledProfiles(run).overlay(canonical);
    run.enter(name, -1);
    if (overlay === undefined)
      run.report('operation-profile-unknown', { profile: shown(canonical) }, run.rules.beyondSpecification);
    else if (overlay.type !== 'Parameters')
      run.report('operation-profile-type', { profile: shown(canonical), found: overlay.type });
    run.leave();
    if (overlay?.type === 'Parameters') compare(operation, use, name, overlay.root, run);
  }
}

const mostBases = 40;

/** Reports an operation that is its own base, directly or through others. */
function checkBases({ url, base }: Json, run: Run): void {
  let at = base;
  for (let i = 0; typeof at === 'string' && i < mostBases; i += 1) {
    const found = run.rules.profiles.other('OperationDefinition', at);
    if (found !== undefined && found['url'] === url) {
      run.report('operation-circular', { url: shown(url) });
      return;
    }
    at = found?.['base'];
  }
}

/** Compares the parameters of an operation with the slices of its profile. */
function compare(operation: Json, use: string, name: string, root: ProfileNode, run: Run): void {
  const slices = new Map<string, ProfileNode>();
  for (const slice of root.children.get('parameter')?.slices.values() ?? []) {
    const named = slice.children.get('name');
    const value = (named?.fixed ?? named?.pattern)?.value;
    if (typeof value === 'string') slices.set(value, slice);
  }
  for (const [i, parameter] of listOf(operation['parameter']).entries()) {
    if (!isObject(parameter) || parameter['use'] !== use || typeof parameter['name'] !== 'string') continue;
    run.spend(5);
    const slice = slices.get(parameter['name']);
    slices.delete(parameter['name']);
    run.enter('parameter', i);
    if (slice === undefined) run.report('operation-parameter-not-in-profile', { parameter: shown(parameter['name']) });
    else compareOne(parameter, slice, run);
    run.leave();
  }
  run.enter(name, -1);
  for (const parameter of slices.keys())
    run.report('operation-parameter-missing', { parameter: shown(parameter), profile: shown(operation[name]) });
  run.leave();
}

function compareOne(parameter: Json, slice: ProfileNode, run: Run): void {
  const { min = 0, max = Infinity } = slice;
  const limit = max === Infinity ? '*' : String(max);
  if (typeof parameter['min'] === 'number' && parameter['min'] !== min)
    run.report('operation-parameter-differs', { element: 'min', found: parameter['min'], expected: min });
  if (typeof parameter['max'] === 'string' && parameter['max'] !== limit)
    run.report('operation-parameter-differs', { element: 'max', found: shown(parameter['max']), expected: limit });
  const own = typesOf(parameter);
  const types = ['value', 'resource'].flatMap((name) => slice.children.get(name)?.types ?? []);
  const allowed = types.map(({ code }) => code);
  if (own.length === 0 || allowed.length === 0) return;
  const targets = types.flatMap(({ targetProfile }) => targetProfile ?? []);
  checkTargets(parameter, targets, run);
  for (const type of [...own.filter((one) => !allowed.includes(one)), ...allowed.filter((one) => !own.includes(one))])
    run.report('operation-parameter-type', { type, own: own.join(', '), allowed: allowed.join(', ') });
}

/** Compares the target profiles of a parameter with those of the profile. For a parameter with a single type both lists must be equal. */
function checkTargets({ type, targetProfile }: Json, allowed: readonly string[], run: Run): void {
  const own = listOf(targetProfile).filter((one): one is string => typeof one === 'string');
  const lacking = own.filter((one) => !allowed.includes(one));
  const further = typeof type === 'string' && type !== 'Element' ? allowed.filter((one) => !own.includes(one)) : [];
  for (const profile of [...lacking, ...further])
    run.report('operation-parameter-target', { profile: shown(profile), isOwn: String(lacking.includes(profile)) });
}

function typesOf({ type, allowedType }: Json): readonly string[] {
  const types = allowedType === undefined ? [type] : listOf(allowedType);
  return types.filter((one): one is string => typeof one === 'string');
}
