import type { MessageId } from '../messages.ts';

export const uzbek: Readonly<Record<MessageId, string>> = {
  ABSTRACT_CODE_NOT_ALLOWED: '“{0}#{1}” kodi faqat sarlavha, bu yerda ishlatib boʻlmaydi',
  CODE_CASE_DIFFERENCE:
    '“{0}” kodi toʻgʻri koddan (“{1}”) harflarning katta-kichikligi bilan farq qiladi. “{2}” kodlar tizimi bunga qaramaydi, lekin kodni asl holida yozgan maʼqul',
  CODESYSTEM_CS_NO_SUPPLEMENT: 'CodeSystem {0} — qoʻshimcha, uni Coding.system da koʻrsatib boʻlmaydi',
  CODESYSTEM_NOT_ENUMERABLE: '“{0}” kodlar tizimini yoyib boʻlmaydi: kodlarini sanab chiqib boʻlmaydi',
  Coding_has_no_system__cannot_validate:
    'Coding da system yoʻq. Tizimsiz kodning maʼnosi aniq emas, uni tekshirib boʻlmaydi. system ni koʻrsating',
  CONCEPT_DEPRECATED_IN_VALUESET:
    '“{0}” tizimidagi “{1}” tushunchasi {3} qiymatlar toʻplamida {2} holatida; undan foydalanishni qayta koʻrib chiqing',
  DEPRECATED_CONCEPT_FOUND: '“{1}” tushunchasining holati {0}; undan foydalanishni qayta koʻrib chiqing',
  Display_Name_for__should_be_one_of__instead_of:
    '{1}#{2} uchun “{4}” nomi notoʻgʻri. Toʻgʻrisi: {0}{3} (tillar: “{5}”)',
  Display_Name_WS_for__should_be_one_of__instead_of:
    '{1}#{2} uchun “{4}” nomida boʻsh joylar notoʻgʻri. Toʻgʻrisi: {0}{3} (tillar: “{5}”)',
  FILTER_NOT_UNDERSTOOD: '“{0} {1} {2}” filtri tushunarsiz yoki qoʻllab-quvvatlanmaydi',
  INACTIVE_CONCEPT_FOUND: '“{1}” tushunchasining holati {0}; undan foydalanishni qayta koʻrib chiqing',
  INACTIVE_CONCEPT_FOUND_ADD:
    '“{1}” tushunchasi ({0} holatida) endi amal qilmaydi; undan foydalanishni qayta koʻrib chiqing',
  INACTIVE_DISPLAY_FOUND: '“{0}” endi “{1}” kodining toʻgʻri nomi emas (holati: {3}). Toʻgʻrisi bulardan biri: {2}.',
  INVALID_DISPLAY_NAME: 'displayLanguage notoʻgʻri: “{0}”',
  MSG_DEPRECATED: 'Eskirgan {1} resursiga havola: {0}',
  MSG_DRAFT_SRC_STATUS: '{2} {3} {4} dan qoralama {1} resursiga havola: {0}',
  MSG_EXPERIMENTAL: 'Tajriba uchun moʻljallangan {1} resursiga havola: {0}',
  MSG_RETIRED: 'Amaldan chiqarilgan {1} resursiga havola: {0}',
  MSG_WITHDRAWN: 'Qaytarib olingan {1} resursiga havola: {0}',
  NO_VALID_DISPLAY_AT_ALL: '{1}#{2} uchun “{0}” nomini tekshirib boʻlmaydi: kodlar tizimida bu kodning nomi yoʻq',
  NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR:
    '{1}#{2} uchun “{0}” nomi notoʻgʻri. “{3}” tillarida nomi yoʻq. Asosiy nomi: “{4}”',
  NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK:
    '{1}#{2} kodining “{3}” tillarida nomi yoʻq. “{0}” — asosiy tildagi toʻgʻri nomi',
  None_of_the_provided_codes_are_in_the_value_set_one: 'Koʻrsatilgan {1} kodi “{0}” qiymatlar toʻplamida yoʻq',
  STATUS_CODE_WARNING_CODE: '“{1}” tushunchasi toʻgʻri, lekin holati {0}',
  Terminology_TX_System_Relative: 'Coding.system nisbiy emas, mutlaq manzil boʻlishi kerak',
  Terminology_TX_System_ValueSet2: 'Coding kodlar tizimiga emas, qiymatlar toʻplamiga havola qiladi (“{0}”)',
  TX_GENERAL_CC_ERROR_MESSAGE: 'Birorta Coding “{0}” qiymatlar toʻplamida yoʻq',
  UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE: '{0} tizimi filtrining (property = {1}, op = {2}) qiymati yoʻq',
  UNABLE_TO_INFER_CODESYSTEM: '“{0}” kodining tizimini “{1}” qiymatlar toʻplamidan aniqlab boʻlmadi',
  Unable_to_resolve_system__value_set_has_multiple_matches:
    '“{0}” kodining tizimini “{1}” qiymatlar toʻplamidan aniqlab boʻlmadi: bir nechtasi mos keladi: [{2}]',
  Unable_to_resolve_value_Set_: '“{0}” qiymatlar toʻplamining taʼrifi topilmadi',
  Unknown_Code_in: '“{1}” kodlar tizimida “{0}” kodi yoʻq',
  UNKNOWN_CODE_IN_FRAGMENT:
    '“{1}” kodlar tizimining “{2}” versiyasida “{0}” kodi yoʻq; bu yerda tizimning faqat bir qismi maʼlum, kod boshqa qismda boʻlishi mumkin',
  Unknown_Code_in_Version: '“{1}” kodlar tizimining “{2}” versiyasida “{0}” kodi yoʻq',
  UNKNOWN_CODESYSTEM: '“{0}” kodlar tizimining taʼrifi topilmadi, shuning uchun kodni tekshirib boʻlmaydi',
  UNKNOWN_CODESYSTEM_EXP:
    '“{0}” kodlar tizimining taʼrifi topilmadi, shuning uchun qiymatlar toʻplamini yoyib boʻlmaydi',
  UNKNOWN_CODESYSTEM_VERSION:
    '“{0}” kodlar tizimining “{1}” versiyasi topilmadi, shuning uchun kodni tekshirib boʻlmaydi. Mavjud versiyalar: {2}',
  UNKNOWN_CODESYSTEM_VERSION_NONE:
    '“{0}” kodlar tizimining “{1}” versiyasi topilmadi, shuning uchun kodni tekshirib boʻlmaydi. Bu tizimning boshqa versiyalari ham yoʻq',
  UNKNOWN_CODESYSTEM_VERSION_EXP:
    '“{0}” kodlar tizimining “{1}” versiyasi topilmadi, shuning uchun qiymatlar toʻplamini yoyib boʻlmaydi. Mavjud versiyalar: {2}',
  UNKNOWN_CODESYSTEM_VERSION_EXP_NONE:
    '“{0}” kodlar tizimining “{1}” versiyasi topilmadi, shuning uchun qiymatlar toʻplamini yoyib boʻlmaydi. Bu tizimning boshqa versiyalari ham yoʻq',
  VALUESET_CIRCULAR_REFERENCE: '{0} qiymatlar toʻplami oʻziga oʻzi havola qiladi; yoʻl: [{1}]',
  VALUESET_SUPPLEMENT_MISSING: 'Kerakli qoʻshimcha topilmadi: {0}',
  VALUESET_TOO_COSTLY:
    '“{0}” qiymatlar toʻplamida bitta javob uchun kodlar juda koʻp ({1} tadan ortiq). Qismlarga boʻlib soʻrang (count va offset) yoki toraytiring (filter)',
  VALUESET_VALUE_MISMATCH:
    '“{0}” kodlar tizimi qiymatlar toʻplamiga “{1}” versiyada kiritilgan, qiymatda esa boshqasi (“{2}”) koʻrsatilgan',
  VALUESET_VALUE_MISMATCH_CHANGED:
    '“{0}” kodlar tizimining “{1}” versiyasi (qiymatlar toʻplamidagi “{3}” oʻrniga olingan) qiymatda koʻrsatilganidan (“{2}”) farq qiladi',
  VALUESET_VALUE_MISMATCH_DEFAULT:
    '“{0}” kodlar tizimi qiymatlar toʻplamiga versiyasiz kiritilgan, bu “{1}” versiyasi, qiymatda esa boshqasi (“{2}”) koʻrsatilgan',
  VALUESET_VERSION_CHECK:
    '“{0}” tizimining “{1}” versiyasiga ruxsat yoʻq: versiyani tekshirish parametri “{2}” ni talab qiladi',
  VS_EXP_IMPORT_UNK: 'Kiritilgan “{0}” qiymatlar toʻplami topilmadi',
  VS_EXP_IMPORT_UNK_PINNED: 'Kiritilgan “{0}” qiymatlar toʻplamining “{1}” versiyasi topilmadi',
  CODING_WITHOUT_CODE: 'Coding da kod yoʻq, uni tekshirib boʻlmaydi',
  CODING_WITHOUT_CODE_IN: '{0} tizimidagi Coding da kod yoʻq, uni tekshirib boʻlmaydi',
  CONCEPT_MAP_UNKNOWN: '“{0}” ConceptMap taʼrifi topilmadi',
  DATE_WRONG: 'date parametri “{0}”; sana yoki vaqti va vaqt mintaqasi bilan sana kerak',
  NO_CODE_FOR: 'code{0} uchun kod koʻrsatilmagan, shuning uchun tushunchalarni solishtirib boʻlmaydi',
  NO_CODE_SYSTEM: 'Kodlar tizimi koʻrsatilmagan: url parametrini yoki codeSystem resursini bering',
  NO_CODE_TO_LOOK_UP: 'Kod koʻrsatilmagan (coding yoki system va code kerak)',
  NO_CODE_TO_TRANSLATE:
    'Oʻgiriladigan kod koʻrsatilmagan (manba yoki maqsadning Code va system, Coding yoki CodeableConcept i kerak)',
  NO_CODE_TO_VALIDATE:
    'Tekshiriladigan kod koʻrsatilmagan (coding, codeableConcept, code va system yoki code va inferSystem kerak)',
  NO_CODE_TO_VALIDATE_IN_SYSTEM: 'Tekshiriladigan kod koʻrsatilmagan (coding, codeableConcept yoki code kerak)',
  NO_SYSTEM_FOR: 'code{0} uchun kodlar tizimi koʻrsatilmagan, shuning uchun tushunchalarni solishtirib boʻlmaydi',
  NO_TRANSLATION: 'Mos kod topilmadi',
  NO_VALUE_SET: 'Qiymatlar toʻplami koʻrsatilmagan: url parametrini yoki valueSet resursini bering',
  NOT_A_VERSIONED_CANONICAL: '“{0}” versiyali kanonik manzil emas',
  NOT_RELATED: 'Moslik jadvallariga koʻra kod hech biriga bogʻliq emas',
  ECL_NOT_UNDERSTOOD: '“{2}” ifodasi {0}-belgidan boshlab tushunarsiz yoki qoʻllab-quvvatlanmaydi: “{1}”',
  NOT_THERE_THEN: '{1} da “{0}” ning bu yerda maʼlum versiyalaridan birortasi hali yoʻq edi: birinchisi {2}',
  TOO_MANY_VALUES: '{0} parametrida {1} tadan koʻp qiymat bor; kamroq yuboring',
  NUMBER_WRONG: '{0} parametri “{1}”; 0 yoki undan katta butun son kerak',
  ONE_OF_CHOICES: '{0} tadan biri: ',
  SHAPE_WRONG: '{0} FHIR R5 bu yerda belgilaganidek emas, shuning uchun soʻrov tushunarsiz',
  SUBSUMPTION_OF_SYSTEMS: 'Faqat bitta tizim kodlarini solishtirish mumkin, “{0}” va “{1}” koʻrsatilgan',
  SUBSUMPTION_OF_VERSIONS:
    'Faqat “{0}” ning bitta versiyasidagi kodlarni solishtirish mumkin, “{1}” va “{2}” koʻrsatilgan',
  TWO_VERSIONS: '“{0}” uchun {1} da ikkita versiya berilgan: “{2}” va “{3}”',
  MAPS_TOO_DEEP:
    '{0} tushunchalar xaritasi boshqalarining oʻrnida turadi (other-map), {1} pogʻonadan chuqurroq. Oxirgi xaritani toʻgʻridan-toʻgʻri koʻrsating',
  VALUESET_IMPORTS_TOO_DEEP:
    '{0} qiymatlar toʻplami boshqalarini oʻz ichiga olgan toʻplamlarni {1} pogʻonadan chuqurroq qoʻshgan. Quyidagilarini toʻgʻridan-toʻgʻri qoʻshing',
  VALUESET_VERSION_FORBIDDEN:
    '“{0}” qiymatlar toʻplamining “{1}” versiyasiga ruxsat yoʻq: versiyani tekshirish parametri “{2}” ni talab qiladi',
};
