/** Texts of the operators' pages of identity questions. */
import { actsInLanguages, inLanguages } from './words.ts';

export const identityTexts = inLanguages({
  lead: [
    'Tashqi tizim orqali kirgan odamning qaysi yozuvi oʻziniki ekanini platforma oʻzi aniqlay olmagan joylar. Qaror qilinmaguncha bunday yozuv va bogʻlanish hech narsa bermaydi.',
    'Здесь то, что платформа не смогла решить сама: какая запись принадлежит человеку, вошедшему через внешнюю систему. До решения такие записи и связи не дают ничего.',
    'What the platform could not decide itself: which record is the one of a person who signs in by an identity system. Until it is decided such records and links give nothing.',
  ],
  cases: ['Kimning yozuvi', 'Чья это запись', 'Whose record it is'],
  noCases: ['Qaror kutayotgan holat yoʻq.', 'Спорных случаев нет.', 'No case waits for a decision.'],
  unproven: [
    'Bu odamning JSHSHIRi yozuvda bor, lekin uni ishonchli manba yozmagan.',
    'В записи указан ПИНФЛ этого человека, но внёс его не доверенный источник.',
    'The record has the PINFL of this person, but no trusted source wrote it there.',
  ],
  several: [
    'Bu odamning JSHSHIRi bir nechta yozuvda bor, qaysi biri uniki ekani nomaʼlum.',
    'ПИНФЛ этого человека указан в нескольких записях, и неясно, какая из них его.',
    'Several records have the PINFL of this person, so it is not clear which one is theirs.',
  ],
  taken: [
    'Bu odamning JSHSHIRi bor yozuv boshqa hisobga bogʻlangan.',
    'Запись с ПИНФЛ этого человека уже привязана к другой учётной записи.',
    'The record with the PINFL of this person already belongs to another account.',
  ],
  lost: [
    'Bu odamga bogʻlangan yozuvda endi uning JSHSHIRi yoʻq.',
    'В записи, привязанной к этому человеку, больше нет его ПИНФЛ.',
    'The record that belonged to this person no longer has their PINFL.',
  ],
  record: ['Yozuv', 'Запись', 'Record'],
  records: ['Yozuvlar', 'Записи', 'Records'],
  holders: ['Hozir kimniki', 'Сейчас принадлежит', 'Belongs now to'],
  since: ['ochilgan', 'открыт', 'opened'],
  unconfirmed: ['Tasdiq kutmoqda', 'Ждут подтверждения', 'Waiting for confirmation'],
  unconfirmedLead: [
    'Eski versiya har kim yoza oladigan yozuvlar boʻyicha bogʻlagan. Qaror qilishdan oldin odamning oʻzidan soʻrang.',
    'Их связала старая версия по записям, которые мог внести кто угодно. Прежде чем решать, спросите самого человека.',
    'An old version linked these by way of records that anybody could write. Ask the person before you decide.',
  ],
  noUnconfirmed: ['Tasdiq kutayotgan narsa yoʻq.', 'Подтверждения ничего не ждёт.', 'Nothing waits for confirmation.'],
  link: ['Tashqi tizim', 'Внешняя система', 'Identity system'],
  linked: ['bogʻlangan', 'связана', 'linked'],
  next: ['Keyingilari', 'Следующие', 'Next'],
  first: ['Boshiga', 'К началу', 'To the beginning'],
  waits: ['Shaxsi aniqlanmaganlar', 'Удостоверение личности', 'Identity to be decided'],
  waitsNone: ['Hech kim kutmayapti.', 'Никто не ждёт.', 'Nobody waits.'],
});

export const identityActs = [
  'confirmLink',
  'rejectLink',
  'confirmRecord',
  'rejectRecord',
  'decideRecord',
  'decideNone',
] as const;
export type IdentityAct = (typeof identityActs)[number];

