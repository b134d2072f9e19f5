import type { CatalogueEntry } from './entry.ts';

/** What is wrong about the stored resource the request is about, and failures on our side. */
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
    when: 'The database cannot be reached, or did not answer in time. A write that gets this answer may or may not have been stored.',
    remedy: 'Repeat after the seconds in `Retry-After`; before repeating a write, read to see whether it took place.',
    example: {
      values: {},
      diagnostics: 'The database cannot be reached. Incident 019ab6a0-7c3e-7d2a-8a55-3f1e8b1f4c55.',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
