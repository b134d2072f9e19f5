import { winter, type AcuteDiagnosis } from './diagnoses.ts';

/** Reasons for a stay in hospital, with their procedures. */
export interface HospitalDiagnosis extends AcuteDiagnosis {
  readonly procedure: readonly [snomed: string, display: string, name: string];
  readonly surgeon: boolean;
}

export const hospitalDiagnoses: readonly HospitalDiagnosis[] = [
  {
    icd10: 'K35.8',
    display: 'Acute appendicitis, other and unspecified',
    name: "O'tkir appenditsit",
    weight: 5,
    ages: [6, 60],
    medicines: ['ibuprofen'],
    panels: ['bloodCount', 'urine'],
    days: [14, 30],
    procedure: ['80146002', 'Excision of appendix', 'Appendektomiya'],
    surgeon: true,
  },
  {
    icd10: 'K80.2',
    display: 'Calculus of gallbladder without cholecystitis',
    name: "O't-tosh kasalligi",
    weight: 4,
    ages: [25, 85],
    medicines: ['drotaverine'],
    panels: ['bloodCount', 'chemistry'],
    days: [20, 40],
    procedure: ['38102005', 'Cholecystectomy', 'Xoletsistektomiya'],
    surgeon: true,
  },
  {
    icd10: 'J18.9',
    display: 'Pneumonia, unspecified',
    name: 'Pnevmoniya',
    weight: 6,
    ages: [0, 120],
    medicines: ['amoxicillin'],
    panels: ['bloodCount', 'chemistry'],
    months: winter,
    fever: true,
    days: [14, 30],
    procedure: ['399208008', 'Plain chest X-ray', "Ko'krak qafasi rentgenografiyasi"],
    surgeon: false,
  },
  {
    icd10: 'I20.0',
    display: 'Unstable angina',
    name: 'Nostabil stenokardiya',
    weight: 6,
    ages: [45, 120],
    medicines: ['bisoprolol', 'atorvastatin'],
    panels: ['bloodCount', 'lipids'],
    days: [14, 30],
    procedure: ['29303009', 'Electrocardiographic procedure', 'Elektrokardiografiya'],
    surgeon: false,
  },
];