export const identityActTexts = actsInLanguages<IdentityAct>({
  confirmLink: {
    label: ['Tasdiqlash', 'Подтвердить', 'Confirm'],
    question: [
      '{name}: tashqi tizim tasdiqlansinmi?',
      'Подтвердить связь с внешней системой: {name}?',
      'Confirm the link of {name} to the identity system?',
    ],
    follows: [
      [
        'U tizimdagi odam shu hisobga kira boshlaydi.',
        'Человек из той системы сможет входить в эту учётную запись.',
        'The person of that system can sign in to this account.',
      ],
    ],
    done: ['Bogʻlanish tasdiqlandi.', 'Связь подтверждена.', 'The link is confirmed.'],
  },
  rejectLink: {
    label: ['Rad etish', 'Отклонить', 'Reject'],
    question: [
      '{name}: tashqi tizim rad etilsinmi?',
      'Отклонить связь с внешней системой: {name}?',
      'Reject the link of {name} to the identity system?',
    ],
    follows: [
      [
        'U tizim orqali bu hisobga kirib boʻlmaydi; u yerdagi odam oʻziga yangi hisob ochadi.',
        'Войти через неё в эту учётную запись нельзя; человек из той системы получит новую.',
        'Nobody signs in to this account by it; the person of that system gets a new account.',
      ],
      ['Barcha seanslar va tokenlar tugaydi.', 'Все сеансы и токены закончатся.', 'All sessions and tokens end.'],
    ],
    done: ['Bogʻlanish rad etildi.', 'Связь отклонена.', 'The link is rejected.'],
  },
  confirmRecord: {
    label: ['Tasdiqlash', 'Подтвердить', 'Confirm'],
    question: ['Bu yozuv {name} haqidami?', 'Эта запись о человеке {name}?', 'Is this the record of {name}?'],
    follows: [
      [
        'Yozuv keyingi tokendan boshlab shu odamniki boʻladi.',
        'Начиная со следующего токена запись принадлежит этому человеку.',
        'From the next token on the record belongs to this person.',
      ],
      [
        'Shu muhitda boshqa hech narsa kutmasa, odamning u yerdagi rollari ham amal qila boshlaydi.',
        'Если в этой среде больше ничего не ждёт, там снова действуют и его роли.',
        'Where nothing else waits in that environment, the roles of the person there count again.',
      ],
    ],
    done: ['Yozuv tasdiqlandi.', 'Запись подтверждена.', 'The record is confirmed.'],
  },
  rejectRecord: {
    label: ['Rad etish', 'Отклонить', 'Reject'],
    question: ['{name}: bu yozuv rad etilsinmi?', 'Отклонить эту запись: {name}?', 'Reject this record for {name}?'],
    follows: [
      [
        'Yozuv bu odamniki boʻlmaydi. Yozuvning oʻzi oʻzgarmaydi.',
        'Запись не будет принадлежать этому человеку. Сама запись не меняется.',
        'The record does not belong to this person. The record itself stays as it is.',
      ],
    ],
    done: ['Yozuv rad etildi.', 'Запись отклонена.', 'The record is rejected.'],
  },
  decideRecord: {
    label: ['Shu yozuv uniki', 'Это его запись', 'This one is theirs'],
    question: ['Bu yozuv {name} haqidami?', 'Эта запись о человеке {name}?', 'Is this the record of {name}?'],
    follows: [
      [
        'Yozuv shu turdagi boshqa yozuv oʻrniga odamniki boʻladi va undagi JSHSHIR tasdiqlangan hisoblanadi.',
        'Запись станет принадлежать человеку вместо другой такого же типа, а ПИНФЛ в ней будет подтверждённым.',
        'The record belongs to the person in the place of any other of its type, and its PINFL counts as confirmed.',
      ],
      [
        'Yozuv boshqa hisobga ham bogʻlangan boʻlsa, u yerda ham qoladi: oʻsha odamning sahifasida olib tashlang.',
        'Если запись привязана и к другой учётной записи, она останется и там: отвяжите её на странице того человека.',
        'Where it belongs to another account too it stays there: take it away at the page of that person.',
      ],
      [
        'Odamning avvalgi tokenlari bir necha soniyada rad etila boshlaydi.',
        'Прежние токены человека перестанут приниматься за несколько секунд.',
        'Tokens that the person has are refused within seconds.',
      ],
    ],
    done: ['Yozuv odamga bogʻlandi.', 'Запись привязана к человеку.', 'The record belongs to the person now.'],
  },
  decideNone: {
    label: ['Hech biri uniki emas', 'Ни одна не его', 'None is theirs'],
    question: [
      'Bu yozuvlarning hech biri {name} haqida emasmi?',
      'Ни одна из этих записей не о человеке {name}?',
      'Is none of these the record of {name}?',
    ],
    follows: [
      [
        'Odam bu yozuvlarsiz kiraveradi.',
        'Человек продолжит входить без этих записей.',
        'The person goes on without these records.',
      ],
      [
        'Yozuvlar oʻzgarmaguncha bu haqda qayta soʻralmaydi.',
        'Пока записи те же, вопрос больше не возникнет.',
        'As long as the records stay the same it is not asked again.',
      ],
    ],
    done: ['Qaror yozib qoʻyildi.', 'Решение записано.', 'The decision is recorded.'],
  },
});
