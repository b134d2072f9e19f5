/** A unit of the proof: the requests of one caller in one world, on two servers of its own. */
import { AssertionError } from 'node:assert';
import { beyondCallers, interferenceOfBeyond } from '../../../apps/fhir/test/interference/beyond-part.ts';
import { interferenceOfCare } from '../../../apps/fhir/test/interference/care.ts';
import { interferenceOfConsents } from '../../../apps/fhir/test/interference/consents.ts';
import { blinded, interferenceOfElements } from '../../../apps/fhir/test/interference/elements.ts';
import { doorCallers, interferenceOfDoors } from '../../../apps/fhir/test/interference/doors-part.ts';
import {
  furtherCallers,
  furtherWriters,
  interferenceOfFurther,
  interferenceOfFurtherWrites,
} from '../../../apps/fhir/test/interference/further-parts.ts';
import { interferenceOfLabels } from '../../../apps/fhir/test/interference/labels.ts';
import { interferenceOfReads, openReadWorld, readers } from '../../../apps/fhir/test/interference/reads.ts';
import type { OnAnswer } from '../../../apps/fhir/test/interference/side.ts';
import { interferenceOfWrites, writers, type WriteRun } from '../../../apps/fhir/test/interference/writes.ts';
import { featuresOf, interactionOf } from './kinds.ts';

// prettier-ignore
export const partNames = ['reads', 'writes', 'elements', 'consents', 'labels', 'care', 'further', 'changes', 'doors', 'beyond'] as const;
export type Part = (typeof partNames)[number];

export interface Unit {
  readonly part: Part;
  readonly who: string;
  readonly seed: number;
  /** Questions or steps. */
  readonly count: number;
}

/** As it is kept between runs. */
export interface UnitResult extends Unit {
  readonly asked: number;
  /** Questions that found something, and writes that changed something. */
  readonly told: number;
  readonly interactions: Readonly<Record<string, number>>;
  readonly features: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly differences: readonly string[];
  /** When it ended, `2026-11-29T22:31:00.000Z`. */
  readonly ended: string;
}

const callers: Readonly<Record<Part, readonly string[]>> = {
  reads: Object.keys(readers),
  writes: Object.keys(writers),
  elements: Object.keys(blinded),
  consents: ['a caller by consents'],
  labels: ['a caller by labels'],
  care: ['a caller by care'],
  further: Object.keys(furtherCallers),
  changes: furtherWriters,
  doors: Object.keys(doorCallers),
  beyond: Object.keys(beyondCallers),
};

/** All units of a seed. @param counts of questions or steps, by part */
export function unitsOf(seed: number, parts: readonly string[], counts: Readonly<Record<string, number>>): Unit[] {
  return partNames
    .filter((part) => parts.includes(part))
    .flatMap((part) => callers[part].map((who) => ({ part, who, seed, count: counts[part]! })));
}

export function nameOf({ part, who, seed, count }: Unit): string {
  return [part, who, seed, count].join('\n');
}

/** Asks all of it, or up to the first difference, which the result tells. @param onAnswer after each request */
export async function runUnit(unit: Unit, onAnswer: () => void): Promise<UnitResult> {
  let asked = 0;
  const [interactions, features, statuses] = [counter(), counter(), counter()];
  const count: OnAnswer = (request, status) => {
    asked += 1;
    interactions.add(interactionOf(request));
    for (const feature of featuresOf(request)) features.add(feature);
    statuses.add(String(status));
    onAnswer();
  };
  const differences: string[] = [];
  let told = 0;
  try {
    const found = await ask[unit.part](unit, count);
    told = found.told;
    differences.push(...found.differences);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    differences.push(error.message);
  }
  const counts = { interactions: interactions.counts, features: features.counts, statuses: statuses.counts };
  return { ...unit, asked, told, ...counts, differences, ended: new Date().toISOString() };
}

interface Found {
  readonly told: number;
  readonly differences: readonly string[];
}

const ask: Readonly<Record<Part, (unit: Unit, count: OnAnswer) => Promise<Found>>> = {
  async reads({ who, seed, count: questions }, count) {
    const world = await openReadWorld(seed);
    try {
      return { told: await interferenceOfReads(world, { who, seed, questions }, count), differences: [] };
    } finally {
      await world.full.close();
    }
  },
  writes: async (unit, count) =>
    foundBy(unit, await interferenceOfWrites({ who: unit.who, seed: unit.seed, steps: unit.count }, count)),
  async elements({ who, seed, count: steps }, count) {
    const { told, changed } = await interferenceOfElements(who, seed, steps, count);
    return { told: told + changed, differences: [] };
  },
  consents: async (unit, count) => ({
    told: await interferenceOfConsents(unit.seed, unit.count, count),
    differences: [],
  }),
  labels: async (unit, count) => ({ told: await interferenceOfLabels(unit.seed, unit.count, count), differences: [] }),
  care: async (unit, count) => ({ told: await interferenceOfCare(unit.seed, unit.count, count), differences: [] }),
  further: async ({ who, seed, count: questions }, count) => ({
    told: await interferenceOfFurther(who, seed, questions, count),
    differences: [],
  }),
  changes: async (unit, count) =>
    foundBy(unit, await interferenceOfFurtherWrites(unit.who, unit.seed, unit.count, count)),
  doors: async ({ who, seed, count: questions }, count) => ({
    told: await interferenceOfDoors(who, seed, questions, count),
    differences: [],
  }),
  beyond: async ({ who, seed, count: questions }, count) => ({
    told: await interferenceOfBeyond(who, seed, questions, count),
    differences: [],
  }),
};

function foundBy({ who, seed }: Unit, { changed, unseenIds }: WriteRun): Found {
  const others = [...unseenIds].filter((each) => each !== '404 resource-not-found');
  return {
    told: changed,
    differences: others.map((each) => `${who}, seed ${String(seed)}: an unseen id is told by ${each}`),
  };
}

function counter(): { readonly counts: Record<string, number>; add(name: string): void } {
  const counts: Record<string, number> = {};
  return {
    counts,
    add: (name) => (counts[name] = (counts[name] ?? 0) + 1),
  };
}
