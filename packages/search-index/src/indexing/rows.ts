import { Budget, BudgetSpent } from '@dhp/budget';
import { type JsonResource, patientCompartment } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { anyReference, keyOf, referenceText, seedOf } from '../keys/keys.ts';
import type { Item } from '@dhp/fhirpath';
import type { IndexRow } from '../row/index-row.ts';
import { RowBuilder } from '../row/row-builder.ts';
import { compositeValues } from '../types/composite/reading.ts';
import { addItems } from '../types/items.ts';
import { objectOf, objectsOf } from '../types/json.ts';
import type { PlannedParameter } from '../types/planned-parameter.ts';
import { addComposite, addRows } from '../types/rows-of-value.ts';
import { type Reading, simpleValues } from '../types/simple-values.ts';
import { boundaryOf } from '../types/special/boundary.ts';
import { addContained } from './contained.ts';
import { indexBudget, type IndexOptions, readingOf } from './index-values.ts';
import { addInlined } from './inlined.ts';
import { addLabels } from './labels.ts';
import { forEachLocalReference, forEachReferenceIn } from './local-references.ts';
import {
  evaluated,
  type Finding,
  read,
  referring,
  repeated,
  type Repeated,
  type ToDo,
  toDoFor,
} from './repeated-members.ts';
import { ownRowPlanOf, rowPlanOf } from './row-plan.ts';

/** Number of the index definition. It rises when the meaning of the rows changes: rows of another version must be made again. */
export const indexVersion = 14;

/**
 * All index rows of a resource. Parts of the wrong shape are skipped; an unknown type has few.
 * @throws BudgetSpent
 */
export function indexRow(resource: JsonResource, options: IndexOptions = {}): IndexRow {
  const { resourceType } = resource;
  const reading = readingOf(options);
  const work = indexBudget(options);
  const { own, leftOut, firstRepetitions: withFirst, cutTexts, allPosted, only } = options;
  const by: Indexing = { own, work, leftOut, withFirst, cutTexts, allPosted, only, costs: new Map() };
  const rows = new RowBuilder(by);
  const toDo = addParameters(rows, resource, reading, by);
  if (only !== undefined) return rows.row(patientCompartment(resource, reading.ownBases));
  if (toDo?.labels === undefined) addLabels(rows, resource, reading);
  else rows.addFound(toDo.labels);
  if (resourceType === 'Location') {
    addPosition(rows, resource);
    addBoundary(rows, resource);
  }
  if (resourceType === 'Bundle') addFirst(rows, resource, reading, by);
  if (resource.contained !== undefined) {
    addContained(rows, resource, {
      plans:
        own === undefined ? rowPlanOf(resourceType) : [...rowPlanOf(resourceType), ...ownRowPlanOf(resourceType, own)],
      generation: own?.generation ?? 0,
      rowOf: (contained) => containedRow(contained, reading, by),
      work,
      leftOut,
    });
  }
  addReferences(rows, resource, reading, toDo);
  return rows.row(patientCompartment(resource, reading.ownBases));
}

/** Returns the row of a contained resource: all values except those that only stored resources have. */
function containedRow(resource: JsonResource, reading: Reading, by: Indexing): IndexRow {
  const rows = new RowBuilder(by);
  addParameters(rows, resource, reading, by);
  if (resource.resourceType === 'Location') {
    addPosition(rows, resource);
    addBoundary(rows, resource);
  }
  return rows.row(patientCompartment(resource, reading.ownBases));
}

/** The environment's own parameters, and the budget for all values. */
interface Indexing {
  readonly own: OwnParameters | undefined;
  readonly work: Budget;
  readonly leftOut: Set<string> | undefined;
  readonly withFirst: boolean | undefined;
  readonly cutTexts: boolean | undefined;
  readonly allPosted: boolean | undefined;
  readonly only: ReadonlySet<string> | undefined;
  /** Units of work that each parameter has taken, by `leftOut`'s names; only where parameters may be left out. */
  readonly costs: Map<string, number>;
}

