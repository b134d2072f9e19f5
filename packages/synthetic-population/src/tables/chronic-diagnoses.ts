import type { Diagnosis } from './diagnoses.ts';

/** Lasting diseases: `prevalence` at the age of 60, less before and none below `ages[0]`. */
export interface ChronicDiagnosis extends Omit<Diagnosis, 'weight'> {
  readonly key: 'hypertension' | 'diabetes' | 'heart' | 'asthma' | 'thyroid' | 'obesity' | 'kidney';
  readonly prevalence: number;
}

export const chronicDiagnoses: readonly ChronicDiagnosis[] = [
  {
    key: 'hypertension',
    icd10: 'I10',
    display: 'Essential (primary) hypertension',
    name: 'Arterial gipertenziya',
    prevalence: 0.45,
    ages: [30, 120],
    medicines: ['enalapril', 'amlodipine', 'indapamide'],
    panels: ['chemistry', 'lipids'],
  },
  {
    key: 'diabetes',
    icd10: 'E11.9',
    display: 'Type 2 diabetes mellitus without complications',
    name: '2-tur qandli diabet',
    prevalence: 0.16,
    ages: [32, 120],
    medicines: ['metformin'],
    panels: ['diabetes'],
  },
  {
    key: 'heart',
    icd10: 'I25.1',
    display: 'Atherosclerotic heart disease',
    name: 'Yurak ishemik kasalligi',
    prevalence: 0.18,
    ages: [42, 120],
    medicines: ['bisoprolol', 'atorvastatin'],
    panels: ['lipids'],
  },
  {
    key: 'asthma',
    icd10: 'J45.0',
    display: 'Predominantly allergic asthma',
    name: 'Bronxial astma',
    prevalence: 0.04,
    ages: [5, 120],
    medicines: ['salbutamol'],
    panels: ['bloodCount'],
  },
  {
    key: 'thyroid',
    icd10: 'E03.9',
    display: 'Hypothyroidism, unspecified',
    name: 'Gipotireoz',
    prevalence: 0.14,
    ages: [18, 120],
    only: 'female',
    medicines: ['levothyroxine'],
    panels: ['thyroid'],
  },
  {
    key: 'obesity',
    icd10: 'E66.9',
    display: 'Obesity, unspecified',
    name: 'Semizlik',
    prevalence: 0.25,
    ages: [16, 120],
    medicines: [],
    panels: ['lipids'],
  },
  {
    key: 'kidney',
    icd10: 'N11.9',
    display: 'Chronic tubulo-interstitial nephritis, unspecified',
    name: 'Surunkali piyelonefrit',
    prevalence: 0.07,
    ages: [18, 120],
    medicines: [],
    panels: ['urine', 'chemistry'],
  },
];
