/** Measurements from Observations, by code. https://hl7.org/fhir/R5/observation-operation-stats.html */
import type { CodeableConcept, Coding, Observation, Quantity } from '@dhp/fhir-model';
import { conversion } from '@dhp/ucum';
import type { Budget } from '@dhp/budget';
import type { Measured } from './statistics.ts';

const ucum = 'http://unitsofmeasure.org';

/** The owner of a value: an Observation, or a component of one. */
type Valued = Pick<Observation, 'code' | 'valueQuantity' | 'modifierExtension'>;

/** The place of a value: no value counts twice. */
interface Place {
  readonly name: string;
  readonly subject: string;
  readonly time: number | undefined;
  /** The whole Observation has an extension that may turn its meaning. */
  readonly isModified: boolean;
}

interface Amount {
  readonly value: number;
  readonly unit: string;
  readonly time: number | undefined;
}

/** All measurements of one code. */
export interface Cell {
  readonly coding: Coding;
  /** All measurements, including those without a value to compute with. */
  readonly total: number;
  /** UCUM; undefined if there is no value. */
  readonly unit: string | undefined;
  /** In that unit. */
  readonly measured: readonly Measured[];
  readonly subjects: ReadonlySet<string>;
}

interface Growing {
  coding: Coding;
  readonly isAsked: boolean;
  readonly places: Set<string>;
  readonly amounts: Amount[];
  readonly subjects: Set<string>;
}

const bytesOfPlace = 200;

export class Cells {
  readonly #cells = new Map<string, Growing>();
  readonly #budget: Budget;

  constructor(asked: readonly Coding[], budget: Budget) {
    this.#budget = budget;
    for (const coding of asked) this.#cells.set(keyOf(coding), growing(coding, true));
  }

  /**
   * Adds the values of an Observation that has a requested code, or such a component. Of a panel all parts are added, under their own
   * codes.
   * @param time ms since 1970
   * @param isPart whether it is a member of a panel, so that it is added whatever its code is
   * @returns references of the members of a panel
   */
  add(
    observation: Observation & { readonly id?: string },
    time: number | undefined,
    isPart = false,
  ): readonly string[] {
    const { id = '', code, component = [], hasMember = [], subject, modifierExtension = [] } = observation;
    this.#budget.spend(unitsOfValue * (1 + component.length), 'the values of observations');
    const place = { name: id, subject: subject?.reference ?? '', time, isModified: modifierExtension.length > 0 };
    const isMeant = isPart || this.#asked(code).length > 0;
    const isPanel = component.length + hasMember.length > 0;
    if (isMeant && (observation.valueQuantity !== undefined || !isPanel)) this.#take(observation, place, isMeant);
    for (const [n, part] of component.entries()) this.#take(part, { ...place, name: `${id}#${n}` }, isMeant);
    return isMeant && !isPart ? hasMember.flatMap(({ reference }) => reference ?? []) : [];
  }

  #asked(code: CodeableConcept | undefined): Growing[] {
    return (code?.coding ?? [])
      .flatMap((coding) => this.#cells.get(keyOf(coding)) ?? [])
      .filter((cell) => cell.isAsked);
  }

  #take(valued: Valued, place: Place, isMeant: boolean): void {
    const asked = this.#asked(valued.code);
    for (const cell of asked.length > 0 || !isMeant ? asked : this.#ofPart(valued.code)) {
      if (cell.places.has(place.name)) continue;
      this.#budget.hold(bytesOfPlace, 'the values of observations');
      cell.places.add(place.name);
      cell.subjects.add(place.subject);
      const known = valued.code.coding?.find((coding) => keyOf(coding) === keyOf(cell.coding));
      cell.coding = { ...cell.coding, ...(known?.display !== undefined && { display: known.display }) };
      const amount = place.isModified ? undefined : amountOf(valued, place.time);
      if (amount !== undefined) cell.amounts.push(amount);
    }
  }

  /** A part of a panel is listed under its first code. One without a code is not listed. */
  #ofPart(code: CodeableConcept): Growing[] {
    const first = code.coding?.find((coding) => coding.code !== undefined);
    if (first === undefined) return [];
    const key = keyOf(first);
    const known =
      this.#cells.get(key) ?? growing({ ...(first.system && { system: first.system }), code: first.code! }, false);
    this.#cells.set(key, known);
    return [known];
  }

  /** The requested codes, and parts of panels. A panel without its own values is represented by its parts. */
  all(): readonly Cell[] {
    const all = [...this.#cells.values()];
    const parts = all.some(({ isAsked }) => !isAsked);
    return all.filter(({ isAsked, places }) => !(isAsked && parts && places.size === 0)).map(settled);
  }
}

const unitsOfValue = 20;

function growing({ system, code }: Coding, isAsked: boolean): Growing {
  const coding = { ...(system !== undefined && { system }), ...(code !== undefined && { code }) };
  return { coding, isAsked, places: new Set(), amounts: [], subjects: new Set() };
}

function keyOf({ system = '', code = '' }: Coding): string {
  return JSON.stringify([system, code]);
}

/** A value to compute with: an exact number with a UCUM unit, without comparator. */
function amountOf({ valueQuantity, modifierExtension = [] }: Valued, time: number | undefined): Amount | undefined {
  const { value, system, code, comparator }: Quantity = valueQuantity ?? {};
  const isExact = comparator === undefined && modifierExtension.length === 0;
  if (!isExact || typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return system === ucum && code !== undefined ? { value, unit: code, time } : undefined;
}

/** In the unit that most of them have. Values of another dimension are not valid. */
function settled({ coding, places, amounts, subjects }: Growing): Cell {
  const counts = [...Map.groupBy(amounts, ({ unit }) => unit)].map(([unit, some]) => ({ unit, count: some.length }));
  const [most] = counts.sort((a, b) => b.count - a.count || (a.unit < b.unit ? -1 : 1));
  const measured = amounts.flatMap(({ value, unit, time }) => {
    const convert = conversion(unit, most!.unit);
    const hours = time === undefined ? undefined : time / 3_600_000;
    return convert === undefined ? [] : [{ value: convert(value), hours }];
  });
  return { coding, total: places.size, unit: most?.unit, measured, subjects };
}
