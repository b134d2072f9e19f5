import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parameters, ResourceBase } from '@dhp/fhir-model';
import { layered, misshapen, ResourceSource, Terminology, TerminologyFault } from '../src/index.ts';
import { builtIn } from './built-in.ts';
import { casesArePresent, readSuites } from './official/cases.ts';
import { parameters, terminologyOf } from './parameters.ts';

const skip = casesArePresent ? false : 'the official cases are not here (../shared/cases/terminology)';
const options = { expansionLimit: 10_000, now: () => new Date(), newId: () => 'id' };

/** A linear congruence: the same mutations in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
}

/** A copy in which up to three members are deleted, empty or other texts. */
function mutated<T>(original: T, random: (below: number) => number): T {
  const copy = structuredClone(original);
  const places: [Record<string, unknown>, string][] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value)) {
      places.push([value as Record<string, unknown>, name]);
      walk((value as Record<string, unknown>)[name]);
    }
  };
  walk(copy);
  for (let left = 1 + random(3); left > 0; left -= 1) {
    const [holder, name] = places[random(places.length)]!;
    const value = holder[name];
    if (name === 'resourceType') continue;
    const way = random(6);
    if (way < 3 && Array.isArray(holder)) holder.splice(Number(name), 1);
    else if (way < 3) Reflect.deleteProperty(holder, name);
    else if (typeof value === 'string') holder[name] = ['', 'x', `${value}|1`][way - 3];
    else if (Array.isArray(value)) holder[name] = [];
  }
  return copy;
}

test('whatever lacks in resources and requests, there is an answer or a fault', { skip }, (context) => {
  const random = randomOf(7);
  let asked = 0;
  for (let round = 0; round < 6; round += 1) {
    for (const suite of readSuites()) {
      const source = new ResourceSource();
      for (const resource of suite.setup) {
        const one: ResourceBase = random(2) === 0 ? resource : mutated(resource, random);
        if (misshapen(one, (resource as { resourceType?: string }).resourceType ?? '') === undefined) source.add(one);
      }
      const terminology = new Terminology(layered(source, builtIn), options);
      for (const { operation, request } of suite.cases) {
        const given = random(2) === 0 ? request : mutated(request, random);
        asked += ask(terminology, operation, given);
      }
    }
  }
  context.diagnostic(`${asked} requests`);
  assert.ok(asked > 1000);
});

function ask(terminology: Terminology, operation: string, given: Parameters): number {
  try {
    if (operation === 'expand') terminology.expand(given);
    else if (operation === 'lookup') terminology.lookup(given);
    else if (operation === 'validate-code') terminology.validateValueSetCode(given);
    else if (operation === 'cs-validate-code') terminology.validateSystemCode(given);
    else if (operation === 'batch-validate') terminology.batchValidate(given, 'ValueSet');
    else return 0;
  } catch (error) {
    assert.ok(error instanceof TerminologyFault, error as Error);
  }
  return 1;
}

test('what has another shape than R5 gives it is refused with its place', () => {
  const terminology = terminologyOf([]);
  const wrong = (part: object): Parameters => ({
    resourceType: 'Parameters',
    parameter: [{ name: 'tx-resource', ...part }],
  });
  for (const [part, place] of [
    [{ resource: { resourceType: 'ValueSet', compose: 7 } }, 'Parameters.parameter[0].resource.compose'],
    [
      { resource: { resourceType: 'ValueSet', compose: { include: {} } } },
      'Parameters.parameter[0].resource.compose.include',
    ],
    [{ resource: { resourceType: 'Nothing' } }, 'Parameters.parameter[0].resource'],
    [{ resource: 'x' }, 'Parameters.parameter[0].resource'],
    [{ valueCoding: { code: 7 } }, 'Parameters.parameter[0].valueCoding.code'],
    [{ part: [null] }, 'Parameters.parameter[0].part[0]'],
  ] as const) {
    assert.throws(
      () => terminology.expand(wrong(part)),
      (error) =>
        error instanceof TerminologyFault &&
        error.kind === 'invalid-request' &&
        error.outcome.issue[0]?.expression?.[0] === place,
      place,
    );
  }
  // A boolean as a text is read: the standard's own cases send it so.
  assert.equal(misshapen(parameters({}), 'Parameters'), undefined);
  assert.equal(misshapen({ resourceType: 'ValueSet', experimental: 'true' }, 'ValueSet'), undefined);
});
