import type { Name } from './names.ts';

/** A post in an institution, with its code in the national list of positions. */
export interface Position {
  readonly code: string;
  readonly display: string;
  readonly english: string;
  readonly specialty?: { readonly code: string; readonly display: string };
  /** Code of HL7 table 0360 (degree, licence or certificate) and its display. */
  readonly qualification: readonly [code: string, display: string];
}

const physician = ['MD', 'Doctor of Medicine'] as const;

export const positions = {
  familyDoctor: {
    code: '2211.1',
    display: 'Umumiy amaliyot vrachi',
    english: 'General practitioner',
    specialty: { code: '419772000', display: 'Oila amaliyoti' },
    qualification: physician,
  },
  paediatrician: {
    code: '2212.89',
    display: 'Vrach pediatr',
    english: 'Paediatrician',
    qualification: physician,
  },
  vaccinationNurse: {
    code: '3221.6',
    display: 'Emlash xonasi hamshirasi',
    english: 'Vaccination nurse',
    qualification: ['RN', 'Registered Nurse'],
  },
  cardiologist: {
    code: '2212.45',
    display: 'Vrach kardiolog',
    english: 'Cardiologist',
    specialty: { code: '394579002', display: 'Kardiologiya' },
    qualification: physician,
  },
  internist: {
    code: '2212.113',
    display: 'Vrach terapevt',
    english: 'Internist',
    specialty: { code: '419192003', display: 'Ichki kasalliklar' },
    qualification: physician,
  },
  surgeon: {
    code: '2212.130',
    display: 'Vrach xirurg',
    english: 'Surgeon',
    specialty: { code: '394609007', display: 'Jarrohlik - umumiy' },
    qualification: physician,
  },
  laboratoryTechnician: {
    code: '3212.5',
    display: 'Tibbiy laborant',
    english: 'Laboratory technician',
    qualification: ['MT', 'Medical Technician'],
  },
  pharmacist: {
    code: '2262.13',
    display: 'Farmatsevt',
    english: 'Pharmacist',
    qualification: ['RPH', 'Registered Pharmacist'],
  },
} as const satisfies Record<string, Position>;

export type FacilityKind = 'polyclinic' | 'hospital' | 'laboratory' | 'pharmacy';

/** A kind of institution in the national classifications, with its staff. */
export interface FacilityTable {
  readonly name: Name;
  readonly subordination: readonly [code: string, display: string];
  readonly nomenclature: readonly [code: string, display: string];
  readonly structure: readonly [code: string, display: string];
  readonly service: readonly [code: string, display: string];
  readonly grouping: readonly [code: string, display: string];
  readonly department: readonly [code: string | undefined, uzbek: string, russian: string];
  readonly staff: readonly Position[];
}

const otherServices = ['III_600', 'Boshqalar'] as const;
const privateSector = ['I_5', 'Xususiy tibbiyot muassasalari'] as const;

export const facilityTables: Record<FacilityKind, FacilityTable> = {
  polyclinic: {
    name: ['oilaviy poliklinika', 'семейная поликлиника'],
    subordination: ['I_3', 'Tuman va shaharlar boshqaruv tarkibidagi'],
    nomenclature: ['II_300', 'Ambulator-poliklinika muassasalari'],
    structure: ['351', 'Oilaviy poliklinika'],
    service: ['III_400', "Poliklinika bo'limi va kunduzgi statsionar bo'limi bilan"],
    grouping: ['210', 'Oilaviy poliklinika'],
    department: ['organ0001.00142', "Terapiya bo'limi", 'Терапевтическое отделение'],
    staff: [positions.familyDoctor, positions.familyDoctor, positions.paediatrician, positions.vaccinationNurse],
  },
  hospital: {
    name: ["ko'p tarmoqli tibbiyot markazi", 'многопрофильный медицинский центр'],
    subordination: ['I_2', 'Hududiy boshqaruv tarkibidagi'],
    nomenclature: ['II_100', 'Shifoxona muassasalari'],
    structure: ['132', 'Koʻp tarmoqli tibbiyot markazi'],
    service: ['III_100', "Poliklinika bo'limi va statsionar bo'limi mavjud"],
    grouping: ['184', "Ko'p tarmoqli tibbiyot markazi"],
    department: ['organ0001.00122', "Qabul bo'limi", 'Приёмное отделение'],
    staff: [positions.internist, positions.cardiologist, positions.surgeon],
  },
  laboratory: {
    name: ['tibbiy diagnostika laboratoriyasi', 'медицинская диагностическая лаборатория'],
    subordination: privateSector,
    nomenclature: ['II_300', 'Ambulator-poliklinika muassasalari'],
    structure: ['343', 'Tibbiy diagnostika markazi'],
    service: otherServices,
    grouping: ['240', 'Boshqa poliklinikalar'],
    department: ['organ0001.00132', 'Klinik diagnostika laboratoriyasi', 'Клинико-диагностическая лаборатория'],
    staff: [positions.laboratoryTechnician],
  },
  pharmacy: {
    name: ['dorixonasi', 'аптека'],
    subordination: privateSector,
    nomenclature: ['II_900', "Sog'liqni saqlash tizimining boshqa tashkilotlari"],
    structure: ['999', 'Sogʻliqni saqlash tizimining boshqa tashkilotlari'],
    service: otherServices,
    grouping: ['900', 'Boshqalar'],
    department: [undefined, 'Dorixona zali', 'Торговый зал аптеки'],
    staff: [positions.pharmacist],
  },
};
