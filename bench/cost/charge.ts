/** The cost of a unit of work by the shapes, and that of the dearest request that the limits let through. */
import { bodyLimit as ssoBodyLimit } from '@dhp/protocol/testing';
import { defaultCosts, workOfByte } from '../../apps/fhir/src/http/cost.ts';
import { enough, total, type Cost, type Measured } from './measure.ts';

/** Units of a shape may cost this many times as much as those of most, each compared by what four times the input costs more. */
export const mostDear = 10;
/** Fewer shapes have no median that says something. */
const fewest = 20;
/** Bytes of an address, which Node bounds together with the header fields. */
const addressLimit = 16 * 1024;
/** The default of DHP_BODY_LIMIT. */
const fhirBodyLimit = 64 * 1024 ** 2;

export interface Charge {
  readonly measured: Measured;
  /** Nanoseconds of CPU for each further unit; undefined if that is too little to tell, or at the SSO, which counts none. */
  readonly perUnit: number | undefined;
  /** `perUnit` as a multiple of the median. */
  readonly dear: number | undefined;
  /** Seconds of CPU of the largest request that the default limits let through, if it grows on like this. */
  readonly most: number;
  readonly isUndercharged: boolean;
}

/** A charge of each, the dearest first. Times are compared as if the processor had always been as fast as it mostly was. */
export function chargesOf(all: readonly Measured[]): Charge[] {
  const pace = median(all.map((one) => one.pace)) ?? 1;
  const units = all.map((measured) => perUnitOf(measured, pace));
  const usual = median(units.filter((one) => one !== undefined && Number.isFinite(one)) as number[]);
  const charges = all.map((measured, n): Charge => {
    const perUnit = units[n];
    const dear = perUnit === undefined || usual === undefined ? undefined : perUnit / usual;
    const most = mostSeconds(measured, pace);
    // Whatever is bounded by another limit before it costs more than all units of a request is harmless.
    const allowed = (usual ?? Infinity) * defaultCosts.work;
    const isUndercharged = all.length >= fewest && (dear ?? 0) > mostDear && most * 1e9 > allowed;
    return { measured, perUnit, dear, most, isUndercharged };
  });
  return charges.sort((a, b) => (b.dear ?? -1) - (a.dear ?? -1) || b.most - a.most);
}

/** The median of nanoseconds a unit. */
export function usualOf(charges: readonly Charge[]): number | undefined {
  return median(charges.flatMap(({ perUnit }) => (perUnit !== undefined && Number.isFinite(perUnit) ? perUnit : [])));
}

function perUnitOf({ costs: [one, , four], pace }: Measured, usualPace: number): number | undefined {
  if (one.work === undefined || four.work === undefined || four.outcome === 'limited') return undefined;
  const cpu = total(four) - total(one);
  return cpu < enough / 2 ? undefined : (cpu * 1e6 * (usualPace / pace)) / Math.max(0, four.work - one.work);
}

/** Grows on as from n to 4n, up to where the first limit ends it: of the body, of the address, of units, or one that was met. */
function mostSeconds({ n, most = Infinity, costs: [one, two, four], pace }: Measured, usualPace: number): number {
  const last = four.outcome === 'done' ? four : two.outcome === 'done' ? two : one;
  const met = last === four ? Infinity : (last === two ? 4 : 2) * n;
  const size = last === four ? 4 * n : last === two ? 2 * n : n;
  const each = (value: (cost: Cost) => number): number =>
    last === one ? value(one) / n : Math.max(0, (value(last) - value(one)) / (size - n));
  const body = each((cost) => cost.body);
  const work = each((cost) => cost.work ?? 0) - workOfByte * body;
  const bodyLimit = last.work === undefined ? ssoBodyLimit : fhirBodyLimit;
  const largest = Math.min(
    met,
    most,
    bodyLimit / body,
    addressLimit / each((cost) => cost.address),
    work > 0 ? defaultCosts.work / work : Infinity,
  );
  // A size that the request does not show, as that of a record that it reads, is bounded by nothing that is known here.
  const beyond = Number.isFinite(largest) ? Math.max(0, largest - size) * each(total) : 0;
  return ((total(last) + beyond) * (usualPace / pace)) / 1_000;
}

function median(all: readonly number[]): number | undefined {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
