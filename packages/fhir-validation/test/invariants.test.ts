import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fhirpath from 'fhirpath';
import r5 from 'fhirpath/fhir-context/r5';
import { rules as encoded } from '../generated/definitions.ts';
import { byHand, plainlyHolds } from '../src/invariants/by-hand.ts';
import { rulesOfType } from '../src/invariants/core-rules.ts';
import type { EncodedRule } from '../src/invariants/encoding.ts';
import { ProfileSource } from '../src/profiles/profile-source.ts';
import { environment } from '../src/environment.ts';
import { askedRules, shapeOf } from '../src/base/shape.ts';
import { Run } from '../src/run.ts';
import { places } from './mutants.ts';
import { published, skipExamples, type Json } from './published.ts';

/** Maximum number of values per rule. */
const most = 60;

/** Invariants that read outside of their element are compared in the tests of the FHIRPath engine. */
const outside = /resolve\(|memberOf|htmlChecks|conformsTo/;

/** Rules for which the reference engine is known to be wrong, with the reason. */
const excused: Readonly<Record<string, string>> = {
  'eld-11': 'the reference engine cannot read a string in double quotes',
  'rng-2': 'the reference engine has no boundaries of quantities',
  'que-7': 'of an element with two choices at once the reference engine sees the first only',
};

function runOn(resource: Json): Run {
  const run = new Run({
    codes: undefined,
    profiles: new ProfileSource(undefined),
    unknownExtensions: 'ignore',
    unknownProfiles: 'ignore',
    advice: true,
    unknownCodes: 'ignore',
    wrongDisplays: 'ignore',
    searchExpressions: 'ignore',
    beyondSpecification: 'warning',
    controlCharacters: 'warning',
    claimed: false,
    vitalSigns: false,
    national: false,
    nationalIdentifiers: 'ignore',
    elsewhere: undefined,
    exists: undefined,
    wrongTargets: 'error',
    environment: (one) => environment(one, undefined),
  });
  run.resource = resource;
  run.rootResource = resource;
  return run;
}

type Oracle = (value: unknown, variables: object) => unknown[];
const oracles = new Map<string, Oracle | undefined>();

/** Whether the rule holds in the reference engine; undefined if it rejects the expression or the value. */
function oracleHolds(expression: string, type: string, value: Json, resource: Json): boolean | undefined {
  const key = `${type} ${expression}`;
  if (!oracles.has(key)) {
    try {
      const path = 'resourceType' in value ? expression : { base: type, expression };
      oracles.set(key, fhirpath.compile(path, r5, { traceFn: () => undefined }) as Oracle);
    } catch {
      oracles.set(key, undefined);
    }
  }
  try {
    // The engine modifies its input.
    const copy = structuredClone(resource);
    const found = oracles.get(key)?.(structuredClone(value), { resource: copy, rootResource: copy });
    return found === undefined ? undefined : found[0] === true;
  } catch {
    return undefined;
  }
}

/** Yields the element and broken copies: without one of its members, with one duplicated, with one emptied. */
function* variants(object: Json, seed: number): Generator<Json> {
  yield object;
  const names = Object.keys(object).filter((name) => name !== 'resourceType');
  if (names.length === 0) return;
  const name = names[seed % names.length]!;
  const { [name]: value, ...rest } = object;
  yield rest;
  if (Array.isArray(value)) yield { ...object, [name]: [...(value as unknown[]), ...(value as unknown[])] };
  if (name !== 'id' && names.includes('id'))
    yield { ...('resourceType' in object && { resourceType: object['resourceType'] }), id: object['id'] };
}

describe('invariants', () => {
  it('written by hand are those that R5 states', () => {
    const stated = new Set(
      Object.values(JSON.parse(encoded) as Record<string, EncodedRule[]>).flatMap((rules) =>
        rules.map(({ expression }) => expression),
      ),
    );
    for (const expression of [...byHand.keys(), ...plainlyHolds.keys()]) assert.ok(stated.has(expression), expression);
  });

  it('hold where the reference engine says so', { skip: skipExamples }, () => {
    const asked = new Map<string, number>();
    const broken = new Set<string>();
    const wrong: string[] = [];
    for (const { file, resource } of published('examples', '', 9)) {
      if (JSON.stringify(resource).length > 60_000) continue;
      const run = runOn(resource);
      for (const { object, type, path } of places(resource, resource['resourceType'] as string)) {
        if (path.includes('contained') || path.includes('resource')) continue;
        for (const rule of rulesOfType(type)) {
          const key = `${rule.key} ${type}`;
          const count = asked.get(key) ?? 0;
          if (count >= most || outside.test(rule.expression) || excused[rule.key] !== undefined) continue;
          for (const value of variants(object, count)) {
            const expected = oracleHolds(rule.expression, type, value, resource);
            if (expected === undefined) continue;
            asked.set(key, (asked.get(key) ?? 0) + 1);
            if (!expected) broken.add(rule.key);
            if (rule.holds(value, undefined, run) !== expected)
              wrong.push(`${key} ${file} ${path.join('.')} expected ${expected}`);
          }
        }
      }
    }
    assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} answers differ`);
    assert.ok(asked.size > 300, `${asked.size} rules of types were met`);
    assert.ok(broken.size > 60, `${broken.size} rules were seen broken`);
  });
});

describe('invariants that need members', () => {
  const types = (
    'Coding CodeableConcept Quantity Period Reference Attachment Identifier ContactPoint HumanName Narrative ElementDefinition ' +
    'Patient Patient.contact Observation Condition Encounter MedicationRequest Questionnaire ValueSet Bundle'
  ).split(' ');

  it('hold of an object that has none of these', () => {
    let asked = 0;
    for (const type of types) {
      const bare =
        type.includes('.') || rulesOfType(type).every(({ key }) => key !== 'dom-2') ? {} : { resourceType: type };
      for (const rule of rulesOfType(type)) {
        if (rule.compiled().needs === undefined) continue;
        asked += 1;
        assert.ok(rule.holds(bare, undefined, runOn(bare)), `${rule.key} of ${type}`);
      }
    }
    assert.ok(asked > 45, `${asked} rules`);
  });

  it('are asked of no object that lacks them', () => {
    for (const type of ['Coding', 'CodeableConcept', 'Quantity', 'Period', 'HumanName', 'Attachment']) {
      const { always, content } = askedRules(shapeOf(type))!;
      assert.equal(always & ~content, 0, type);
    }
    const { members, rules } = shapeOf('Coding');
    const keys = (bits: number): string[] => rules.filter((_, i) => (bits & (2 ** i)) !== 0).map(({ key }) => key);
    assert.deepEqual(keys(members.get('display')!.asks), ['cod-1']);
    assert.deepEqual(keys(members.get('version')!.asks), []);
  });
});
