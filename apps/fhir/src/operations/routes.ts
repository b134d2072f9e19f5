/** The addresses of the operations and of their definitions. https://hl7.org/fhir/R5/operations.html#executing */
import type { Level, Route } from '../contract/route.ts';
import { requireVocabulary, requireWhole } from '../http/access.ts';
import { scanned } from '../http/body.ts';
import { fail } from '../http/errors.ts';
import { requireKnownParameters } from '../http/negotiate.ts';
import { json } from '../http/respond.ts';
import { headerOf, type Interaction } from '../contract/interaction.ts';
import { definitionId } from './definitions.ts';
import { readInput } from './input.ts';
import { readParameters } from './parameters-input.ts';
import { operations } from './operations.ts';
import { requireUnlimited } from './view-definitions/rights.ts';
import { isOn, type Operation } from './operation.ts';

const levels = ['system', 'type', 'instance', 'version'] as const;
const bases: Readonly<Record<Level, string>> = {
  system: '',
  type: '/:type',
  instance: '/:type/:id',
  version: '/:type/:id/_history/:versionId',
};

/**
 * Routes of operations. Operations that change something take POST; those that only read take GET, too. Operations of the same name on
 * different types share their addresses.
 */
export const operationRoutes: readonly Route<Interaction>[] = Object.values(
  Object.groupBy(operations, ({ code }) => code),
).flatMap((namesakes = []) =>
  levels.flatMap((level) =>
    routesOf(
      namesakes.filter((each) => each.levels.includes(level)),
      level,
    ),
  ),
);

function routesOf(namesakes: readonly Operation[], level: Level): Route<Interaction>[] {
  const [first] = namesakes;
  if (first === undefined) return [];
  const {
    code,
    conditions = [],
    affectsState,
    mayStore = false,
    ignores = [],
    isPosted = false,
    takesQuery = false,
  } = first;
  const types = namesakes.flatMap((each) => each.types);
  // A type has no own resource to operate on.
  const isOnlyPosted = affectsState || isPosted || (first.takesResource === true && level === 'type');
  const methods = isOnlyPosted ? (['POST'] as const) : (['GET', 'POST'] as const);
  const places = [bases[level], ...(level === 'system' ? (first.also ?? []) : [])];
  const addresses = places.flatMap((place) => methods.map((method) => ({ method, path: `${place}/$${code}` })));
  return addresses.map(({ method, path }) => ({
    method,
    path,
    interaction: `$${code}`,
    permission: permissionAt(first, level, method),
    parameters:
      first.takesSearch === true && method === 'GET'
        ? 'search'
        : [
            ...(method === 'GET' || first.takesResource === true || isPosted || takesQuery
              ? namesakes.flatMap(queryOf)
              : []),
            ...(typeof ignores === 'object' ? ignores : []),
          ],
    ...(ignores === 'all' ? { ignoresOthers: true } : {}),
    ...(first.answersFiles === true ? { answersFiles: true } : {}),
    ...(first.isAsync === true ? { isAsync: true } : {}),
    ...(first.offersLines === true ? { offersLines: true } : {}),
    ...(first.isLive === true ? { isLive: true } : {}),
    conditions,
    isSafe: !affectsState && !(mayStore && method === 'POST'),
    // The address of the system has no type.
    ...(types.includes('Resource') || level === 'system' ? {} : { types }),
    run(services, call) {
      const operation = namesakes.find((each) => isOn(each, call.type)) ?? first;
      if (method === 'GET' && ignores !== 'all' && operation.takesSearch !== true) {
        requireKnownParameters(call.query, [...queryOf(operation), ...ignores], `$${code}`, headerOf(call, 'prefer'));
      }
      if ('run' in operation && operation.readsBody === true) return operation.run(services, call, new Map());
      if ('run' in operation) {
        // It is scanned for Parameters, and then for the resource.
        const sent = operation.takesResource === true ? { ...call, body: scanned(call.body) } : call;
        return operation.run(services, sent, readInput(operation, sent));
      }
      // Such an answer is made of many resources: a caller who may read only some of the type may not ask.
      const asked = call.type === '' ? types[0]! : call.type;
      if (affectsState) requireWhole(call.access!, 'r', asked, `$${code}`);
      else requireVocabulary(call.access!, asked, `$${code}`);
      requireUnlimited(services, call, { permission: 'r', type: asked, interaction: `$${code}` });
      return operation.answer(services, call, readParameters(operation, call));
    },
  }));
}

function permissionAt(operation: Operation, level: Level, method: 'GET' | 'POST'): Route['permission'] {
  // Bodies are only read from authenticated callers.
  if (operation.permission === 'public') return method === 'GET' ? 'public' : 'any';
  if (operation.permission === 'own') return 'own';
  if (!('run' in operation) || (level !== 'type' && level !== 'system')) return operation.permission;
  return operation.isBlind === true || operation.asksAtType === true ? 'any' : 'types';
}

function queryOf({ parameters, isPaged = false }: Operation): string[] {
  const named = parameters.filter(({ use }) => use === 'in').map(({ name }) => name);
  return isPaged ? [...named, '_cursor'] : named;
}

/** One address for each: they are no stored resources, and can be neither changed nor found by a search. */
export const definitionRoutes: readonly Route<Interaction>[] = operations.map(definitionId).map((id) => ({
  method: 'GET',
  path: `/OperationDefinition/${id}`,
  interaction: 'operation-definition',
  permission: 'public',
  parameters: [],
  conditions: [],
  run: ({ operationDefinitions }) => {
    const definition = operationDefinitions.get(id);
    if (definition === undefined)
      fail('resource-not-found', { type: 'OperationDefinition', id }, { diagnostics: 'There is no such operation.' });
    const headers = { etag: definition.etag, 'cache-control': 'public, max-age=300' };
    return Promise.resolve({ ...json(definition.body.bytes, headers), lasting: definition.body });
  },
}));
