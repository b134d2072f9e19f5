/** A medicine: its national code (international non-proprietary name) and ATC code, form, strength and usual use. */
export interface Medicine {
  readonly key: string;
  readonly inn: string;
  readonly name: string;
  readonly atc: string;
  readonly english: string;
  readonly form: readonly [code: string, display: string];
  /** Per piece (tablet, capsule, dose), in mg or ug. */
  readonly strength: readonly [value: number, unit: 'mg' | 'ug'];
  /** Pieces a dose, doses a day, days of one prescription. */
  readonly dose: readonly [pieces: number, aDay: number, days: number];
}

const tablets = ['TAB101', 'tabletkalar'] as const;
const capsules = ['CAP101', 'kapsulalar'] as const;
const inhaler = ['AER102', 'ingalyatsiya uchun dozalangan aerozol'] as const;

type Row = readonly [
  key: string,
  inn: string,
  name: string,
  atc: string,
  english: string,
  form: Medicine['form'],
  strength: Medicine['strength'],
  dose: Medicine['dose'],
];

const rows: readonly Row[] = [
  ['paracetamol', '005325', 'paratsetamol', 'N02BE01', 'paracetamol', tablets, [500, 'mg'], [1, 3, 5]],
  ['ibuprofen', '002612', 'ibuprofen', 'M01AE01', 'ibuprofen', tablets, [200, 'mg'], [1, 3, 5]],
  ['amoxicillin', '000439', 'amoksitsillin', 'J01CA04', 'amoxicillin', capsules, [500, 'mg'], [1, 3, 7]],
  ['azithromycin', '000136', 'azitromitsin', 'J01FA10', 'azithromycin', capsules, [500, 'mg'], [1, 1, 3]],
  ['loratadine', '003858', 'loratadin', 'R06AX13', 'loratadine', tablets, [10, 'mg'], [1, 1, 10]],
  ['cetirizine', '008506', 'setirizin', 'R06AE07', 'cetirizine', tablets, [10, 'mg'], [1, 1, 10]],
  ['salbutamol', '006391', 'salbutamol', 'R03AC02', 'salbutamol', inhaler, [100, 'ug'], [2, 2, 30]],
  ['omeprazole', '005164', 'omeprazol', 'A02BC01', 'omeprazole', capsules, [20, 'mg'], [1, 1, 28]],
  ['drotaverine', '002468', 'drotaverin', 'A03AD02', 'drotaverine', tablets, [40, 'mg'], [1, 3, 5]],
  ['enalapril', '008985', 'enalapril', 'C09AA02', 'enalapril', tablets, [10, 'mg'], [1, 2, 30]],
  ['amlodipine', '000431', 'amlodipin', 'C08CA01', 'amlodipine', tablets, [5, 'mg'], [1, 1, 30]],
  ['indapamide', '002781', 'indapamid', 'C03BA11', 'indapamide', tablets, [2.5, 'mg'], [1, 1, 30]],
  ['bisoprolol', '001055', 'bisoprolol', 'C07AB07', 'bisoprolol', tablets, [5, 'mg'], [1, 1, 30]],
  ['atorvastatin', '000668', 'atorvastatin', 'C10AA05', 'atorvastatin', tablets, [20, 'mg'], [1, 1, 30]],
  ['metformin', '004274', 'metformin', 'A10BA02', 'metformin', tablets, [850, 'mg'], [1, 2, 30]],
  [
    'levothyroxine',
    '003645',
    'levotiroksin natriy',
    'H03AA01',
    'levothyroxine sodium',
    tablets,
    [50, 'ug'],
    [1, 1, 30],
  ],
  ['colecalciferol', '003400', 'kolekalsiferol', 'A11CC05', 'colecalciferol', capsules, [25, 'ug'], [1, 1, 30]],
  ['folic-acid', '008227', 'foliyevaya kislota', 'B03BB01', 'folic acid', tablets, [1, 'mg'], [1, 1, 30]],
  ['iron', '002498', 'temir maltol', 'B03AB10', 'ferric maltol', capsules, [30, 'mg'], [1, 2, 30]],
];

export const medicines: readonly Medicine[] = rows.map(([key, inn, name, atc, english, form, strength, dose]) => ({
  key,
  inn,
  name,
  atc,
  english,
  form,
  strength,
  dose,
}));

/** @throws RangeError for a key that the list does not have */
export function medicineNumber(key: string): number {
  const number = medicines.findIndex((medicine) => medicine.key === key);
  if (number < 0) throw new RangeError(`no medicine '${key}'`);
  return number;
}
