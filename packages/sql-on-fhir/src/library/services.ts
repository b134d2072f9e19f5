/** Views of laboratories, medicines and institutions. */
import { codeIn, displayIn, monthOf, nameOf, national, type NationalView } from './national-view.ts';

const atc = 'http://www.whocc.no/atc';
const medicine = 'medication.concept';

export const viewsOfServices: readonly NationalView[] = [
  national({
    ...{ id: 'laboratory-turnaround', subject: 'laboratory', resource: 'DiagnosticReport' },
    title: 'Laboratory turnaround',
    description: 'Laboratory reports; the chart has the median number of hours from taking the specimen to the report.',
    where: ["category.coding.where(code = 'LAB').exists()", 'effective.ofType(dateTime).exists() and issued.exists()'],
    columns: [
      ['report', 'getResourceKey()', 'string', 'Key of the report'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['name', nameOf('code'), 'string', 'The report in words'],
      ['collected', 'effective.ofType(dateTime)', 'dateTime', 'When the specimen was taken'],
      ['issued', 'issued', 'instant', 'When the report was issued'],
    ],
    tally: {
      ...{ by: 'name', median: { from: 'collected', to: 'issued', unit: 'hours' }, patient: 'patient' },
      ...{ order: 'size', most: 15 },
    },
  }),
  national({
    ...{ id: 'laboratory-results', subject: 'laboratory', resource: 'Observation' },
    title: 'Laboratory results by interpretation',
    description: 'Laboratory results with their value, and whether it is within the range of reference.',
    where: ["category.coding.where(code = 'laboratory').exists()", 'value.ofType(Quantity).exists()'],
    columns: [
      ['observation', 'getResourceKey()', 'string', 'Key of the result'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['name', nameOf('code'), 'string', 'What was measured'],
      ['loinc', codeIn('code', 'http://loinc.org'), 'code', 'Code of LOINC'],
      ['value', 'value.ofType(Quantity).value', 'decimal', 'The value'],
      ['unit', 'value.ofType(Quantity).code', 'code', 'Unit of UCUM'],
      ['flag', 'interpretation.coding.code.first()', 'code', 'Normal, low, high or another interpretation'],
    ],
    tally: { by: 'name', parts: 'flag', partWords: 'flags', patient: 'patient', order: 'size', most: 20 },
  }),
  national({
    ...{ id: 'laboratory-orders', subject: 'laboratory', resource: 'ServiceRequest' },
    title: 'Laboratory orders',
    description: 'Orders of services by what was ordered, with their status.',
    where: ["intent = 'order' or intent = 'original-order'"],
    columns: [
      ['request', 'getResourceKey()', 'string', 'Key of the order'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['name', nameOf('code.concept'), 'string', 'What was ordered'],
      ['status', 'status', 'code', 'How it stands'],
      ['month', monthOf('authoredOn'), 'string', 'Year and month of the order'],
    ],
    tally: { by: 'name', patient: 'patient', order: 'size', most: 15 },
  }),
  national({
    ...{ id: 'antibiotic-prescriptions', subject: 'medicines', resource: 'MedicationRequest' },
    title: 'Antibiotic prescriptions',
    description: 'Prescriptions of antibacterials for systemic use (J01 of ATC), by substance and month.',
    where: [
      "intent = 'order' or intent = 'original-order'",
      `${medicine}.coding.where(system = '${atc}' and code.startsWith('J01')).exists()`,
    ],
    columns: [
      ['prescription', 'getResourceKey()', 'string', 'Key of the prescription'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['substance', displayIn(medicine, atc), 'string', 'The substance'],
      ['atc', codeIn(medicine, atc), 'code', 'Code of ATC'],
      ['status', 'status', 'code', 'How it stands'],
      ['month', monthOf('authoredOn'), 'string', 'Year and month of the prescription'],
    ],
    tally: { by: 'month', parts: 'substance', patient: 'patient', order: 'value', most: 24 },
  }),
  national({
    ...{ id: 'prescriptions-by-atc-group', subject: 'medicines', resource: 'MedicationRequest' },
    title: 'Prescriptions by group of medicines',
    description: 'Prescriptions that have a code of ATC, by its anatomical main group.',
    where: ["intent = 'order' or intent = 'original-order'", `${codeIn(medicine, atc)}.exists()`],
    columns: [
      ['prescription', 'getResourceKey()', 'string', 'Key of the prescription'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['atc_group', `${codeIn(medicine, atc)}.substring(0, 1)`, 'string', 'Anatomical main group of ATC'],
      ['atc', codeIn(medicine, atc), 'code', 'Code of ATC'],
      ['name', nameOf(medicine), 'string', 'The medicine in words'],
      ['month', monthOf('authoredOn'), 'string', 'Year and month of the prescription'],
    ],
    tally: { by: 'atc_group', words: 'atcGroups', patient: 'patient', order: 'size', most: 14 },
  }),
  national({
    ...{ id: 'dispensed-medicines', subject: 'medicines', resource: 'MedicationDispense' },
    title: 'Dispensed medicines',
    description: 'Medicines that pharmacies have handed over, by name.',
    where: ["status = 'completed'"],
    columns: [
      ['dispense', 'getResourceKey()', 'string', 'Key of the dispense'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['name', nameOf(medicine), 'string', 'The medicine in words'],
      ['atc', codeIn(medicine, atc), 'code', 'Code of ATC'],
      ['month', monthOf('whenHandedOver'), 'string', 'Year and month in which it was handed over'],
    ],
    tally: { by: 'name', patient: 'patient', order: 'size', most: 20 },
  }),
  national({
    ...{ id: 'institutions-by-region', subject: 'services', resource: 'Organization' },
    title: 'Institutions by region',
    description: 'Active institutions with the region of their address.',
    where: ['active = true'],
    columns: [
      ['organization', 'getResourceKey()', 'string', 'Key of the institution'],
      ['name', 'name', 'string', 'Name of the institution'],
      ['region', 'contact.address.where(state.exists()).first().state', 'string', 'Code of the region'],
      ['district', 'contact.address.where(district.exists()).first().district', 'string', 'Code of the district'],
      ['part_of', 'partOf.getReferenceKey(Organization)', 'string', 'Key of the institution above it'],
    ],
    tally: { by: 'region', words: 'regions', order: 'size', most: 15 },
  }),
];