/** @returns the remaining work */
function addParameters(
  rows: RowBuilder,
  resource: JsonResource,
  reading: Reading,
  by: Indexing,
): Pick<ToDo, 'labels' | 'references'> | undefined {
  const { resourceType } = resource;
  const toDo = addPublished(rows, rowPlanOf(resourceType), { resource, reading, by });
  if (by.own !== undefined) addPlanned(rows, ownRowPlanOf(resourceType, by.own), { resource, reading, by });
  return toDo;
}

/** A resource whose rows are made. */
interface Indexed {
  readonly resource: JsonResource;
  readonly reading: Reading;
  readonly by: Indexing;
}

/** Uses cached values, if the rows are the usual ones of all parameters. @returns the remaining work */
function addPublished(rows: RowBuilder, plans: readonly PlannedParameter[], of: Indexed): ToDo | undefined {
  const { leftOut, only, cutTexts, allPosted } = of.by;
  if (leftOut !== undefined || only !== undefined || cutTexts === true || allPosted === true || plans.length === 0) {
    addPlanned(rows, plans, of);
    return undefined;
  }
  const toDo = toDoFor(of.resource, plans, of.reading, findingFor(of));
  for (let place = 0; place < plans.length; place += 1) addToDo(rows, plans[place]!, place, toDo, of);
  return toDo;
}

function addToDo(rows: RowBuilder, plan: PlannedParameter, place: number, toDo: ToDo, of: Indexed): void {
  const state = toDo.states[place];
  if (state === repeated) {
    const { rows: again, work } = toDo.found[place]!;
    of.by.work.spend(work);
    rows.addFound(again);
  } else if (state === referring) {
    const again = toDo.referringTo[place]!;
    of.by.work.spend(again.work);
    rows.addReferring(again, toDo.targets[place]!);
  } else if (state === read) addNamed(rows, plan, of, itemsIn(toDo.values[place], toDo.types[place]!));
  else if (state === evaluated) addNamed(rows, plan, of);
}

function itemsIn(value: unknown, type: string): readonly Item[] {
  const items: Item[] = [];
  addItems(items, value, type);
  return items;
}

function findingFor({ reading, by }: Indexed): Finding {
  return {
    rowsOf: (plan, part) => foundIn(plan, { resource: part, reading, by }),
    labelsOf: (part) => {
      const rows = new RowBuilder();
      addLabels(rows, part, reading);
      return rows.found();
    },
    referencesOf: (part) => {
      const keys: bigint[] = [];
      forEachLocalReference(part, reading.ownBases, (type, id) => keys.push(referredKey(type, id)));
      return keys;
    },
  };
}

function addReferences(
  rows: RowBuilder,
  resource: JsonResource,
  { ownBases }: Reading,
  toDo: Pick<ToDo, 'references'> | undefined,
): void {
  if (toDo === undefined) {
    forEachLocalReference(resource, ownBases, (type, id) => {
      rows.key(referredKey(type, id));
    });
    return;
  }
  for (const one of toDo.references) {
    if (typeof one !== 'string') for (const key of one) rows.key(key);
    else if (one !== 'resource' || resource.resourceType !== 'Bundle')
      forEachReferenceIn(resource[one], resource.resourceType, ownBases, (type, id) => {
        rows.key(referredKey(type, id));
      });
  }
}

function referredKey(type: string, id: string): bigint {
  return keyOf(anyReference, referenceText(type, id));
}

/**
 * The rows of a parameter for a part of a resource; undefined if the parameter does not walk along names, or its values hardly ever repeat.
 */
function foundIn(plan: PlannedParameter, { resource, reading, by }: Indexed): Repeated | undefined {
  const { extractor } = plan;
  if (extractor.type === undefined) return undefined;
  const work = new Budget({}, 'resource');
  const items = extractor.walked(resource, work);
  if (items === undefined) return undefined;
  const rows = new RowBuilder({ work });
  addRowsOf(rows, plan, items, { resource, reading, by: { ...by, work } });
  const found = rows.found();
  return found && { rows: found, work: work.used.work };
}

function addPlanned(rows: RowBuilder, plans: readonly PlannedParameter[], of: Indexed): void {
  const { leftOut, only } = of.by;
  for (const plan of plans) {
    if (only !== undefined && !only.has(plan.extractor.parameter)) continue;
    if (leftOut === undefined) addNamed(rows, plan, of);
    else addUnlessLeftOut(rows, plan, of, leftOut);
  }
}

