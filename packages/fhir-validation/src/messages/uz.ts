import type { MessageId } from './kinds.ts';

export const uzbek: Readonly<Record<MessageId, string>> = {
  'resource-expected': 'Resurs JSON obyekti boʻlishi kerak, bu yerda esa {found}. resourceType bilan obyekt yuboring.',
  'resource-type-missing': 'resourceType koʻrsatilmagan. Resurs turini koʻrsating, masalan "resourceType": "Patient".',
  'resource-type-unknown': 'FHIR R5 da {type} resurs turi yoʻq. Yozilishini tekshiring; katta-kichik harf farqlanadi.',
  'nested-too-deep':
    'Elementlar {most} darajadan chuqurroq joylashgan, qolgani tekshirilmadi. Ichma-ichlikni kamaytiring.',
  'unknown-element':
    '{type} da {element} elementi yoʻq. [[Balki {near} nazarda tutilgandir?]] Uni olib tashlang yoki kengaytmaga joylang.',
  'element-missing': '{element} majburiy: kamida {min}, topildi {count}. Uni qoʻshing. [[(profil {profile})]]',
  'too-many':
    '{element} koʻpi bilan {max} marta takrorlanishi mumkin, topildi {count}. Ortiqchasini olib tashlang. [[(profil {profile})]]',
  'array-expected':
    '{element} takrorlanuvchi, shuning uchun bitta qiymat boʻlsa ham JSON massivi boʻlishi kerak: uni [ ] ichiga oling.',
  'array-not-allowed':
    '{element} takrorlanmaydi, shuning uchun JSON massivi boʻlishi mumkin emas: [ ] ni olib tashlang.',
  'array-empty': '{element} — boʻsh massiv. Qiymat boʻlmasa, elementni koʻrsatmang.',
  'object-expected': '{type} JSON obyekti boʻlishi kerak, bu yerda esa {found}: {value}.',
  'null-not-allowed': '{element} null ga teng. Qiymat boʻlmasa, elementni koʻrsatmang.',
  'choice-twice': '{element} uchun faqat bitta qiymat mumkin, topildi: {names}. Bittasini qoldiring.',
  'sibling-length':
    '_{element} da {count} ta, {element} da {expected} ta element bor: massivlar uzunligi bir xil boʻlishi, boʻsh oʻrinlarda null turishi kerak.',
  'json-type': '{type} JSON da {expected} boʻlishi kerak, bu yerda esa {found}: {value}.',
  'value-empty':
    'Qiymat boʻsh. {type} da kamida bitta boʻsh joy boʻlmagan belgi boʻlishi kerak, aks holda elementni koʻrsatmang.',
  'value-format': '"{value}" {type} turi uchun yaroqsiz. Namuna: {example}.',
  'value-range': '{value} {type} turi oraligʻidan tashqarida: {min} dan {max} gacha.',
  'value-too-short': 'Matnda {length} ta belgi bor; kamida {min} ta kerak.',
  'value-too-long': 'Matnda {length} ta belgi bor; koʻpi bilan {max} ta mumkin. Uni qisqartiring.',
  'value-decimal-places': '{value} sonida verguldan keyin raqamlar koʻp; koʻpi bilan {max} ta mumkin. Uni yaxlitlang.',
  'value-control-character':
    'Matnda tabulyatsiya va yangi qatordan boshqa boshqaruv belgisi bor. Uni olib tashlang: "{value}".',
  'value-below-minimum': '{value} eng kichik {min} qiymatdan kam. [[(profil {profile})]]',
  'value-pattern': '“{value}” talab qilingan shaklda emas: {regex}.',
  'value-above-maximum': '{value} eng katta {max} qiymatdan koʻp. [[(profil {profile})]]',
  'value-required': '{element} da faqat kengaytmalar emas, qiymat ham boʻlishi kerak. [[(profil {profile})]]',
  'year-unusual': '{value} dagi yil bugungi kundan uzoq. Toʻgʻriligini tekshiring.',
  'decimal-unusual': '{value} da koʻp dasturlar saqlaydiganidan ortiq raqam bor. 17 tagacha yaxlitlang.',
  'id-duplicate':
    '{id} identifikatori resursning bir nechta elementida bor. Elementlar identifikatorlari takrorlanmasligi kerak.',
  'contained-without-id': 'Ichki resursda (contained) id boʻlishi kerak, shunda unga #id orqali havola qilish mumkin.',
  'contained-id-duplicate': 'Ikki ichki resursning id si bir xil: {id}. Har biriga oʻzinikini bering.',
  'contained-not-used':
    'dom-3 qoidasi: {id} ichki resursga hech narsa havola qilmaydi va u oʻzi tashqi resursga havola qilmaydi. Unga #{id} orqali havola qiling yoki olib tashlang.',
  'code-system-unknown': '{system} kodlar tizimi bu yerda nomaʼlum, kod tekshirilmadi.',
  'code-unknown': '{code} kodi {system} tizimida yoʻq. Shu tizimdagi koddan foydalaning.',
  'code-inactive': '{code} kodi {system} tizimida {status} holatida. Undan foydalanish kerakligini tekshiring.',
  'display-wrong': '"{display}" nomi {system} dagi {code} kodiga tegishli emas; kutilgani: {expected}.',
  invariant: '{key} qoidasi buzilgan: {human}',
  'invariant-not-evaluated': '{key} qoidasini tekshirib boʻlmadi: {reason}',
  'code-not-in-value-set': '{code} kodi {valueSet} qiymatlar toʻplamida yoʻq. Shu toʻplamdagi koddan foydalaning.',
  'concept-not-in-value-set':
    'Kodlarning ({codes}) hech biri {valueSet} qiymatlar toʻplamida yoʻq. Undan kod qoʻshing.',
  'concept-without-code': 'Kod koʻrsatilmagan; {valueSet} qiymatlar toʻplamidan kod kutiladi. coding qoʻshing.',
  'code-outside-maximum': 'Kodlar ({codes}) {valueSet} qiymatlar toʻplamidan tashqarida, bunga ruxsat yoʻq.',
  'value-set-unknown': 'Kod tekshirilmadi: {valueSet} qiymatlar toʻplami bu yerda mavjud emas.',
  'coding-without-system': 'Tizimsiz kodning aniq maʼnosi yoʻq. system ni koʻrsating.',
  'reference-target': 'Havola {found} ga olib boradi; bu yerda ruxsat etilgan: {allowed}.',
  'reference-format':
    '"{reference}" havola emas. Tur/id (Patient/123), mutlaq URL, urn:uuid:… yoki ichki resursning #id sini yozing.',
  'reference-type-mismatch': '{reference} havolasi {found} ni, type esa {type} ni bildiradi. Ularni moslang.',
  'reference-versioning':
    '{reference} havolasida nishon versiyasi quyidagicha boʻlishi kerak: {expected}. [[(profil {profile})]]',
  'reference-aggregation':
    '{reference} havolasining manzili: {found}; bu yerda ruxsat etilgan: {allowed}. [[(profil {profile})]]',
  'reference-unresolved':
    '{reference} boʻyicha ichki resurs yoʻq. Uni tashqi resursning contained qismiga qoʻshing yoki id ni tuzating.',
  'reference-target-missing':
    '{reference} havolasi hech qayerga olib bormaydi. Havolani tuzating yoki avval resursni yarating.',
  'reference-target-profile': '{reference} olib boradigan resurs {profiles} profillarining hech biriga mos emas.',
  'extension-url': 'Kengaytma url i mutlaq boʻlishi kerak, bu yerda esa "{url}".',
  'extension-unknown':
    '{url} kengaytmasi bu yerda nomaʼlum va tekshirilmadi. url ni tekshiring yoki uni belgilovchi paketni oʻrnating.',
  'extension-invariant': '{url} kengaytmasi bu yerda faqat quyidagi shart bajarilsa mumkin: {rule}.',
  'extension-context': '{url} kengaytmasi bu elementda boʻlishi mumkin emas. Ruxsat etilgan joylar: {expected}.',
  'extension-is-modifier': '{url} kengaytmasi element maʼnosini oʻzgartiradi, uning oʻrni modifierExtension da.',
  'extension-not-modifier': '{url} kengaytmasi maʼnoni oʻzgartirmaydi, uning oʻrni extension da.',
  'profile-unknown':
    '{profile} profili bu yerda nomaʼlum va tekshirilmadi. url ni tekshiring yoki uning paketini oʻrnating.',
  'profile-required':
    '{type} resursi meta.profile da shu yerda mavjud profillardan birini koʻrsatishi kerak. Bittasini qoʻshing: {profiles}.',
  'profile-for-other-type': '{profile} profili {expected} uchun, bu yerda esa {found}.',
  'profile-not-met': 'Qiymat {profiles} profillarining hech biriga mos emas.',
  'profile-not-compliant':
    'Bu profil daʼvo qilingan {claimed} ga mos emas. Yetishmaydi (qavs ichida — borlari): {lacks}.',
  'type-not-allowed': 'Bu yerda {found} turidagi qiymat mumkin emas; ruxsat etilgan: {allowed}. [[(profil {profile})]]',
  'fixed-value': 'Qiymat aynan {expected} boʻlishi kerak, bu yerda esa {value}. [[(profil {profile})]]',
  'fixed-value-missing':
    'Profil bu yerda {expected} qiymatini talab qiladi, lekin u yoʻq. Uni qoʻshing. [[(profil {profile})]]',
  'fixed-value-too-much': '{value} qiymati profilda belgilanganiga kirmaydi. Uni olib tashlang. [[(profil {profile})]]',
  'pattern-value': 'Qiymatda kamida {expected} boʻlishi kerak, bu yerda esa {value}. [[(profil {profile})]]',
  'slice-missing':
    '{slice} majburiy: kamida {min}, topildi {count}. Unga mos takrorni qoʻshing. [[(profil {profile})]]',
  'slice-too-many': '{slice} koʻpi bilan {max} marta boʻlishi mumkin, topildi {count}. [[(profil {profile})]]',
  'slice-unknown':
    '{element} ning bu takrori {slices} boʻlaklaridan hech biriga mos emas, boshqalari esa mumkin emas. [[(profil {profile})]]',
  'slice-order': '{slice} profilda oʻzidan keyingilardan oldin turishi kerak. [[(profil {profile})]]',
  'narrative-syntax': 'Matn (narrative) toʻgʻri XHTML emas: {reason}.',
  'narrative-element': 'Matnda <{name}> elementi mumkin emas. Faqat HTML ning oddiy bezak elementlaridan foydalaning.',
  'narrative-attribute': 'Matnda <{element}> uchun {name} atributi mumkin emas. Uni olib tashlang.',
  'narrative-namespace': 'Matnning div elementi {expected} nomlar fazosida boʻlishi kerak[[, bu yerda "{found}"]].',
  'narrative-paragraph': '<p> boshqa <p> ichida boʻlishi mumkin emas. Avval birinchisini yoping.',
  'narrative-language':
    'Resurs tili — {language}; matn bayonining div elementida ham lang va xml:lang bilan koʻrsating[[, hozir u yerda {found}]].',
  'narrative-id-duplicate':
    'Bu id yoki langarlar bayonda bir martadan koʻp uchraydi: {ids}. Ularni takrorlanmas qiling.',
  'bundle-full-url': 'fullUrl {fullUrl} server manziliga oʻxshaydi, shuning uchun {expected} bilan tugashi kerak.',
  'bundle-full-url-relative':
    'fullUrl mutlaq boʻlishi kerak, “{fullUrl}” berilgan. Toʻliq manzil yoki urn:uuid:… yozing.',
  'bundle-entry-unreachable':
    '{from} dan bu {type} ga yoki undan u yerga havolalar yoʻq. Unga havola bering yoki uni olib tashlang.',
  'bundle-reference-unresolved':
    '{reference} bu Bundle ning hech bir yozuviga olib bormaydi, hujjat yoki xabar esa nima haqida boʻlsa, oʻshani saqlaydi. Resursni qoʻshing yoki reference va fullUrl ni tuzating.',
  'questionnaire-item-added':
    '{from} da {linkId} bandi yoʻq, shuning uchun unga mos soʻrovnomada ham boʻlishi mumkin emas.',
  'questionnaire-item-differs': '{linkId} bandi {from} dan olingan, unda {element}: {expected}. Shuni saqlang.',
  'questionnaire-unknown': '{questionnaire} soʻrovnomasi bu yerda nomaʼlum, javoblar u boʻyicha tekshirilmadi.',
  'response-item-unknown': 'Soʻrovnomaning bu joyida {linkId} bandi yoʻq. linkId ni va oʻrnini tekshiring.',
  'response-item-order':
    '{linkId} bandi soʻrovnomada undan keyin keladigan bandlardan soʻng turibdi. Tartibni saqlang.',
  'response-item-twice':
    '{linkId} bandi {count} marta bor; bir marta boʻlishi mumkin. Bir bandda bir nechta javob bering.',
  'response-item-outside-answer': '{linkId} — savol, shuning uchun uning ostidagi bandlar javob ichida boʻlishi kerak.',
  'response-item-not-enabled':
    'Boshqa savollarga javoblarga koʻra {linkId} bandi faol emas, u bu yerda boʻlmasligi kerak.',
  'response-answer-not-allowed': '{linkId} bandi {type} turida va unda javob boʻlishi mumkin emas.',
  'response-answer-missing': '{linkId} savoliga javob berish kerak.',
  'response-answer-type': '{linkId} ga javob {expected} turida boʻlishi kerak, bu yerda esa {found}.',
  'response-answer-option': '{value} javobi {linkId} variantlari orasida yoʻq.',
  'response-too-few-answers': '{linkId} uchun kamida {min} ta javob kerak, topildi {count}.',
  'response-too-many-answers': '{linkId} savoliga bitta javob mumkin, topildi {count}.',
  'response-below-minimum': '{value} javobi ruxsat etilgan eng kichik {limit} dan kam.',
  'response-more-answers': '{linkId} uchun koʻpi bilan {max} ta javob mumkin, topildi {count}.',
  'response-exclusive-option': '{linkId} ning {value} varianti boshqalarini istisno qiladi. Faqat uni bering.',
  'response-attachment-type': '{linkId} ilovasi {found} turida; ruxsat etilgan: {allowed}.',
  'response-attachment-size': '{linkId} ilovasi {actual} bayt; koʻpi bilan {max} bayt mumkin.',
  'response-above-maximum': '{value} javobi ruxsat etilgan eng katta {limit} dan koʻp.',
  'national-identifier':
    '"{value}" bu identifikator ({name}) shakliga mos emas; namuna: {example}. Raqamni va tizimini tekshiring.',
  'national-pinfl-date': 'JSHSHIR {value} raqamlari tugʻilgan sanani hosil qilmaydi. Raqamni tekshiring.',
  'national-pinfl-check-digit': 'JSHSHIR {value} ning oxirgi raqami qolganlariga mos emas. Raqamni tekshiring.',
  'national-pinfl-birth-date':
    'JSHSHIR {value} boʻyicha tugʻilgan sana {expected}, birthDate da esa {found}. Ikkalasini tekshiring.',
  'national-pinfl-gender': 'JSHSHIR {value} boʻyicha jins {expected}, gender da esa {found}. Ikkalasini tekshiring.',
  'national-district': '{district} tumani {state} viloyatiga kirmaydi: kodi viloyat kodi bilan boshlanishi kerak.',
  'national-city': '{city} aholi punkti {district} tumaniga kirmaydi: kodi tuman kodi bilan boshlanishi kerak.',
  'definition-element-not-allowed':
    '{element} profil elementida ({path}) turishi mumkin emas: uni asosiy taʼrif belgilaydi. Olib tashlang.',
  'definition-constraint-key':
    '{key} kaliti allaqachon boshqa qoidaga tegishli: {expression}. Bu qoidaga alohida kalit bering.',
  'definition-extension-url': 'Extension.url da {found} belgilangan, taʼrifning url i esa {expected}. Ularni moslang.',
  'definition-context': '{expression} konteksti FHIR R5 elementi emas. Yoʻlni tekshiring.',
  'definition-slice-support':
    '{path} ning {slice} kesimi mustSupport emas, element esa shunday. mustSupport ni ikkalasida koʻrsating yoki hech birida koʻrsatmang.',
  'code-system-case':
    'caseSensitive koʻrsatilmagan, shuning uchun kodlarda harflar katta-kichikligi muhimligi nomaʼlum. Uni koʻrsating.',
  'code-system-count':
    'count da {count} tushuncha koʻrsatilgan, aslida {found} ta, content esa {content}. count yoki content ni tuzating.',
  'code-system-property-uri':
    'Xususiyat uri si {system} tizimining {code} kodini koʻrsatadi, unda bunday kod yoʻq. uri ni tekshiring.',
  'code-system-property-code':
    '{property} xususiyatining {code} qiymati bu kodlar tizimining kodi emas. Uni tuzating yoki xususiyat turini oʻzgartiring.',
  'value-set-code':
    '{code} kodi {system} kodlar tizimida yoʻq, shuning uchun u qiymatlar toʻplamida ham boʻla olmaydi. Tuzating yoki olib tashlang.',
  'value-set-system': 'include dagi tizim mutlaq manzil boʻlishi kerak, “{system}” berilgan.',
  'map-display': '"{display}" nomi {system} dagi {code} ga tegishli emas; kutilgani {expected}.',
  'attachment-hash':
    'hash da {hash} koʻrsatilgan, data ning SHA-1 qiymati esa {actual}. hash ni tuzating yoki olib tashlang.',
  'attachment-size': 'size da {size} bayt koʻrsatilgan, data da esa {actual}. size ni tuzating yoki olib tashlang.',
};
