/** Texts of the operators' pages of the audit trail. */
import { actsInLanguages, inLanguages } from './words.ts';

export const auditTexts = inLanguages({
  kind: ['Voqea turi', 'Вид события', 'Kind'],
  anyKind: ['Har qanday', 'Любой', 'Any'],
  allOf: ['hammasi', 'все', 'all'],
  outcome: ['Natija', 'Исход', 'Outcome'],
  any: ['Har qanday', 'Любой', 'Any'],
  done: ['bajarilgan', 'выполнено', 'done'],
  refused: ['rad etilgan', 'отказано', 'refused'],
  person: ['Odam (foydalanuvchi nomi yoki sub)', 'Человек (имя пользователя или sub)', 'Person (user name or sub)'],
  actor: ['Kim boshqargan', 'Кто управлял', 'Administered by'],
  client: ['Mijoz (client_id)', 'Клиент (client_id)', 'Client (client_id)'],
  address: ['Manzil yoki tarmoq', 'Адрес или сеть', 'Address or network'],
  since: ['Qachondan', 'С', 'From'],
  until: ['Qachongacha', 'По', 'Until'],
  request: ['Soʻrov raqami (X-Request-Id)', 'Номер запроса (X-Request-Id)', 'Request (X-Request-Id)'],
  wrong: [
    'Bu shart bilan hech narsa topib boʻlmaydi: {what}.',
    'По этому условию ничего найти нельзя: {what}.',
    'Nothing can be found by this: {what}.',
  ],
  more: ['Batafsil qidiruv', 'Подробный поиск', 'More to search by'],
  event: ['Voqea', 'Событие', 'Event'],
  when: ['Qachon', 'Когда', 'When'],
  who: ['Odam', 'Человек', 'Person'],
  reason: ['Sabab yoki usul', 'Причина или способ', 'Reason or way'],
  scope: ['Scope', 'Scope', 'Scope'],
  chained: ['Zanjirdagi oʻrni', 'Место в цепочке', 'Place in the chain'],
  notChained: [
    'hali yoʻq; bir necha soniyada oʻrnini oladi',
    'пока нет; получит за несколько секунд',
    'not yet; it gets one within seconds',
  ],
  asWritten: ['yozilganidek turibdi', 'такая, какой была сделана', 'as it was written'],
  altered: ['YOZILGANIDEK EMAS', 'НЕ ТАКАЯ, КАКОЙ БЫЛА СДЕЛАНА', 'NOT AS IT WAS WRITTEN'],
  hash: ['Xesh', 'Хеш', 'Hash'],
  same: ['Shu soʻrovning boshqa yozuvlari', 'Другие записи того же запроса', 'Other records of the same request'],
  asFhir: ['FHIR AuditEvent koʻrinishida', 'В виде FHIR AuditEvent', 'As FHIR AuditEvent'],
  found: ['Topilganlarni yuklab olish', 'Выгрузить найденное', 'Export what is found'],
  searched: ['Qidiruv', 'Что искали', 'Searched for'],
  everything: ['hamma narsa', 'всё', 'everything'],
});

export const eventGroups = inLanguages({
  'sign-in': ['Kirish va chiqish', 'Вход и выход', 'Signing in and out'],
  token: ['Tokenlar', 'Токены', 'Tokens'],
  account: ['Odamlar', 'Люди', 'People'],
  client: ['Mijozlar', 'Клиенты', 'Clients'],
  consent: ['Ruxsatlar', 'Доступ приложений', 'Consent'],
  patient: ['Bemorlar', 'Пациенты', 'Patients'],
  administration: ['Boshqaruv', 'Управление', 'Administration'],
});
export type EventGroup = keyof (typeof eventGroups)['en'];

export const auditActTexts = actsInLanguages<'export'>({
  export: {
    label: ['Yuklab olish', 'Выгрузить', 'Export'],
    question: [
      'Topilgan yozuvlar yuklab olinsinmi?',
      'Выгрузить найденные записи?',
      'Export the records that are found?',
    ],
    follows: [
      [
        'Eng yangi 10 000 tagacha yozuv FHIR AuditEvent sifatida yuklanadi (NDJSON).',
        'До 10 000 самых новых записей будут выгружены как FHIR AuditEvent (NDJSON).',
        'Up to 10,000 records, the newest, are downloaded as FHIR AuditEvents (NDJSON).',
      ],
      [
        'Unda odamlar haqidagi maʼlumotlar bor: faylni jurnal singari himoya qiling.',
        'В файле есть сведения о людях: защищайте его так же, как журнал.',
        'The file tells of people: guard it as the trail itself.',
      ],
      [
        'Kim, nimani va nima uchun yuklagani jurnalga yoziladi.',
        'Кто, что и зачем выгрузил, останется в журнале.',
        'Who exported what and why is recorded.',
      ],
    ],
    done: ['Yuklab olindi.', 'Выгружено.', 'Exported.'],
  },
});
