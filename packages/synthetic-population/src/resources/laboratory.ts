import type { DiagnosticReport, Observation, Resource, ServiceRequest, Specimen } from '@dhp/fhir-model';
import { formatMinute, type Minute } from '../calendar.ts';
import { coding, concept, meta, national, quantity, reference, systems } from '../codes.ts';
import { hasChronic, type Person } from '../person.ts';
import { panels, type Analyte, type Panel, type PanelKey } from '../tables/laboratory.ts';
import type { PatientVisit } from './encounter.ts';

interface Order {
  readonly panel: Panel;
  readonly request: string;
  readonly specimen: string;
  readonly collected: Minute;
  readonly issued: Minute;
}

/**
 * A laboratory order and its results, in chronological order: ServiceRequest, Specimen (taken within the visit), Observations,
 * DiagnosticReport (the same day, at most three hours later).
 */
export function* laboratory(person: Person, visit: PatientVisit, key: PanelKey, cause?: string): Generator<Resource> {
  const panel: Panel = panels[key];
  const collected = visit.start + 10;
  const order: Order = {
    panel,
    request: person.newId(),
    specimen: person.newId(),
    collected,
    issued: collected + 60 + person.random.between(0, 24) * 5,
  };
  yield serviceRequest(person, visit, order, cause);
  yield specimen(person, visit, order);
  const results: string[] = [];
  for (const analyte of panel.analytes) {
    const result = observation(person, visit, order, analyte);
    results.push(result.id!);
    yield result;
  }
  yield report(person, visit, order, results);
}

function serviceRequest(person: Person, visit: PatientVisit, order: Order, cause: string | undefined): ServiceRequest {
  const { panel } = order;
  return {
    resourceType: 'ServiceRequest',
    id: order.request,
    meta: meta(national('uz-core-servicerequest-laboratory')),
    extension: [
      {
        url: national('payment-type'),
        valueCodeableConcept: concept(systems.national('payment-type-cs'), 'paytype-0001-0004', 'Davlat tarifi'),
      },
    ],
    status: 'completed',
    intent: 'order',
    category: [concept(systems.national('lab-categories-cs'), panel.category[0], panel.category[1])],
    priority: 'routine',
    code: {
      concept: {
        coding: [coding(systems.national('lab-pan-cs'), panel.order[0], panel.order[1])],
        text: panel.order[2],
      },
    },
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    authoredOn: formatMinute(order.collected - 5),
    requester: visit.staff.role,
    performer: [person.network.laboratory.organization],
    ...(cause !== undefined && { reason: [{ reference: reference('Condition', cause) }] }),
    specimen: [reference('Specimen', order.specimen)],
  };
}

function specimen(person: Person, visit: PatientVisit, order: Order): Specimen {
  const [code, display, name] = order.panel.specimen;
  return {
    resourceType: 'Specimen',
    id: order.specimen,
    meta: meta(national('uz-core-specimen')),
    accessionIdentifier: {
      system: 'https://terminology.dhp.uz/fhir/core/NamingSystem/specimen-accession',
      value: `SP-${order.specimen.slice(0, 13)}`,
    },
    status: 'available',
    type: { coding: [coding(systems.snomed, code, display)], text: name },
    subject: reference('Patient', person.id),
    receivedTime: formatMinute(order.collected + 30),
    request: [reference('ServiceRequest', order.request)],
    collection: {
      collector: visit.staff.role,
      collectedDateTime: formatMinute(order.collected),
      method: concept(systems.national('specimen-collection-method-cs'), order.panel.method[0], order.panel.method[1]),
    },
  };
}

/** Diseases that move a quantity out of its range: added to the mean, in widths of the range. */
function shift(person: Person, visit: PatientVisit, loinc: string): number {
  const day = Math.floor(visit.start / 1440);
  if (['15074-8', '14749-6', '4548-4'].includes(loinc)) return hasChronic(person, 'diabetes', day) ? 1.2 : 0;
  if (['14647-2', '22748-8', '14927-8'].includes(loinc)) return hasChronic(person, 'heart', day) ? 0.5 : 0.1;
  if (loinc === '3016-3') return hasChronic(person, 'thyroid', day) ? 0.7 : 0;
  if (loinc === '5821-4') return hasChronic(person, 'kidney', day) ? 1.5 : 0;
  return 0;
}

function observation(person: Person, visit: PatientVisit, order: Order, analyte: Analyte): Observation {
  const [low, high] = (person.gender === 'female' && analyte.femaleRange) || analyte.range;
  const width = high - low;
  const drawn = person.random.around((low + high) / 2 + shift(person, visit, analyte.loinc) * width, width * 0.24);
  const scale = 10 ** analyte.decimals;
  const value = Math.max(0, Math.round(drawn * scale) / scale);
  const [flag, flagDisplay] = value < low ? ['L', 'Low'] : value > high ? ['H', 'High'] : ['N', 'Normal'];
  return {
    resourceType: 'Observation',
    id: person.newId(),
    meta: meta(national('uz-core-observation')),
    basedOn: [reference('ServiceRequest', order.request)],
    status: 'final',
    category: [concept(systems.hl7('observation-category'), 'laboratory', 'Laboratory')],
    code: { coding: [coding(systems.loinc, analyte.loinc, analyte.display)], text: analyte.name },
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    effectiveDateTime: formatMinute(order.collected),
    issued: formatMinute(order.issued),
    performer: [person.network.laboratory.organization],
    valueQuantity: quantity(value, analyte.unit, analyte.ucum),
    interpretation: [concept(systems.v3('ObservationInterpretation'), flag, flagDisplay)],
    specimen: reference('Specimen', order.specimen),
    referenceRange: [
      { low: quantity(low, analyte.unit, analyte.ucum), high: quantity(high, analyte.unit, analyte.ucum) },
    ],
  };
}

function report(person: Person, visit: PatientVisit, order: Order, results: readonly string[]): DiagnosticReport {
  const { panel } = order;
  return {
    resourceType: 'DiagnosticReport',
    id: person.newId(),
    meta: meta(national('uz-core-diagnostic-report')),
    basedOn: [reference('ServiceRequest', order.request)],
    status: 'final',
    category: [concept(systems.v2('0074'), 'LAB', 'Laboratory')],
    code: concept(systems.national('lab-report-types-cs'), panel.report[0], panel.report[1]),
    subject: reference('Patient', person.id),
    encounter: reference('Encounter', visit.id),
    effectiveDateTime: formatMinute(order.collected),
    issued: formatMinute(order.issued),
    performer: [person.network.laboratory.staff[0]!.role, person.network.laboratory.organization],
    specimen: [reference('Specimen', order.specimen)],
    result: results.map((id) => reference('Observation', id)),
  };
}
