/** One measured quantity of a panel: LOINC, UCUM, reference range (by sex if it differs) and displayed decimals. */
export interface Analyte {
  readonly loinc: string;
  readonly display: string;
  readonly name: string;
  readonly unit: string;
  readonly ucum: string;
  readonly range: readonly [low: number, high: number];
  readonly femaleRange?: readonly [low: number, high: number];
  readonly decimals: number;
}

/** A laboratory order: a national panel code, with the national kind of report, specimen and analytes. */
export interface Panel {
  readonly order: readonly [code: string, display: string, english: string];
  readonly report: readonly [code: string, display: string];
  readonly category: readonly [code: string, display: string];
  readonly specimen: readonly [snomed: string, display: string, name: string];
  readonly method: readonly [code: string, display: string];
  readonly analytes: readonly Analyte[];
}

type Row = readonly [
  loinc: string,
  display: string,
  name: string,
  unit: string,
  ucum: string,
  low: number,
  high: number,
  decimals: number,
  femaleRange?: readonly [number, number],
];

const analytes = (...rows: Row[]): Analyte[] =>
  rows.map(([loinc, display, name, unit, ucum, low, high, decimals, femaleRange]) => ({
    loinc,
    display,
    name,
    unit,
    ucum,
    range: [low, high],
    ...(femaleRange && { femaleRange }),
    decimals,
  }));

const blood = ['119297000', 'Blood specimen', 'Qon namunasi'] as const;
const serum = ['119364003', 'Serum specimen', 'Qon zardobi'] as const;
const urine = ['122575003', 'Urine specimen', 'Siydik namunasi'] as const;
const venepuncture = ['coll-meth-01', 'Venepunktsiya'] as const;
const selfCollected = ['coll-meth-12', 'Bemor tomonidan mustaqil yig‘ish'] as const;
const chemistry = ['lab-category-04', 'Biokimyo'] as const;

