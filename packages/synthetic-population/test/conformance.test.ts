import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Resource } from '@dhp/fhir-model';
import { population } from '../src/index.ts';
import { baseFaults } from './base-check.ts';
import { Definitions, nationalPackage, nationalPackagePresent, type Json } from './definitions.ts';
import { ProfileCheck } from './profile-check.ts';

const sample = (): Generator<Resource> => population({ patients: 40, seed: 12, today: '2026-11-25' });
const needsPackage = { skip: nationalPackagePresent ? false : 'the national package is not beside the repository' };
/** Invariants cost most of the time: the first resources of each profile are enough, their shape hardly differs. */
const invariantsOfEach = 8;

test('every resource conforms to R5: members, cardinality, primitive forms, reference targets', () => {
  const faults = new Set<string>();
  for (const resource of sample()) for (const fault of baseFaults(resource)) faults.add(fault);
  assert.deepEqual([...faults], []);
});

test('every resource conforms to the national (and HL7) profiles that it claims', needsPackage, (t) => {
  const check = new ProfileCheck(new Definitions({ national: true }));
  const faults = new Set<string>();
  const perProfile = new Map<string, number>();
  for (const resource of sample()) {
    // MedicationRequest has no national profile in 0.7.0; its R5 definition is used instead.
    const claimed = resource.meta?.profile ?? [`http://hl7.org/fhir/StructureDefinition/${resource.resourceType}`];
    for (const url of claimed) {
      const count = (perProfile.get(url) ?? 0) + 1;
      perProfile.set(url, count);
      for (const fault of check.faults(resource, url, { invariants: count <= invariantsOfEach }))
        faults.add(`${url} ${fault}`);
    }
  }
  assert.deepEqual([...faults], []);
  assert.equal(check.bindings.outside.size, 0, 'a required value set could not be found');
  t.diagnostic(
    `${perProfile.size} profiles; ${check.bindings.inside} required bindings, ${check.invariants} invariants evaluated; ` +
      `of ${check.bindings.systemOnly.size} codes only the system could be checked`,
  );
});

test('every code of a national system exists and carries a display that the system has', needsPackage, () => {
  const definitions = new Definitions({ national: true });
  const displays = new Map<string, Map<string, Set<string>> | undefined>();
  const faults = new Set<string>();
  for (const resource of sample()) {
    for (const { system, code, display } of codingsIn(resource)) {
      if (!displays.has(system)) displays.set(system, displaysOf(definitions.find('CodeSystem', system)));
      const known = displays.get(system);
      if (!known) {
        if (system.startsWith('https://terminology.dhp.uz')) faults.add(`${system}: no such system`);
        continue;
      }
      if (!known.has(code)) faults.add(`${system}|${code}: no such code`);
      else if (display !== undefined && !known.get(code)!.has(display))
        faults.add(`${system}|${code}: not '${display}'`);
    }
  }
  assert.deepEqual([...faults], []);
});

function* codingsIn(value: unknown): Generator<{ system: string; code: string; display?: string }> {
  if (typeof value !== 'object' || value === null) return;
  const node = value as Json;
  if (typeof node.system === 'string' && typeof node.code === 'string' && node.value === undefined) {
    yield node as { system: string; code: string; display?: string };
  }
  for (const inner of Object.values(node)) yield* codingsIn(inner);
}

interface Concept {
  code: string;
  display?: string;
  designation?: { value: string }[];
  concept?: Concept[];
}

function displaysOf(system: Json | undefined): Map<string, Set<string>> | undefined {
  if (system?.content !== 'complete') return undefined;
  const displays = new Map<string, Set<string>>();
  const add = (concepts: Concept[] | undefined): void => {
    for (const { code, display, designation, concept } of concepts ?? []) {
      displays.set(code, new Set([display ?? '', ...(designation ?? []).map(({ value }) => value)]));
      add(concept);
    }
  };
  add(system.concept as Concept[]);
  return displays;
}

test('the check itself finds the faults planted in the national examples', needsPackage, () => {
  const check = new ProfileCheck(new Definitions({ national: true }));
  const folder = new URL('negative/', nationalPackage);
  assert.ok(existsSync(folder));
  const cases = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as { file: string; kind: string }[];
  // Bindings that depend on another element are beyond this check, as are bundles.
  const within = cases.filter(({ kind }) => kind !== 'additional-binding' && !kind.startsWith('transaction'));
  assert.ok(within.length > 300);
  for (const { file } of within) {
    const resource = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Resource;
    const faults = baseFaults(resource);
    for (const url of resource.meta?.profile ?? []) faults.push(...check.faults(resource, url, { invariants: true }));
    assert.ok(faults.length > 0, `${file}: no fault found`);
  }
});
