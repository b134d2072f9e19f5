/** The cost per unit of work for each shape, and the cost of the most expensive request that the limits allow. */
import { bodyLimit as ssoBodyLimit } from '@dhp/protocol/testing';
import { defaultCosts, workOfByte } from '../../apps/fhir/src/http/cost.ts';
import { enough, total, type Cost, type Measured } from './measure.ts';

/** Units of a shape may cost at most this many times the median, compared by the additional cost of four times the input. */
export const mostDear = 10;
/** Fewer shapes have no median that says something. */
const fewest = 20;
/** Bytes of an address, which Node bounds together with the header fields. */
const addressLimit = 16 * 1024;
/** The default of DHP_BODY_LIMIT. */
const fhirBodyLimit = 64 * 1024 ** 2;

export interface Charge {
  readonly measured: Measured;
  /** Nanoseconds of CPU for each further unit; undefined if too small to measure, or for the SSO, which counts no units. */
  readonly perUnit: number | undefined;
  /** `perUnit` as a multiple of the median. */
  readonly dear: number | undefined;
  /** Seconds of CPU of the largest request that the default limits allow, extrapolated from the measured growth. */
  readonly most: number;
  readonly isUndercharged: boolean;
}

/** The charge of each shape, the most expensive first. Times are normalised to the usual speed of the processor. */
export function chargesOf(all: readonly Measured[]): Charge[] {
  const pace = median(all.map((one) => one.pace)) ?? 1;
  const units = all.map((measured) => perUnitOf(measured, pace));
  const usual = median(units.filter((one) => one !== undefined && Number.isFinite(one)) as number[]);
  const charges = all.map((measured, n): Charge => {
    const perUnit = units[n];
    const dear = perUnit === undefined || usual === undefined ? undefined : perUnit / usual;
    const most = mostSeconds(measured, pace);
    // A shape that another limit bounds before it costs more than all units of a request is harmless.
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

/** Extrapolates the growth from n to 4n up to the first limit: of the body, of the address, of units, or one that was reached. */
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
  // A size that the request does not show, such as that of a record that it reads, has no bound that is known here.
  const beyond = Number.isFinite(largest) ? Math.max(0, largest - size) * each(total) : 0;
  return ((total(last) + beyond) * (usualPace / pace)) / 1_000;
}

function median(all: readonly number[]): number | undefined {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