export const panels = {
  bloodCount: {
    order: ['lab-pan-E', 'Umumiy qon tahlili', 'CBC panel'],
    report: ['lab-rep-01', 'Umumiy qon tahlili'],
    category: ['lab-category-02', 'Gematologiya'],
    specimen: blood,
    method: venepuncture,
    analytes: analytes(
      ['718-7', 'Hemoglobin [Mass/volume] in Blood', 'Gemoglobin', 'g/L', 'g/L', 130, 170, 0, [120, 150]],
      [
        '789-8',
        'Erythrocytes [#/volume] in Blood by Automated count',
        'Eritrotsitlar',
        '10*12/L',
        '10*12/L',
        4,
        5.6,
        2,
        [3.7, 4.9],
      ],
      ['6690-2', 'Leukocytes [#/volume] in Blood by Automated count', 'Leykotsitlar', '10*9/L', '10*9/L', 4, 9, 1],
      ['777-3', 'Platelets [#/volume] in Blood by Automated count', 'Trombotsitlar', '10*9/L', '10*9/L', 180, 320, 0],
      ['4537-7', 'Erythrocyte sedimentation rate by Westergren method', 'ECHT', 'mm/soat', 'mm/h', 2, 12, 0, [2, 15]],
    ),
  },
  chemistry: {
    order: ['lab-pan-F', 'Biokimyoviy qon tahlili', 'Comprehensive metabolic panel'],
    report: ['lab-rep-07', 'Biokimyoviy qon tahlili'],
    category: chemistry,
    specimen: serum,
    method: venepuncture,
    analytes: analytes(
      ['14749-6', 'Glucose [Moles/volume] in Serum or Plasma', 'Glyukoza', 'mmol/L', 'mmol/L', 3.9, 6.1, 1],
      [
        '14682-9',
        'Creatinine [Moles/volume] in Serum or Plasma',
        'Kreatinin',
        'umol/L',
        'umol/L',
        62,
        106,
        0,
        [44, 80],
      ],
      ['22664-7', 'Urea [Moles/volume] in Serum or Plasma', 'Mochevina', 'mmol/L', 'mmol/L', 2.5, 8.3, 1],
      [
        '1742-6',
        'Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
        'ALT',
        'U/L',
        'U/L',
        5,
        41,
        0,
      ],
      [
        '1920-8',
        'Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
        'AST',
        'U/L',
        'U/L',
        5,
        40,
        0,
      ],
      [
        '14631-6',
        'Bilirubin.total [Moles/volume] in Serum or Plasma',
        'Umumiy bilirubin',
        'umol/L',
        'umol/L',
        5,
        21,
        1,
      ],
    ),
  },
  diabetes: {
    order: ['lab-pan-F', 'Biokimyoviy qon tahlili', 'Glucose and HbA1c'],
    report: ['lab-rep-07', 'Biokimyoviy qon tahlili'],
    category: chemistry,
    specimen: blood,
    method: venepuncture,
    analytes: analytes(
      ['15074-8', 'Glucose [Moles/volume] in Blood', 'Glyukoza', 'mmol/L', 'mmol/L', 3.3, 5.5, 1],
      ['4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', 'Glikirlangan gemoglobin', '%', '%', 4, 6, 1],
    ),
  },
  lipids: {
    order: ['lab-pan-Q', 'Qon zardobidagi lipoproteinlarni tekshirish', 'Serum lipoprotein analysis'],
    report: ['lab-rep-54', 'Qon zardobida lipoproteidlar tahlili'],
    category: chemistry,
    specimen: serum,
    method: venepuncture,
    analytes: analytes(
      ['14647-2', 'Cholesterol [Moles/volume] in Serum or Plasma', 'Umumiy xolesterin', 'mmol/L', 'mmol/L', 3, 5.2, 2],
      ['14646-4', 'Cholesterol in HDL [Moles/volume] in Serum or Plasma', 'YuZLP', 'mmol/L', 'mmol/L', 1, 2.1, 2],
      ['22748-8', 'Cholesterol in LDL [Moles/volume] in Serum or Plasma', 'PZLP', 'mmol/L', 'mmol/L', 1.5, 3.4, 2],
      ['14927-8', 'Triglyceride [Moles/volume] in Serum or Plasma', 'Triglitseridlar', 'mmol/L', 'mmol/L', 0.5, 1.7, 2],
    ),
  },
  thyroid: {
    order: ['lab-pan-G', 'Gormonal qon tahlili', 'Hormone studies (panel)'],
    report: ['lab-rep-08', 'Gormonal qon tahlili'],
    category: ['lab-category-19', 'Gormonal tadqiqotlar'],
    specimen: serum,
    method: venepuncture,
    analytes: analytes(
      ['3016-3', 'Thyrotropin [Units/volume] in Serum or Plasma', 'TTG', 'mIU/L', 'm[IU]/L', 0.4, 4, 2],
      ['14920-3', 'Thyroxine (T4) free [Moles/volume] in Serum or Plasma', 'Erkin T4', 'pmol/L', 'pmol/L', 10, 22, 1],
    ),
  },
  urine: {
    order: ['lab-pan-A', 'Siydikning makrosopik tekshiruvi', 'Urine macroscopic analysis'],
    report: ['lab-rep-60', 'Siydik tahlili'],
    category: ['lab-category-01', 'Umum klinik tahlillar'],
    specimen: urine,
    method: selfCollected,
    analytes: analytes(
      ['2756-5', 'pH of Urine', 'Siydik pH', 'pH', '[pH]', 5, 7, 1],
      ['2888-6', 'Protein [Mass/volume] in Urine', 'Oqsil', 'g/L', 'g/L', 0, 0.14, 2],
      [
        '5821-4',
        'Leukocytes [#/area] in Urine sediment by Microscopy high power field',
        'Leykotsitlar',
        "ko'ruv maydonida",
        '/[HPF]',
        0,
        5,
        0,
      ],
    ),
  },
} as const satisfies Record<string, Panel>;

export type PanelKey = keyof typeof panels;
