/** Random requests on few resources, so that they meet. */
import type { Random } from '../../../../tests/random.ts';
import { fields, identifierOf, type Ask, type Json, type PatchStep, type Type } from './asks.ts';
import type { Model } from './model.ts';

const types: readonly Type[] = ['Patient', 'Observation'];
const values = ['1', '2', '3'];

interface Pool {
  /** Ids that a client chooses; those that the server has made come on top. */
  readonly ids: readonly string[];
  readonly verbs: readonly Ask['verb'][];
}

const usual: Pool = {
  ids: ['a', 'b', 'c'],
  verbs: ['create', 'update', 'update', 'update', 'patch', 'patch', 'delete', 'read', 'read', 'vread', 'search'],
};

export function randomAsk(random: Random, model: Model, pool: Pool = usual): Ask {
  const verb = random.pick(pool.verbs);
  const type = random.oneIn(3) ? 'Observation' : random.pick(types);
  const prefer = random.pick([undefined, undefined, 'minimal', 'representation', 'OperationOutcome'] as const);
  const wanted = prefer === undefined ? {} : { prefer };
  if (verb === 'search') return { verb, type, criteria: random.pick(values) };
  if (verb === 'read' || verb === 'vread')
    return randomRead(random, model, { verb, type, id: someId(random, model, type, pool) });
  if (verb === 'create') {
    const content = someContent(random, type);
    return { verb, type, content, ...wanted, ...(random.oneIn(2) && { criteria: random.pick(values) }) };
  }
  const isConditional = random.oneIn(3);
  const id = someId(random, model, type, pool);
  const target = isConditional ? { criteria: random.pick(values) } : { id };
  const tags = someTags(random, model, isConditional ? model.matches(type, target.criteria!)[0] : `${type}/${id}`);
  if (verb === 'delete')
    return { verb, type, ...target, ...tags, ...wanted, ...(isConditional && random.oneIn(2) && { count: 2 }) };
  if (verb === 'patch') return { verb, type, ...target, ...tags, ...wanted, ...somePatch(random, type) };
  const createOnly = random.oneIn(6) ? { ifNoneMatch: '*' } : tags;
  const bodyId = isConditional && random.oneIn(3) ? { bodyId: id } : {};
  return { verb, type, ...target, ...createOnly, ...wanted, ...bodyId, content: someContent(random, type) };
}

function someId(random: Random, model: Model, type: Type, { ids }: Pool): string {
  const made = [...model.resources.keys()].flatMap((name) =>
    name.startsWith(`${type}/`) ? name.slice(type.length + 1) : [],
  );
  return random.oneIn(4) && made.length > 0 ? random.pick(made) : random.pick(ids);
}

/** If-Match, of the version that is current, of another one, of several, or of any. */
function someTags(random: Random, model: Model, name: string | undefined): Pick<Ask, 'ifMatch'> {
  const current = name === undefined ? 1 : Math.max(1, model.versions(name).length);
  const tag = random.pick([
    undefined,
    undefined,
    `W/"${current}"`,
    `W/"${current}"`,
    `W/"${current + 1}"`,
    '*',
    `W/"99", W/"${current}"`,
  ]);
  return tag === undefined ? {} : { ifMatch: tag };
}

function someContent(random: Random, type: Type): Json {
  const { always, maybe } = fields[type];
  return {
    ...(random.oneIn(3) ? {} : { identifier: [identifierOf(random.pick(values))] }),
    [always.name]: random.pick(always.values),
    ...(type === 'Observation' && { code: { text: 'x' } }),
    ...(random.oneIn(2) && { [maybe.name]: random.pick(maybe.values) }),
  };
}

function somePatch(random: Random, type: Type): Pick<Ask, 'patch' | 'isFhirPath'> {
  const { always, maybe } = fields[type];
  const isFhirPath = random.oneIn(2);
  const step = (): PatchStep => {
    switch (random.below(isFhirPath ? 3 : 5)) {
      case 0:
        return { op: 'replace', name: always.name, value: random.pick(always.values) };
      case 1:
        return { op: 'remove', name: maybe.name };
      case 2:
        return { op: 'add', name: 'identifier', value: random.pick(values) };
      case 3:
        return { op: 'test', name: always.name, value: random.pick(always.values) };
      default:
        return { op: 'add', name: maybe.name, value: random.pick(maybe.values) };
    }
  };
  return { patch: Array.from({ length: 1 + random.below(2) }, step), ...(isFhirPath && { isFhirPath }) };
}

function randomRead(random: Random, model: Model, ask: Ask): Ask {
  const length = model.versions(`${ask.type}/${ask.id!}`).length;
  const version = ask.verb === 'vread' ? { version: 1 + random.below(length + 1) } : {};
  const tag = random.pick([undefined, undefined, `W/"${length}"`, `"x", W/"${length}"`, 'W/"77"', '*']);
  return {
    ...ask,
    ...version,
    ...(tag !== undefined && { ifNoneMatch: tag }),
    ...(random.oneIn(4) && { isHead: true }),
  };
}