/** An error about a budget names the parameter. @param items of the parameter, if they are known */
function addNamed(rows: RowBuilder, plan: PlannedParameter, of: Indexed, items?: readonly Item[]): void {
  try {
    addRowsOf(rows, plan, items ?? plan.extractor.items(of.resource, undefined, of.by.work), of);
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    throw error.at(`the search parameter ${plan.extractor.parameter} of ${of.resource.resourceType}`);
  }
}

function addUnlessLeftOut(rows: RowBuilder, plan: PlannedParameter, of: Indexed, leftOut: Set<string>): void {
  const { resource, by } = of;
  const name = `${resource.resourceType}.${plan.extractor.parameter}`;
  if (leftOut.has(name)) return;
  const before = by.work.used.work;
  try {
    addNamed(rows, plan, of);
    addCost(by, name, before);
  } catch (error) {
    const isSpent = error instanceof BudgetSpent;
    if (isSpent) addCost(by, name, before);
    leftOut.add(isSpent ? costliest(by.costs) : name);
    throw error;
  }
}

function addCost({ costs, work }: Indexing, name: string, before: number): void {
  costs.set(name, (costs.get(name) ?? 0) + work.used.work - before);
}

/** Leaving out the costliest parameter frees most budget for the others; a cheap one may merely be the one that exceeded the limit. */
function costliest(costs: ReadonlyMap<string, number>): string {
  return [...costs].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

function addRowsOf(rows: RowBuilder, plan: PlannedParameter, items: readonly Item[], of: Indexed): void {
  const { extractor } = plan;
  const { resource, reading } = of;
  const { work, withFirst } = of.by;
  // Each becomes a row.
  if (items.length > 0) work.spend(10 * items.length);
  let index = 0;
  for (const item of items) {
    if (item.value === undefined) continue;
    if (extractor.type === undefined) {
      for (const value of compositeValues(item, extractor.components, reading, work)) {
        addComposite(rows, plan, value, { index, work, withFirst });
      }
    } else {
      addPresence(rows, plan);
      const values = simpleValues(item, extractor.type, reading, resource.resourceType);
      for (const value of values) addRows(rows, plan, value, item.type);
    }
    index += 1;
  }
}

/** A composite needs no presence: `:missing` is not defined for it. */
function addPresence(rows: RowBuilder, { present, bit }: PlannedParameter): void {
  if (bit === undefined) rows.key(present);
  else rows.present(bit);
}

function addFirst(rows: RowBuilder, bundle: JsonResource, reading: Reading, by: Indexing): void {
  const [entry] = objectsOf(bundle.entry);
  const first = objectOf(entry?.resource);
  if (typeof first.resourceType !== 'string') return;
  const inner = new RowBuilder(by);
  addParameters(inner, first as JsonResource, reading, by);
  addInlined(rows, first.resourceType, inner.row([]));
}

const latitudeKey = seedOf('Location', 'near.latitude');
const longitudeKey = seedOf('Location', 'near.longitude');

/** For `near`: degrees. https://hl7.org/fhir/R5/location.html#positional */
function addPosition(rows: RowBuilder, location: JsonResource): void {
  const { latitude, longitude } = objectOf(location.position);
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return;
  rows.number(latitudeKey, latitude, latitude);
  rows.number(longitudeKey, longitude, longitude);
  rows.key(seedOf('Location', 'near', 'present'));
}

const [latitudes, longitudes] = [seedOf('Location', 'contains.latitude'), seedOf('Location', 'contains.longitude')];

/** For `contains`: the box around the boundary leads to it, and its polygons are under their key. */
function addBoundary(rows: RowBuilder, location: JsonResource): void {
  const boundary = boundaryOf(location);
  if (boundary === undefined) return;
  const { key, polygons, box } = boundary;
  rows.key(key);
  rows.boundary(key, polygons);
  rows.number(latitudes, box.south, box.north);
  rows.number(longitudes, box.west, box.east);
}
