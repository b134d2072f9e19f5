import { type Budget, BudgetSpent } from '@dhp/budget';
import { type JsonResource, patientCompartment } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import { anyReference, keyOf, referenceText, seedOf } from '../keys/keys.ts';
import type { IndexRow } from '../row/index-row.ts';
import { RowBuilder } from '../row/row-builder.ts';
import { compositeValues } from '../types/composite/reading.ts';
import { objectOf, objectsOf } from '../types/json.ts';
import type { PlannedParameter } from '../types/planned-parameter.ts';
import { addComposite, addRows } from '../types/rows-of-value.ts';
import { type Reading, simpleValues } from '../types/simple-values.ts';
import { boundaryOf } from '../types/special/boundary.ts';
import { addContained } from './contained.ts';
import { indexBudget, type IndexOptions, readingOf } from './index-values.ts';
import { addInlined } from './inlined.ts';
import { addLabels } from './labels.ts';
import { forEachLocalReference } from './local-references.ts';
import { ownRowPlanOf, rowPlanOf } from './row-plan.ts';

/** Number of the index definition. It rises when the meaning of the rows changes: rows of another version must be made again. */
export const indexVersion = 14;

/**
 * All rows by which a resource is found. Parts of the wrong shape are passed over; for an unknown type there is little.
 * @throws BudgetSpent
 */
export function indexRow(resource: JsonResource, options: IndexOptions = {}): IndexRow {
  const { resourceType } = resource;
  const reading = readingOf(options);
  const work = indexBudget(options);
  const { own, leftOut, firstRepetitions: withFirst, cutTexts, allPosted, only } = options;
  const by: Indexing = { own, work, leftOut, withFirst, cutTexts, allPosted, only, costs: new Map() };
  const rows = new RowBuilder(by);
  addParameters(rows, resource, reading, by);
  if (only !== undefined) return rows.row(patientCompartment(resource, reading.ownBases));
  addLabels(rows, resource, reading);
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
  forEachLocalReference(resource, reading.ownBases, (type, id) => {
    rows.key(keyOf(anyReference, referenceText(type, id)));
  });
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

/** The parameters of the environment's own, and what all values may cost. */
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

function addParameters(rows: RowBuilder, resource: JsonResource, reading: Reading, by: Indexing): void {
  const { resourceType } = resource;
  addPlanned(rows, rowPlanOf(resourceType), { resource, reading, by });
  if (by.own !== undefined) addPlanned(rows, ownRowPlanOf(resourceType, by.own), { resource, reading, by });
}

/** A resource whose rows are made. */
interface Indexed {
  readonly resource: JsonResource;
  readonly reading: Reading;
  readonly by: Indexing;
}

function addPlanned(rows: RowBuilder, plans: readonly PlannedParameter[], of: Indexed): void {
  const { leftOut, only } = of.by;
  for (const plan of plans) {
    if (only !== undefined && !only.has(plan.extractor.parameter)) continue;
    if (leftOut === undefined) addNamed(rows, plan, of);
    else addUnlessLeftOut(rows, plan, of, leftOut);
  }
}

/** An error about a budget names the parameter. */
function addNamed(rows: RowBuilder, plan: PlannedParameter, of: Indexed): void {
  try {
    addValues(rows, plan, of);
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

/** Without it there is most room for the others, of which one that costs next to nothing may be the one that passes the limit. */
function costliest(costs: ReadonlyMap<string, number>): string {
  return [...costs].reduce((most, one) => (one[1] > most[1] ? one : most))[0];
}

function addValues(rows: RowBuilder, plan: PlannedParameter, { resource, reading, by }: Indexed): void {
  const { extractor } = plan;
  const { work, withFirst } = by;
  const items = extractor.items(resource, undefined, work);
  // A row is made of each.
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

/** A composite needs none: nobody can ask whether it is missing. */
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
