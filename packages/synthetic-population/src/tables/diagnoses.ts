import type { PanelKey } from './laboratory.ts';

/** A diagnosis with its usual consequences. Weights are relative within its list. */
export interface Diagnosis {
  readonly icd10: string;
  readonly display: string;
  /** Uzbek, as the record shows it. */
  readonly name: string;
  readonly weight: number;
  readonly ages: readonly [from: number, to: number];
  readonly only?: 'male' | 'female';
  readonly medicines: readonly string[];
  readonly panels: readonly PanelKey[];
}

/** Acute diseases fade by themselves: `months` (1 to 12) are those of the season in which they are four times as likely. */
export interface AcuteDiagnosis extends Diagnosis {
  readonly months?: readonly number[];
  readonly fever?: boolean;
  readonly days: readonly [least: number, most: number];
}

export const winter = [11, 12, 1, 2, 3];
const summer = [5, 6, 7, 8, 9];
const spring = [4, 5, 6, 8, 9];

export const acuteDiagnoses: readonly AcuteDiagnosis[] = [
  {
    icd10: 'J06.9',
    display: 'Acute upper respiratory infection, unspecified',
    name: "O'tkir respirator infeksiya",
    weight: 24,
    ages: [0, 120],
    medicines: ['paracetamol'],
    panels: [],
    months: winter,
    fever: true,
    days: [4, 9],
  },
  {
    icd10: 'J20.9',
    display: 'Acute bronchitis, unspecified',
    name: "O'tkir bronxit",
    weight: 9,
    ages: [1, 120],
    medicines: ['azithromycin', 'paracetamol'],
    panels: ['bloodCount'],
    months: winter,
    fever: true,
    days: [8, 16],
  },
  {
    icd10: 'J11.1',
    display: 'Influenza with other respiratory manifestations, virus not identified',
    name: 'Gripp',
    weight: 5,
    ages: [3, 120],
    medicines: ['paracetamol', 'ibuprofen'],
    panels: ['bloodCount'],
    months: [12, 1, 2],
    fever: true,
    days: [6, 12],
  },
  {
    icd10: 'J03.9',
    display: 'Acute tonsillitis, unspecified',
    name: "O'tkir tonzillit",
    weight: 7,
    ages: [2, 50],
    medicines: ['amoxicillin'],
    panels: ['bloodCount'],
    fever: true,
    days: [6, 12],
  },
  {
    icd10: 'A09',
    display: 'Other gastroenteritis and colitis of infectious and unspecified origin',
    name: "O'tkir ichak infeksiyasi",
    weight: 8,
    ages: [0, 80],
    medicines: ['drotaverine'],
    panels: ['bloodCount'],
    months: summer,
    fever: true,
    days: [3, 8],
  },
  {
    icd10: 'J30.1',
    display: 'Allergic rhinitis due to pollen',
    name: 'Pollinoz',
    weight: 5,
    ages: [5, 65],
    medicines: ['loratadine'],
    panels: [],
    months: spring,
    days: [14, 45],
  },
  {
    icd10: 'L50.0',
    display: 'Allergic urticaria',
    name: 'Allergik eshakemi',
    weight: 3,
    ages: [1, 70],
    medicines: ['cetirizine'],
    panels: ['bloodCount'],
    days: [3, 14],
  },
  {
    icd10: 'D50.9',
    display: 'Iron deficiency anaemia, unspecified',
    name: 'Temir tanqisligi anemiyasi',
    weight: 12,
    ages: [14, 50],
    only: 'female',
    medicines: ['iron', 'folic-acid'],
    panels: ['bloodCount'],
    days: [60, 150],
  },
  {
    icd10: 'K29.7',
    display: 'Gastritis, unspecified',
    name: 'Gastrit',
    weight: 9,
    ages: [14, 80],
    medicines: ['omeprazole', 'drotaverine'],
    panels: ['bloodCount', 'chemistry'],
    days: [14, 40],
  },
  {
    icd10: 'M54.5',
    display: 'Low back pain',
    name: "Bel og'rig'i",
    weight: 10,
    ages: [25, 120],
    medicines: ['ibuprofen'],
    panels: [],
    days: [7, 30],
  },
  {
    icd10: 'N39.0',
    display: 'Urinary tract infection, site not specified',
    name: "Siydik yo'llari infeksiyasi",
    weight: 6,
    ages: [4, 120],
    only: 'female',
    medicines: ['amoxicillin'],
    panels: ['urine', 'bloodCount'],
    days: [7, 15],
  },
  {
    icd10: 'E55.9',
    display: 'Vitamin D deficiency, unspecified',
    name: 'D vitamini yetishmovchiligi',
    weight: 6,
    ages: [0, 60],
    medicines: ['colecalciferol'],
    panels: [],
    months: winter,
    days: [60, 120],
  },
  {
    icd10: 'S93.4',
    display: 'Sprain and strain of ankle',
    name: "Boldir-panja bo'g'imi cho'zilishi",
    weight: 4,
    ages: [8, 70],
    medicines: ['ibuprofen'],
    panels: [],
    days: [10, 25],
  },
];
