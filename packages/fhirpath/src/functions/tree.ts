import { bare, Collection, formatSite, nothing, Primitive, type Site } from '../collection.ts';
import { fromItems } from '../node.ts';
import { addChildren } from '../navigate.ts';
import type { Item, Scope } from '../scope.ts';
import { formatTemporal, isTemporal, Temporal } from '../values/temporal.ts';
import { Decimal } from '../values/decimal.ts';
import { Quantity } from '../values/quantity.ts';
import { innerScope } from '../scope.ts';
import { failure, stringArgument, type Call, type FunctionTable } from './call.ts';
import { systemTypeOfValue } from '../types.ts';
import { isKnownVariable } from '../variables.ts';

/** https://hl7.org/fhirpath/N1/#tree-navigation, #utility-functions, #reflection */
export const tree: FunctionTable = {
  children: {
    min: 0,
    max: 0,
    build: (call) => fromItems(call.at, (scope) => children(call, call.input.items(scope), scope)),
  },
  descendants: {
    min: 0,
    max: 0,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const all = new Collection();
        let level = children(call, call.input.items(scope), scope);
        for (; level.size > 0; level = children(call, level, scope)) all.takeAll(level);
        return all;
      }),
  },
  trace: {
    min: 1,
    max: 2,
    build: (call) =>
      fromItems(call.at, (scope) => {
        const items = call.input.items(scope);
        const { trace } = scope.run.environment;
        if (trace !== undefined) {
          const shown = call.args[1]?.items(innerScope(scope, items)) ?? items;
          trace(stringArgument(call, 0, scope) ?? '', toItems(shown));
        }
        return items;
      }),
  },
  iif: {
    min: 2,
    max: 3,
    build: ({ name, input, args: [criterion, yes, no], at }) =>
      fromItems(at, (scope) => {
        const items = input.items(scope);
        if (items.size > 1) throw failure({ name, at }, `one item is expected, there are ${items.size}`);
        const inner = innerScope(scope, items);
        return (criterion!.truth(inner) === true ? yes : no)?.items(inner) ?? nothing;
      }),
  },
  coalesce: {
    min: 1,
    max: 20,
    build: ({ args, at }) =>
      fromItems(at, (scope) => {
        for (const arg of args) {
          const items = arg.items(scope);
          if (items.size > 0) return items;
        }
        return nothing;
      }),
  },
  defineVariable: { min: 1, max: 2, build: (call) => fromItems(call.at, (scope) => defineVariable(call, scope)) },
  type: {
    min: 0,
    max: 0,
    build: ({ input, at }) =>
      fromItems(at, (scope) => {
        const items = input.items(scope);
        scope.run.spend(items.size, at);
        const types = new Collection();
        for (let i = 0; i < items.size; i++) types.push(reflect(items, i), '');
        return types;
      }),
  },
  now: { min: 0, max: 0, build: ({ at }) => fromItems(at, (scope) => clock(scope, 'dateTime')) },
  today: { min: 0, max: 0, build: ({ at }) => fromItems(at, (scope) => clock(scope, 'date')) },
  timeOfDay: { min: 0, max: 0, build: ({ at }) => fromItems(at, (scope) => clock(scope, 'time')) },
};

function children(call: Call, items: Collection, scope: Scope): Collection {
  const found = new Collection();
  for (let i = 0; i < items.size; i++) addChildren(items.values[i], items.typeAt(i), items.siteAt(i), found, scope.run);
  scope.run.payVisits(call.at);
  return found;
}

function defineVariable(call: Call, scope: Scope): Collection {
  const items = call.input.items(scope);
  const name = stringArgument(call, 0, scope);
  if (name === undefined) throw failure(call, 'the name is empty');
  const { variables } = scope.run.environment;
  if (
    isKnownVariable(name) ||
    (variables !== undefined && Object.hasOwn(variables, name)) ||
    scope.defined?.has(name)
  ) {
    throw failure(call, `%${name} is defined already`);
  }
  const value = call.args[1]?.items(innerScope(scope, items)) ?? items;
  scope.run.spend(value.size, call.at);
  scope.defined ??= new Map();
  scope.defined.set(name, value.copy());
  return items;
}

function reflect(items: Collection, i: number): { namespace: string; name: string } {
  const type = items.typeAt(i) === '' ? (systemTypeOfValue(bare(items.values[i])) ?? '') : items.typeAt(i);
  return type.startsWith('System.')
    ? { namespace: 'System', name: type.slice('System.'.length) }
    : { namespace: 'FHIR', name: type };
}

function clock({ run }: Scope, kind: 'date' | 'dateTime' | 'time'): Collection {
  const local = new Date(run.now.getTime() + run.zoneOffset * 60_000);
  const day = [local.getUTCFullYear(), local.getUTCMonth() + 1, local.getUTCDate()];
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds() * 1000 + local.getUTCMilliseconds()];
  switch (kind) {
    case 'date':
      return Collection.of(
        new Temporal({ temporal: kind, fields: day, zone: undefined, fraction: false }),
        'System.Date',
      );
    case 'time':
      return Collection.of(
        new Temporal({ temporal: kind, fields: [1970, 1, 1, ...time], zone: undefined, fraction: true }),
        'System.Time',
      );
    case 'dateTime':
      return Collection.of(
        new Temporal({ temporal: kind, fields: [...day, ...time], zone: run.zoneOffset, fraction: true }),
        'System.DateTime',
      );
  }
}

/** A collection as callers and hooks see it. */
export function toItems(items: Collection): Item[] {
  return items.values.map((value, i) => toItem(value, items.typeAt(i), items.siteAt(i)));
}

export function toItem(value: unknown, type: string, site?: Site): Item {
  const plain = bare(value);
  return {
    value:
      plain instanceof Decimal
        ? plain.toNumber()
        : plain instanceof Quantity
          ? plain.toString()
          : isTemporal(plain)
            ? formatTemporal(plain)
            : plain,
    type,
    sibling: value instanceof Primitive ? value.sibling : undefined,
    location: site && formatSite(site),
    ...(plain instanceof Decimal && { digits: plain.toString() }),
  };
}
