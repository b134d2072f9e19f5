import type { CatalogueEntry } from './entry.ts';

/** Failures of a patch. Nothing is stored then: a patch is applied whole or not at all. */
export const patchErrors = {
  'patch-format-unsupported': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: 'Patch formati qabul qilinmaydi. JSON Patch (application/json-patch+json) yoki FHIRPath Patch (application/fhir+json, Parameters) yuboring.',
      ru: 'Формат патча не принимается. Отправьте JSON Patch (application/json-patch+json) или FHIRPath Patch (application/fhir+json, Parameters).',
      en: 'The format of the patch is not accepted. Send a JSON Patch (application/json-patch+json) or a FHIRPath Patch (application/fhir+json, Parameters).',
    },
    when: 'The `Content-Type` of a PATCH is none of those in the header `Accept-Patch`. JSON Merge Patch is refused on purpose: it cannot change one item of a list, and FHIR has lists everywhere.',
    remedy: 'Send one of the formats in `Accept-Patch`.',
    example: {
      values: {},
      diagnostics:
        'Content-Type is "application/merge-patch+json". Accepted are application/json-patch+json, and application/fhir+json or application/fhir+xml with Parameters.',
    },
  },
  'patch-malformed': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'Patch notoʻgʻri tuzilgan. Koʻrsatilgan amalni tuzating.',
      ru: 'Патч составлен неверно. Исправьте указанную операцию.',
      en: 'The patch is badly formed. Correct the operation that is named.',
    },
    when: 'The patch breaks its own specification, whatever the resource: an unknown operation, a missing path, a pointer or a FHIRPath that cannot be read.',
    remedy: 'Correct the operation that the diagnostics name; they count from 0.',
    example: { values: {}, diagnostics: 'operation 0 (replace): there is no "path"' },
  },
  'patch-path-not-found': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    text: {
      uz: 'Patch oʻzgartirmoqchi boʻlgan element resursda yoʻq.',
      ru: 'Элемента, который должен изменить патч, в ресурсе нет.',
      en: 'The element that the patch would change is not in the resource.',
    },
    when: 'Nothing stands where an operation needs something.',
    remedy: 'Read the resource and correct the path.',
    example: {
      values: {},
      diagnostics: "operation 0 (replace '/birthDate'): the resource has no member 'birthDate'",
    },
  },
  'patch-path-ambiguous': {
    status: 422,
    issue: 'multiple-matches',
    severity: 'error',
    text: {
      uz: 'Patch yoʻli bir nechta elementga mos keladi. Bittasini aniq koʻrsating.',
      ru: 'Пути в патче соответствует несколько элементов. Укажите один.',
      en: 'The path of the patch names several elements. Name one.',
    },
    when: 'A FHIRPath names several elements where the operation needs one.',
    remedy: 'Make the path narrower, for example with an index or `where(…)`.',
    example: { values: {}, diagnostics: "operation 0 (replace 'Patient.name'): the path names 2 elements" },
  },
  'patch-target-exists': {
    status: 422,
    issue: 'duplicate',
    severity: 'error',
    text: {
      uz: 'Element allaqachon mavjud va faqat bitta boʻlishi mumkin. “replace” amalidan foydalaning.',
      ru: 'Элемент уже есть и может быть только один. Используйте «replace».',
      en: 'The element is there already and may be there once only. Use "replace".',
    },
    when: 'An `add` on an element that holds one value and has it.',
    remedy: 'Use `replace`.',
    example: { values: {}, diagnostics: "operation 0 (add 'Patient'): birthDate has a value already" },
  },
  'patch-index-out-of-range': {
    status: 422,
    issue: 'value',
    severity: 'error',
    text: {
      uz: 'Patchdagi oʻrin raqami roʻyxatda yoʻq.',
      ru: 'Позиции, указанной в патче, в списке нет.',
      en: 'The list has no position of the number in the patch.',
    },
    when: 'An operation names a position beyond the end of a list.',
    remedy: 'Read the resource and correct the index; it counts from 0.',
    example: {
      values: {},
      diagnostics: "operation 0 (remove '/name/4'): '/name' ends at index 1 here: there is no 4",
    },
  },
  'patch-test-failed': {
    status: 422,
    issue: 'conflict',
    severity: 'error',
    text: {
      uz: 'Resurs patch kutgandek emas (“test” amali oʻtmadi), shuning uchun hech narsa oʻzgarmadi.',
      ru: 'Ресурс не такой, как ожидает патч (операция «test» не прошла); ничего не изменено.',
      en: 'The resource is not as the patch expects (its "test" failed), so nothing was changed.',
    },
    when: 'A `test` of a JSON Patch found another value.',
    remedy: 'Read the resource again and decide anew.',
    example: { values: {}, diagnostics: "operation 0 (test '/active'): the value is another one" },
  },
  'patch-target-invalid': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    text: {
      uz: 'Patch bu elementni oʻzgartira olmaydi.',
      ru: 'Этот элемент патчем изменить нельзя.',
      en: 'A patch cannot change this element.',
    },
    when: 'The operation would change the type, the id or what the server sets (`meta.versionId`, `meta.lastUpdated`), or names an element that the resource type does not have.',
    remedy: 'Leave the operation out, or correct its path.',
    example: {
      values: {},
      diagnostics:
        "operation 0 (replace '/id'): the server sets id, meta.versionId and meta.lastUpdated itself: leave this operation out",
    },
  },
  'patch-value-invalid': {
    status: 422,
    issue: 'value',
    severity: 'error',
    text: {
      uz: 'Patchdagi qiymat elementning turiga mos emas.',
      ru: 'Значение в патче не подходит к типу элемента.',
      en: 'The value in the patch does not have the type of the element.',
    },
    when: 'A value of a FHIRPath Patch is not of the type that the element has.',
    remedy: 'Send a value of the right type (`valueDate`, `valueCode` …).',
    example: { values: {}, diagnostics: "operation 0 (replace 'Patient.birthDate'): a date is needed" },
  },
  'patch-too-costly': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    text: {
      uz: 'Patch juda katta. Uni bir nechta soʻrovga boʻling.',
      ru: 'Патч слишком велик. Разделите его на несколько запросов.',
      en: 'The patch is too large. Split it into several requests.',
    },
    when: 'The patch has more operations, copies more or visits more elements than the server allows in one request.',
    remedy: 'Send several smaller patches, or an update.',
    example: { values: {}, diagnostics: 'the patch has 1001 operations and 1000 are the limit: split it' },
  },
  'patch-contended': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    retryAfter: 1,
    text: {
      uz: '{type}/{id} ayni paytda boshqalar tomonidan tez-tez oʻzgartirilmoqda. Birozdan soʻng takrorlang.',
      ru: '{type}/{id} сейчас часто изменяют другие. Повторите немного позже.',
      en: '{type}/{id} is being changed by others all the time. Repeat a little later.',
    },
    when: 'A PATCH without `If-Match` is applied anew when somebody changed the resource in between. It was, many times in a row.',
    remedy: 'Repeat after the seconds in `Retry-After`.',
    example: {
      values: { type: 'Patient', id: '1' },
      diagnostics: 'Patient/1 was changed by others 10 times while the patch was applied.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
