import { isFormerResourceType, typeOf } from '@dhp/fhir-model';
import { bare, Collection, nothing } from '../collection.ts';
import { FhirPathError } from '../errors.ts';
import { fromItems, type Node } from '../node.ts';
import type { Scope } from '../scope.ts';
import { path } from '../member.ts';
import { typeArgument, type Call, type FunctionDefinition, type FunctionTable } from './call.ts';
import { math } from './math.ts';
import { strings } from './strings.ts';

/** The elements of a period with its boundaries. https://sql-on-fhir.org/ig/StructureDefinition-ShareableViewDefinition.html */
const sides = { lowBoundary: 'start', highBoundary: 'end' } as const;

const noText = Collection.of('', 'System.String');

/**
 * Functions of the expressions of a ViewDefinition, and those with another meaning there. A key is the id: of a resource its own, of a relative
 * reference that of its target. https://sql-on-fhir.org/ig/StructureDefinition-ViewDefinition.html#required-additional-functions
 */
export const views: FunctionTable = {
  getResourceKey: { min: 0, max: 0, build: (call) => fromItems(call.at, (scope) => resourceKey(call, scope)) },
  getReferenceKey: { min: 0, max: 1, takesType: true, build: referenceKey },
  lowBoundary: periodBoundary('lowBoundary'),
  highBoundary: periodBoundary('highBoundary'),
  join: {
    ...strings['join']!,
    build: (call) => {
      const joined = strings['join']!.build(call);
      return fromItems(call.at, (scope) => {
        const text = joined.items(scope);
        return text.size === 0 ? noText : text;
      });
    },
  },
};

/** Of a Period that of its start, or of its end. */
function periodBoundary(name: keyof typeof sides): FunctionDefinition {
  const definition = math[name]!;
  return {
    ...definition,
    build: (call) => {
      const ofValue = definition.build(call);
      const ofPeriod = definition.build({ ...call, input: path(call.input, [sides[name]], call.at, false) });
      return fromItems(call.at, (scope) => {
        const items = call.input.items(scope);
        return (items.size === 1 && items.typeAt(0) === 'Period' ? ofPeriod : ofValue).items(scope);
      });
    },
  };
}

function resourceKey(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  scope.run.spend(items.size, call.at);
  const keys = new Collection();
  for (const item of items.values) {
    const { resourceType, id } = (item ?? {}) as { readonly resourceType?: unknown; readonly id?: unknown };
    if (typeof resourceType === 'string' && typeof id === 'string' && !isContained(item, scope))
      keys.push(id, 'System.String');
  }
  return keys;
}

/** A contained resource has no identity, and so is not a row to which others lead. */
function isContained(item: unknown, { run }: Scope): boolean {
  const container = run.environment.rootResource ?? run.environment.resource ?? run.context.values[0];
  const { contained } = (container ?? {}) as { readonly contained?: unknown };
  return Array.isArray(contained) && contained.includes(item);
}

const relative = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

function referenceKey(call: Call): Node {
  const wanted = call.expressions.length === 0 ? undefined : typeArgument(call);
  if (wanted !== undefined && typeOf(wanted.name)?.kind !== 'resource' && !isFormerResourceType(wanted.name))
    throw new FhirPathError(
      'unknown',
      `getReferenceKey() needs the name of a resource type, not ${wanted.name}`,
      call.at,
    );
  const only = wanted === undefined || typeOf(wanted.name)?.isAbstract === true ? undefined : wanted.name;
  return fromItems(call.at, (scope) => {
    const items = call.input.items(scope);
    if (items.size === 0) return nothing;
    scope.run.spend(items.size, call.at);
    const keys = new Collection();
    for (const item of items.values) {
      const { reference } = (bare(item) ?? {}) as { readonly reference?: unknown };
      const match = typeof reference === 'string' ? relative.exec(reference) : null;
      if (match !== null && (only === undefined || match[1] === only)) keys.push(match[2], 'System.String');
    }
    return keys;
  });
}
