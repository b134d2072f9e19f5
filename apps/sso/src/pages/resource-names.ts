/** Kinds of records in words that a patient knows; a kind without an entry is called by its name in the standard. */
import type { Language } from '@dhp/negotiation';

const names: Record<string, Record<Language, string>> = {
  Patient: { uz: 'shaxsiy maʼlumotlar', ru: 'личные данные', en: 'personal details' },
  Observation: { uz: 'tahlillar va oʻlchovlar', ru: 'анализы и измерения', en: 'test results and measurements' },
  Condition: { uz: 'tashxislar', ru: 'диагнозы', en: 'diagnoses' },
  Encounter: { uz: 'shifokorga murojaatlar', ru: 'обращения к врачу', en: 'visits' },
  EpisodeOfCare: { uz: 'davolanish davrlari', ru: 'эпизоды лечения', en: 'episodes of care' },
  Procedure: { uz: 'muolajalar', ru: 'процедуры', en: 'procedures' },
  Immunization: { uz: 'emlashlar', ru: 'прививки', en: 'vaccinations' },
  ImmunizationRecommendation: { uz: 'emlash tavsiyalari', ru: 'рекомендации прививок', en: 'recommended vaccinations' },
  AllergyIntolerance: { uz: 'allergiyalar', ru: 'аллергии', en: 'allergies' },
  MedicationRequest: { uz: 'retseptlar', ru: 'рецепты', en: 'prescriptions' },
  MedicationDispense: { uz: 'berilgan dorilar', ru: 'выданные лекарства', en: 'dispensed medicines' },
  MedicationStatement: { uz: 'qabul qilinayotgan dorilar', ru: 'принимаемые лекарства', en: 'medicines taken' },
  Medication: { uz: 'dorilar', ru: 'лекарства', en: 'medicines' },
  DiagnosticReport: { uz: 'tekshiruv xulosalari', ru: 'заключения исследований', en: 'diagnostic reports' },
  ServiceRequest: { uz: 'yoʻllanmalar', ru: 'направления', en: 'referrals and orders' },
  Specimen: { uz: 'namunalar', ru: 'образцы', en: 'specimens' },
  DocumentReference: { uz: 'hujjatlar', ru: 'документы', en: 'documents' },
  Composition: { uz: 'tibbiy hujjatlar', ru: 'медицинские документы', en: 'clinical documents' },
  Appointment: { uz: 'qabulga yozilishlar', ru: 'записи на приём', en: 'appointments' },
  CarePlan: { uz: 'davolash rejalari', ru: 'планы лечения', en: 'care plans' },
  Consent: { uz: 'roziliklar', ru: 'согласия', en: 'consents' },
  Coverage: { uz: 'sugʻurta', ru: 'страхование', en: 'insurance' },
  Claim: { uz: 'toʻlov talablari', ru: 'счета на оплату', en: 'claims' },
  Task: { uz: 'topshiriqlar', ru: 'задачи', en: 'tasks' },
  Questionnaire: { uz: 'soʻrovnomalar', ru: 'анкеты', en: 'questionnaires' },
  QuestionnaireResponse: { uz: 'soʻrovnoma javoblari', ru: 'ответы на анкеты', en: 'answers to questionnaires' },
  RelatedPerson: { uz: 'yaqinlar', ru: 'близкие', en: 'relatives' },
  Practitioner: { uz: 'tibbiyot xodimlari', ru: 'медицинские работники', en: 'health workers' },
  PractitionerRole: { uz: 'xodimlarning lavozimlari', ru: 'должности работников', en: 'posts of health workers' },
  Organization: { uz: 'tashkilotlar', ru: 'организации', en: 'organisations' },
  Location: { uz: 'joylar', ru: 'места', en: 'places' },
  AuditEvent: { uz: 'murojaatlar jurnali', ru: 'журнал обращений', en: 'record of accesses' },
};

/** @param type a resource type */
export function resourceName(type: string, language: Language): string {
  return Object.hasOwn(names, type) ? names[type]![language] : type;
}
