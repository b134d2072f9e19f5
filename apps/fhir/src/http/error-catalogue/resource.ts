import type { CatalogueEntry } from './entry.ts';

/** Failures of the stored resource of a request, and failures of the server. */
export const resourceErrors = {
  'resource-not-found': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    text: {
      uz: '{type}/{id} topilmadi. Identifikatorni va muhitni tekshiring.',
      ru: '{type}/{id} не найден. Проверьте идентификатор и среду.',
      en: '{type}/{id} was not found. Check the id and the environment.',
    },
    when: 'There has never been a resource of this type and id in this environment.',
    remedy: 'Check the id; playground and production hold different data.',
    example: { values: { type: 'Patient', id: '1' }, diagnostics: 'Patient/1 has never existed here.' },
  },
  'version-not-found': {
    status: 404,
    issue: 'not-found',
    severity: 'error',
    text: {
      uz: '{type}/{id} resursining {version}-versiyasi topilmadi.',
      ru: 'Версия {version} ресурса {type}/{id} не найдена.',
      en: 'Version {version} of {type}/{id} was not found.',
    },
    when: 'The resource may exist, but not in this version.',
    remedy: 'See which versions there are: `GET [base]/{type}/{id}/_history`.',
    example: {
      values: { type: 'Patient', id: '1', version: '9' },
      diagnostics: 'Patient/1 has no version "9".',
    },
  },
  'resource-deleted': {
    status: 410,
    issue: 'deleted',
    severity: 'error',
    text: {
      uz: '{type}/{id} oʻchirilgan. Oldingi versiyalari tarixda saqlanadi (_history).',
      ru: '{type}/{id} удалён. Прежние версии хранятся в истории (_history).',
      en: '{type}/{id} was deleted. Its earlier versions are kept in its history (_history).',
    },
    when: 'The resource existed and was deleted, or the version asked for is the deletion itself. `ETag` is the version of the deletion.',
    remedy: 'Read an earlier version through `_history`, or bring the resource back by PUT.',
    example: { values: { type: 'Patient', id: '1' }, diagnostics: 'Patient/1 was deleted in version 3.' },
  },
  'version-mismatch': {
    status: 412,
    issue: 'invalid',
    severity: 'error',
    text: {
      uz: 'Versiya mos emas. Resursni qayta oʻqing, oʻzgartirishni takrorlang va yangi ETag bilan yuboring.',
      ru: 'Версия не совпадает. Прочитайте ресурс заново, повторите изменение и отправьте с новым ETag.',
      en: 'Version is mismatch',
    },
    when: '`If-Match` names another version than the current one: somebody changed the resource in between. The same when the resource does not exist.',
    remedy:
      'Read the resource again, make the change on the new version, and PUT it with the new `ETag` in `If-Match`.',
    example: {
      values: {},
      diagnostics: 'If-Match names version 2; the current version of Patient/1 is 3. Read it again and repeat.',
    },
  },
  'if-match-required': {
    status: 412,
    issue: 'invalid',
    severity: 'error',
    text: {
      uz: 'Versiya koʻrsatilmagan. Resursni oʻqing va PUT soʻrovini If-Match sarlavhasida uning ETag qiymati bilan yuboring.',
      ru: 'Версия не указана. Прочитайте ресурс и отправьте PUT с его ETag в заголовке If-Match.',
      en: 'Version is mismatch',
    },
    when: 'A PUT on an existing resource has no `If-Match`. It is required, so that nobody overwrites what he has not seen.',
    remedy: 'Read the resource and send its `ETag` in `If-Match`.',
    example: {
      values: {},
      diagnostics: 'If-Match is required to update Patient/1; its current version is W/"3".',
    },
  },
  'resource-exists': {
    status: 412,
    issue: 'duplicate',
    severity: 'error',
    text: {
      uz: '{type}/{id} allaqachon mavjud, shuning uchun u yaratilmadi va oʻzgartirilmadi.',
      ru: '{type}/{id} уже есть, поэтому он не создан и не изменён.',
      en: '{type}/{id} exists already, so it was neither created nor changed.',
    },
    when: 'A PUT with `If-None-Match: *` on a resource that exists. `ETag` is its version.',
    remedy: 'Read the resource; to change it, PUT it with its `ETag` in `If-Match`.',
    example: {
      values: { type: 'Patient', id: '1' },
      diagnostics: 'If-None-Match is "*", but Patient/1 exists; its current version is W/"3".',
    },
  },
  'reference-not-found': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    text: {
      uz: '{reference} havolasi mavjud boʻlmagan yoki oʻchirilgan resursga olib boradi.',
      ru: 'Ссылка {reference} ведёт к ресурсу, которого нет или который удалён.',
      en: 'The reference {reference} leads to a resource that does not exist or is deleted.',
    },
    when: 'A resource that is written refers to a resource of this server that is not there, in an environment that keeps references whole (production). Logical references and addresses of other servers are left alone.',
    remedy: 'Create the target first, or in the same transaction; correct the reference.',
    example: {
      values: { reference: 'Patient/1' },
      diagnostics: 'Observation.subject.reference refers to Patient/1, which does not exist or is deleted.',
      expression: 'Observation.subject.reference',
    },
  },
  'resource-referenced': {
    status: 409,
    issue: 'conflict',
    severity: 'error',
    text: {
      uz: '{type}/{id} oʻchirilmadi: unga boshqa resurslar havola qilgan ({referrers}).',
      ru: '{type}/{id} не удалён: на него ссылаются другие ресурсы ({referrers}).',
      en: '{type}/{id} was not deleted: other resources refer to it ({referrers}).',
    },
    when: 'A resource is to be deleted to which others refer, in an environment that keeps references whole (production).',
    remedy:
      'Change or delete the resources named first, or all in one transaction; or send `X-Cascade: delete` (or `_cascade=delete`) to delete them, too.',
    example: {
      values: { type: 'Patient', id: '1', referrers: 'Observation/2' },
      diagnostics:
        'Patient/1 is referred to by Observation/2. Change or delete these first, or send "X-Cascade: delete" to delete them, too.',
    },
  },
  'document-incomplete': {
    status: 422,
    issue: 'not-found',
    severity: 'error',
    text: {
      uz: 'Hujjat tuzilmadi: u havola qilgan {reference} yoʻq.',
      ru: 'Документ не составлен: нет {reference}, на который он ссылается.',
      en: 'The document was not made: {reference}, which it refers to, is not there.',
    },
    when: '`Composition/{id}/$document` needs a resource of this server that does not exist or was deleted.',
    remedy: 'Bring the resource back, or take the reference out of the Composition.',
    example: {
      values: { reference: 'Patient/1' },
      diagnostics: 'Composition.subject[0].reference refers to Patient/1, which was deleted.',
      expression: 'Composition.subject[0].reference',
    },
  },
  'document-invalid': {
    status: 422,
    issue: 'structure',
    severity: 'error',
    text: {
      uz: 'Bundle hujjat (document) boʻlish qoidalariga mos emas ({rule}).',
      ru: 'Bundle нарушает правила документа ({rule}).',
      en: 'The Bundle breaks the rules of a document ({rule}).',
    },
    when: 'A Bundle of type `document` has no identifier with system and value, no timestamp, or does not begin with a Composition.',
    remedy: 'Complete the Bundle: https://hl7.org/fhir/R5/documents.html.',
    example: {
      values: { rule: 'bdl-11' },
      diagnostics: 'bdl-11: a document must have a Composition as the first resource.',
      expression: 'Bundle.entry[0].resource',
    },
  },
  'internal-error': {
    status: 500,
    issue: 'exception',
    severity: 'fatal',
    text: {
      uz: 'Serverda kutilmagan xatolik yuz berdi. Yordam soʻraganda {incident} raqamini ayting.',
      ru: 'На сервере произошла непредвиденная ошибка. Обращаясь за помощью, укажите номер {incident}.',
      en: 'An unexpected error happened on the server. When you ask for help, name the incident {incident}.',
    },
    when: 'A fault of the server. The details are in its log under the incident number, and nowhere else.',
    remedy:
      'Read the resource to see whether a write took place, then repeat; report the incident number if it comes again.',
    example: {
      values: { incident: '019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55' },
      diagnostics: 'Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'outcome-unknown': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 5,
    text: {
      uz: 'Yozuv saqlangan-saqlanmagani nomaʼlum. Birozdan soʻng shartli soʻrov bilan takrorlang.',
      ru: 'Неизвестно, сохранена ли запись. Повторите немного позже условным запросом.',
      en: 'Whether the write was stored is not known. Repeat it conditionally a little later.',
    },
    when: 'A write was sent to the database and the connection was lost before the answer, or the synchronous standby has not confirmed it. It may have been stored.',
    remedy:
      'Repeat after the seconds in `Retry-After`, so that a write that was stored is not made twice: a create with `If-None-Exist`, an update or deletion with `If-Match`. Or read first.',
    example: {
      values: {},
      diagnostics:
        'The database did not say whether the write was stored. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'writes-blocked': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 2,
    text: {
      uz: 'Hozir yozuvlarni saqlab boʻlmaydi, oʻqish mumkin. Hech narsa saqlanmadi: birozdan soʻng takrorlang.',
      ru: 'Сейчас записи не сохраняются, чтение работает. Ничего не сохранено: повторите немного позже.',
      en: 'Writes cannot be stored now; reads go on. Nothing was stored: repeat a little later.',
    },
    when: 'Commits are known not to be confirmed by the synchronous standby of the database. The write was refused before it was sent there.',
    remedy:
      'Repeat after the seconds in `Retry-After`, as it was: nothing can be done twice. It ends by itself when the standby is back.',
    example: {
      values: {},
      diagnostics:
        'The synchronous standby of the database does not confirm commits now. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
  'database-unavailable': {
    status: 503,
    issue: 'transient',
    severity: 'error',
    retryAfter: 5,
    text: {
      uz: 'Maʼlumotlar bazasi hozir javob bermayapti. Birozdan soʻng takrorlang.',
      ru: 'База данных сейчас не отвечает. Повторите немного позже.',
      en: 'The database does not answer at the moment. Repeat a little later.',
    },
    when: 'The database cannot be reached, or did not answer in time. Nothing was stored.',
    remedy: 'Repeat after the seconds in `Retry-After`.',
    example: {
      values: {},
      diagnostics: 'The database cannot be reached. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
