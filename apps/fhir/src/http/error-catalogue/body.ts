import type { CatalogueEntry } from './entry.ts';

/** What is wrong with the body of a request, before anything is stored. */
export const bodyErrors = {
  'media-type-unsupported': {
    status: 415,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: 'Tana formati qabul qilinmaydi. “Content-Type: application/fhir+json” bilan UTF-8 JSON yuboring.',
      ru: 'Формат тела не принимается. Отправьте JSON в UTF-8 с «Content-Type: application/fhir+json».',
      en: 'The format of the body is not accepted. Send UTF-8 JSON with "Content-Type: application/fhir+json".',
    },
    when: '`Content-Type` is absent or not a JSON one, names another charset than UTF-8 or another FHIR version than 5.0, or the body is compressed (`Content-Encoding`).',
    remedy: 'Send `Content-Type: application/fhir+json` (or `application/json`), UTF-8, not compressed.',
    example: {
      values: {},
      diagnostics:
        'Content-Type is "text/xml"; accepted are application/fhir+json and application/json, charset utf-8, fhirVersion 5.0.',
    },
  },
  'body-too-large': {
    status: 413,
    issue: 'too-long',
    severity: 'error',
    text: {
      uz: 'Soʻrov tanasi juda katta. Ruxsat etilgan hajm: {limit} bayt.',
      ru: 'Тело запроса слишком велико. Допустимо не более {limit} байт.',
      en: 'The body of the request is too large. At most {limit} bytes are accepted.',
    },
    when: 'The body is larger than the limit of this server (64 MiB unless configured). The connection is closed.',
    remedy: 'Send less in one request; put large attachments elsewhere and link to them.',
    example: { values: { limit: '67108864' }, diagnostics: 'The body is larger than 67108864 bytes.' },
  },
  'body-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    text: {
      uz: 'Soʻrovda resurs yoʻq. Uni soʻrov tanasida JSON koʻrinishida yuboring.',
      ru: 'В запросе нет ресурса. Передайте его в теле запроса в виде JSON.',
      en: 'The request has no resource. Send it as JSON in the body.',
    },
    when: 'A create or update has an empty body.',
    remedy: 'Send the resource in the body.',
    example: { values: {}, diagnostics: 'The body is empty.' },
  },
  'body-incomplete': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'Soʻrov tanasi toʻliq kelmadi. Tarmoqni tekshiring va takrorlang.',
      ru: 'Тело запроса получено не полностью. Проверьте сеть и повторите.',
      en: 'The body of the request did not arrive completely. Check the network and repeat.',
    },
    when: 'The body is shorter than `Content-Length` says, or the connection broke.',
    remedy: 'Repeat the request.',
    example: { values: {}, diagnostics: 'Request body size did not match Content-Length.' },
  },
  'encoding-invalid': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'Soʻrov tanasi UTF-8 emas: {line}-qator, {column}-belgi. Matnni UTF-8 da yuboring.',
      ru: 'Тело запроса не в UTF-8: строка {line}, символ {column}. Отправьте текст в UTF-8.',
      en: 'The body is not UTF-8: line {line}, column {column}. Send the text as UTF-8.',
    },
    when: 'The body has a byte sequence that is not valid UTF-8. Nothing is replaced silently.',
    remedy: 'Encode the body as UTF-8.',
    example: {
      values: { line: '1', column: '47' },
      diagnostics: 'Invalid UTF-8 at byte 46 (0xe9), line 1, column 47.',
    },
  },
  'json-invalid': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'JSON notoʻgʻri yozilgan: {line}-qator, {column}-belgi.',
      ru: 'Ошибка в записи JSON: строка {line}, символ {column}.',
      en: 'The JSON is not valid: line {line}, column {column}.',
    },
    when: 'The body is not JSON (RFC 8259), has one name twice in an object, is nested too deeply, or a string holds U+0000 or half a surrogate pair.',
    remedy: 'Correct the place named; write JSON with a library.',
    example: {
      values: { line: '3', column: '14' },
      diagnostics: 'Line 3, column 14 (offset 52): expected "," or "}".',
    },
  },
  'resource-not-object': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'Soʻrov tanasi bitta resurs (JSON obyekti) boʻlishi kerak.',
      ru: 'Тело запроса должно быть одним ресурсом (объектом JSON).',
      en: 'The body must be one resource (a JSON object).',
    },
    when: 'The body is JSON, but an array, a string, a number, true, false or null.',
    remedy: 'Send one resource; several go one by one.',
    example: { values: {}, diagnostics: 'The body begins with "["; a resource is a JSON object.' },
  },
  'resource-type-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    text: {
      uz: 'Resursda resourceType yoʻq. "resourceType": "{type}" qatorini qoʻshing.',
      ru: 'В ресурсе нет resourceType. Добавьте "resourceType": "{type}".',
      en: 'The resource has no resourceType. Add "resourceType": "{type}".',
    },
    when: 'The object has no `resourceType`, or it is not a string.',
    remedy: 'Add `resourceType` with the type of the address.',
    example: {
      values: { type: 'Patient' },
      diagnostics: 'The body has no string member resourceType.',
      expression: 'Patient',
    },
  },
  'resource-type-mismatch': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    text: {
      uz: 'Resurs turi ({given}) manzildagi turga ({type}) mos emas.',
      ru: 'Тип ресурса ({given}) не совпадает с типом в адресе ({type}).',
      en: 'The type of the resource ({given}) is not the type of the address ({type}).',
    },
    when: '`resourceType` in the body differs from the type in the path.',
    remedy: 'Send the resource to the address of its own type.',
    example: {
      values: { given: 'Observation', type: 'Patient' },
      diagnostics: 'The body has resourceType "Observation"; the address is for Patient.',
      expression: 'Observation',
    },
  },
  'id-missing': {
    status: 400,
    issue: 'required',
    severity: 'error',
    text: {
      uz: 'Resursda id yoʻq. Manzildagi qiymatni qoʻying: "id": "{id}".',
      ru: 'В ресурсе нет id. Укажите значение из адреса: "id": "{id}".',
      en: 'The resource has no id. Put the one of the address: "id": "{id}".',
    },
    when: 'A PUT has no `id` in the body. FHIR requires it, equal to the id in the path.',
    remedy: 'Put the id of the address into the resource.',
    example: {
      values: { id: '1' },
      diagnostics: 'An update has an id in the body that equals the id in the URL.',
      expression: 'Patient.id',
    },
  },
  'id-mismatch': {
    status: 400,
    issue: 'invalid',
    severity: 'error',
    text: {
      uz: 'Resursdagi id manzildagi id bilan bir xil emas. Ikkalasi ham “{id}” boʻlishi kerak.',
      ru: 'Значение id в ресурсе не совпадает с адресом. Должно быть «{id}».',
      en: 'The id in the resource is not the id of the address. Both must be "{id}".',
    },
    when: 'A PUT has another `id` in the body than in the path, or one that is not a string.',
    remedy: 'Make both equal.',
    example: { values: { id: '1' }, diagnostics: 'The body has id "2", the URL has "1".', expression: 'Patient.id' },
  },
  'meta-not-object': {
    status: 400,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'Resursdagi meta elementi JSON obyekti boʻlishi kerak.',
      ru: 'Элемент meta в ресурсе должен быть объектом JSON.',
      en: 'The element meta of the resource must be a JSON object.',
    },
    when: '`meta` is a string, an array, null or anything else but an object.',
    remedy: 'Send `"meta": { … }` or leave it out.',
    example: { values: {}, diagnostics: 'Patient.meta is not a JSON object.', expression: 'Patient.meta' },
  },
} as const satisfies Record<string, CatalogueEntry>;
