/** Views of care: visits, stays, diagnoses, procedures, allergies, and providers. */
import { blockOf } from './icd-blocks.ts';
import { banded, codeIn, monthOf, nameOf, national, yearOf, type NationalView } from './national-view.ts';

const icd10 = codeIn('code', 'http://hl7.org/fhir/sid/icd-10');
const category = `${icd10}.substring(0, 3)`;

/**
 * The chapters of ICD-10 by their first codes. External causes (V01 to Y98) come before U00 in the order of letters for codes of special purposes.
 */
const chapters = [
  ...[
    ['A00', 'I'],
    ['C00', 'II'],
    ['D50', 'III'],
    ['E00', 'IV'],
    ['F00', 'V'],
    ['G00', 'VI'],
    ['H00', 'VII'],
    ['H60', 'VIII'],
  ],
  ...[
    ['I00', 'IX'],
    ['J00', 'X'],
    ['K00', 'XI'],
    ['L00', 'XII'],
    ['M00', 'XIII'],
    ['N00', 'XIV'],
    ['O00', 'XV'],
    ['P00', 'XVI'],
  ],
  ...[
    ['Q00', 'XVII'],
    ['R00', 'XVIII'],
    ['S00', 'XIX'],
    ['U00', 'XXII'],
    ['V01', 'XX'],
    ['Z00', 'XXI'],
  ],
] as const;

const chapter = `${category}.select(${chapters.reduce<string>(
  (rest, [begins, name]) => (rest === '' ? `'${name}'` : `iif($this >= '${begins}', '${name}', ${rest})`),
  '',
)})`;

