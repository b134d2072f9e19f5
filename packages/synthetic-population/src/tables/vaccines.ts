/** SNOMED CT codes of the diseases that vaccines protect from. */
type Disease = readonly [snomed: string, display: string];

const disease = {
  tuberculosis: ['56717001', 'Tuberculosis'],
  hepatitisB: ['66071002', 'Viral hepatitis type B'],
  diphtheria: ['397430003', 'Diphtheria caused by Corynebacterium diphtheriae'],
  tetanus: ['76902006', 'Tetanus'],
  pertussis: ['27836007', 'Pertussis'],
  haemophilus: ['709410003', 'Haemophilus influenzae type b infection'],
  polio: ['398102009', 'Acute poliomyelitis'],
  rotavirus: ['18624000', 'Disease caused by Rotavirus'],
  pneumococcus: ['16814004', 'Pneumococcal infectious disease'],
  measles: ['14189004', 'Measles'],
  mumps: ['36989005', 'Mumps'],
  rubella: ['36653000', 'Rubella'],
  papillomavirus: ['240532009', 'Human papillomavirus infection'],
  covid: ['840539006', 'COVID-19'],
} as const satisfies Record<string, Disease>;

export interface Vaccine {
  readonly cvx: string;
  readonly display: string;
  readonly series: string;
  readonly diseases: readonly Disease[];
  readonly route: readonly [snomed: string, display: string];
  readonly millilitres: number;
  readonly site?: readonly [code: string, display: string];
}

const intramuscular = ['78421000', 'Intramuscular route'] as const;
const subcutaneous = ['34206005', 'Subcutaneous route'] as const;
const intradermal = ['372464004', 'Intradermal route'] as const;
const oral = ['26643006', 'Oral route'] as const;
const leftArm = ['LA', 'Left arm'] as const;
const leftThigh = ['LT', 'Left thigh'] as const;

export const vaccines = {
  bcg: {
    cvx: '19',
    display: 'BCG',
    series: 'BCJ',
    diseases: [disease.tuberculosis],
    route: intradermal,
    millilitres: 0.05,
    site: leftArm,
  },
  hepatitisB: {
    cvx: '08',
    display: 'Hep B, adolescent or pediatric',
    series: 'VGB',
    diseases: [disease.hepatitisB],
    route: intramuscular,
    millilitres: 0.5,
    site: leftThigh,
  },
  pentavalent: {
    cvx: '102',
    display: 'DTP-Hib-Hep B',
    series: 'AKDS+VGB+Hib',
    diseases: [disease.diphtheria, disease.tetanus, disease.pertussis, disease.hepatitisB, disease.haemophilus],
    route: intramuscular,
    millilitres: 0.5,
    site: leftThigh,
  },
  polioOral: {
    cvx: '178',
    display: 'OPV bivalent',
    series: 'OPV',
    diseases: [disease.polio],
    route: oral,
    millilitres: 0.1,
  },
  polioInactivated: {
    cvx: '10',
    display: 'IPV',
    series: 'IPV',
    diseases: [disease.polio],
    route: intramuscular,
    millilitres: 0.5,
    site: leftThigh,
  },
  rotavirus: {
    cvx: '119',
    display: 'rotavirus, monovalent',
    series: 'Rotavirus',
    diseases: [disease.rotavirus],
    route: oral,
    millilitres: 1.5,
  },
  pneumococcus: {
    cvx: '133',
    display: 'Pneumococcal conjugate PCV 13',
    series: 'PKV',
    diseases: [disease.pneumococcus],
    route: intramuscular,
    millilitres: 0.5,
    site: ['RT', 'Right thigh'],
  },
  mmr: {
    cvx: '03',
    display: 'MMR',
    series: 'QPK',
    diseases: [disease.measles, disease.mumps, disease.rubella],
    route: subcutaneous,
    millilitres: 0.5,
    site: leftArm,
  },
  dtp: {
    cvx: '01',
    display: 'DTP',
    series: 'AKDS',
    diseases: [disease.diphtheria, disease.tetanus, disease.pertussis],
    route: intramuscular,
    millilitres: 0.5,
    site: leftThigh,
  },
  dt: {
    cvx: '28',
    display: 'DT (pediatric)',
    series: 'ADS',
    diseases: [disease.diphtheria, disease.tetanus],
    route: intramuscular,
    millilitres: 0.5,
    site: leftArm,
  },
  td: {
    cvx: '09',
    display: 'Td (adult), 2 Lf tetanus toxoid, preservative free, adsorbed',
    series: 'ADS-M',
    diseases: [disease.diphtheria, disease.tetanus],
    route: intramuscular,
    millilitres: 0.5,
    site: leftArm,
  },
  papillomavirus: {
    cvx: '62',
    display: 'HPV, quadrivalent',
    series: 'Odam papillomavirusi',
    diseases: [disease.papillomavirus],
    route: intramuscular,
    millilitres: 0.5,
    site: leftArm,
  },
  covid: {
    cvx: '207',
    display: 'COVID-19, mRNA, LNP-S, PF, 100 mcg/0.5mL dose or 50 mcg/0.25mL dose',
    series: 'COVID-19',
    diseases: [disease.covid],
    route: intramuscular,
    millilitres: 0.5,
    site: leftArm,
  },
} as const satisfies Record<string, Vaccine>;

export type VaccineKey = keyof typeof vaccines;

/** The national calendar: age in days, vaccine, dose number and doses of the series. */
export interface ScheduledDose {
  readonly age: number;
  readonly vaccine: VaccineKey;
  readonly dose: number;
  readonly doses: number;
  readonly only?: 'female';
}

const at = (age: number, vaccine: VaccineKey, dose: number, doses: number, only?: 'female'): ScheduledDose =>
  only ? { age, vaccine, dose, doses, only } : { age, vaccine, dose, doses };

export const calendar: readonly ScheduledDose[] = [
  at(0, 'hepatitisB', 1, 1),
  at(3, 'bcg', 1, 1),
  at(61, 'pentavalent', 1, 3),
  at(61, 'polioOral', 1, 5),
  at(61, 'rotavirus', 1, 2),
  at(61, 'pneumococcus', 1, 3),
  at(91, 'pentavalent', 2, 3),
  at(91, 'polioOral', 2, 5),
  at(91, 'rotavirus', 2, 2),
  at(91, 'pneumococcus', 2, 3),
  at(122, 'pentavalent', 3, 3),
  at(122, 'polioOral', 3, 5),
  at(122, 'polioInactivated', 1, 1),
  at(365, 'mmr', 1, 2),
  at(365, 'pneumococcus', 3, 3),
  at(487, 'dtp', 1, 1),
  at(487, 'polioOral', 4, 5),
  at(2192, 'mmr', 2, 2),
  at(2557, 'dt', 1, 1),
  at(2557, 'polioOral', 5, 5),
  at(3287, 'papillomavirus', 1, 2, 'female'),
  at(3470, 'papillomavirus', 2, 2, 'female'),
  at(5844, 'td', 1, 1),
];