export const viewsOfCare: readonly NationalView[] = [
  national({
    ...{ id: 'visits-by-month', subject: 'care', resource: 'Encounter' },
    title: 'Visits by month',
    description: 'Visits and stays that have begun, by month, with their class, institution and priority.',
    where: ['actualPeriod.start.exists()'],
    columns: [
      ['encounter', 'getResourceKey()', 'string', 'Key of the visit'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['month', monthOf('actualPeriod.start'), 'string', 'Year and month of the beginning'],
      ['class', 'class.coding.code.first()', 'code', 'Ambulatory, inpatient, emergency or another class'],
      ['priority', 'priority.coding.code.first()', 'code', 'Priority of the visit'],
      ['institution', 'serviceProvider.getReferenceKey(Organization)', 'string', 'Key of the institution'],
    ],
    tally: { by: 'month', parts: 'class', partWords: 'classes', patient: 'patient', order: 'value', most: 24 },
  }),
  national({
    ...{ id: 'hospital-stays', subject: 'care', resource: 'Encounter' },
    title: 'Length of hospital stays',
    description: 'Inpatient stays that have ended; the chart has the median number of days by the year of discharge.',
    where: ["class.coding.where(code = 'IMP').exists()", 'actualPeriod.start.exists() and actualPeriod.end.exists()'],
    columns: [
      ['encounter', 'getResourceKey()', 'string', 'Key of the stay'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['year', yearOf('actualPeriod.end'), 'string', 'Year of discharge'],
      ['admitted', 'actualPeriod.start', 'dateTime', 'When the stay began'],
      ['discharged', 'actualPeriod.end', 'dateTime', 'When it ended'],
      ['institution', 'serviceProvider.getReferenceKey(Organization)', 'string', 'Key of the institution'],
    ],
    tally: {
      ...{ by: 'year', median: { from: 'admitted', to: 'discharged', unit: 'days' }, patient: 'patient' },
      ...{ order: 'value', most: 15 },
    },
  }),
  national({
    ...{ id: 'diagnoses-by-icd-chapter', subject: 'care', resource: 'Condition' },
    title: 'Diagnoses by ICD-10 chapter',
    description:
      'Diagnoses that have a code of ICD-10, with its chapter, its block and its category of three characters.',
    where: [`${icd10}.exists()`],
    columns: [
      ['condition', 'getResourceKey()', 'string', 'Key of the diagnosis'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['chapter', chapter, 'string', 'Chapter of ICD-10, in Roman numerals'],
      ['block', blockOf(category), 'string', 'Block of ICD-10, by its first and last category'],
      ['category', category, 'string', 'The first three characters of the code'],
      ['code', icd10, 'code', 'Code of ICD-10'],
      ['status', 'clinicalStatus.coding.code.first()', 'code', 'Clinical status'],
      ['recorded', 'recordedDate', 'dateTime', 'When it was recorded'],
    ],
    tally: {
      by: 'chapter',
      words: 'chapters',
      parts: 'status',
      partWords: 'statuses',
      patient: 'patient',
      order: 'size',
      most: 22,
    },
  }),
  national({
    ...{ id: 'diagnoses-by-year', subject: 'care', resource: 'Condition' },
    title: 'New diagnoses by year',
    description: 'Diagnoses by the year in which they were recorded, and whether they still last.',
    where: ['recordedDate.exists()'],
    columns: [
      ['condition', 'getResourceKey()', 'string', 'Key of the diagnosis'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['year', yearOf('recordedDate'), 'string', 'Year of the record'],
      ['status', 'clinicalStatus.coding.code.first()', 'code', 'Clinical status'],
      ['name', nameOf('code'), 'string', 'The diagnosis in words'],
    ],
    tally: { by: 'year', parts: 'status', partWords: 'statuses', patient: 'patient', order: 'value', most: 15 },
  }),
  national({
    ...{ id: 'procedures', subject: 'care', resource: 'Procedure' },
    title: 'Procedures',
    description: 'Procedures that were carried out, by their name.',
    where: ["status = 'completed'"],
    columns: [
      ['procedure', 'getResourceKey()', 'string', 'Key of the procedure'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['name', nameOf('code'), 'string', 'The procedure in words'],
      ['category', nameOf('category.first()'), 'string', 'Surgical, diagnostic or another category'],
      ['month', monthOf('occurrence.ofType(Period).start'), 'string', 'Year and month in which it began'],
    ],
    tally: { by: 'name', patient: 'patient', order: 'size', most: 15 },
  }),
  national({
    ...{ id: 'allergies', subject: 'care', resource: 'AllergyIntolerance' },
    title: 'Allergies by substance',
    description: 'Allergies and intolerances by what causes them, with their criticality.',
    columns: [
      ['allergy', 'getResourceKey()', 'string', 'Key of the allergy'],
      ['patient', 'patient.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['substance', nameOf('code'), 'string', 'What causes it'],
      ['category', 'category.first()', 'code', 'Food, medication, environment or biologic'],
      ['criticality', 'criticality', 'code', 'Low, high, or not known'],
    ],
    tally: { by: 'substance', patient: 'patient', order: 'size', most: 15 },
  }),
  national({
    ...{ id: 'vaccinations-by-dose', subject: 'prevention', resource: 'Immunization' },
    title: 'Vaccinations by dose',
    description: 'Doses that were given, by vaccine and the number of the dose in its series.',
    where: ["status = 'completed'"],
    columns: [
      ['immunization', 'getResourceKey()', 'string', 'Key of the vaccination'],
      ['patient', 'patient.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['vaccine', nameOf('vaccineCode'), 'string', 'The vaccine'],
      ['dose', 'protocolApplied.doseNumber.first()', 'string', 'Number of the dose'],
      ['of', 'protocolApplied.seriesDoses.first()', 'string', 'Doses of the series'],
      ['month', monthOf('occurrence.ofType(dateTime)'), 'string', 'Year and month in which it was given'],
    ],
    tally: { by: 'vaccine', parts: 'dose', patient: 'patient', order: 'size', most: 20 },
  }),
  national({
    ...{ id: 'blood-pressure', subject: 'prevention', resource: 'Observation' },
    title: 'Blood pressure',
    description: 'Measured blood pressures in ranges of the systolic value.',
    where: [
      "status = 'final' or status = 'amended' or status = 'corrected'",
      "code.coding.where(system = 'http://loinc.org' and code = '85354-9').exists()",
      `${pressure('8480-6')}.exists()`,
    ],
    columns: [
      ['observation', 'getResourceKey()', 'string', 'Key of the measurement'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['measured', 'effective.ofType(dateTime)', 'dateTime', 'When it was measured'],
      ['systolic', pressure('8480-6'), 'decimal', 'mm[Hg]'],
      ['diastolic', pressure('8462-4'), 'decimal', 'mm[Hg]'],
      [
        'range',
        banded(
          pressure('8480-6'),
          [
            [90, '0–89'],
            [120, '90–119'],
            [140, '120–139'],
            [160, '140–159'],
          ],
          '160+',
        ),
        'string',
        'mm[Hg] from and to',
      ],
    ],
    tally: { by: 'range', patient: 'patient', order: 'value', most: 10 },
  }),
  national({
    ...{ id: 'body-mass', subject: 'prevention', resource: 'Observation' },
    title: 'Body mass index',
    description: 'Measured body mass indexes in the ranges of the World Health Organization.',
    where: [
      "status = 'final' or status = 'amended' or status = 'corrected'",
      "code.coding.where(system = 'http://loinc.org' and code = '39156-5').exists()",
      'value.ofType(Quantity).value.exists()',
    ],
    columns: [
      ['observation', 'getResourceKey()', 'string', 'Key of the measurement'],
      ['patient', 'subject.getReferenceKey(Patient)', 'string', 'Key of the patient'],
      ['measured', 'effective.ofType(dateTime)', 'dateTime', 'When it was measured'],
      ['index', 'value.ofType(Quantity).value', 'decimal', 'kg/m2'],
      [
        'range',
        banded(
          'value.ofType(Quantity).value',
          [
            [18.5, '0–18.4'],
            [25, '18.5–24.9'],
            [30, '25–29.9'],
            [35, '30–34.9'],
          ],
          '35+',
        ),
        'string',
        'kg/m2 from and to',
      ],
    ],
    tally: { by: 'range', patient: 'patient', order: 'value', most: 10 },
  }),
];

/** A component of a blood pressure. */
function pressure(loinc: string): string {
  return `component.where(code.coding.where(system = 'http://loinc.org' and code = '${loinc}').exists()).value.ofType(Quantity).value.first()`;
}
