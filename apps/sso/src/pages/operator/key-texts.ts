/** Texts of the operators' pages of signing keys. */
import { actsInLanguages, inLanguages } from './words.ts';

export const keyTexts = inLanguages({
  lead: [
    'Tokenlar shu kalitlar bilan imzolanadi. Yangi kalit avval eʼlon qilinadi, keyin imzolaydi; eskisi imzolagan narsalar muddati tugaguncha turadi.',
    'Этими ключами подписываются токены. Новый ключ сначала публикуется, потом подписывает; прежний остаётся, пока действует подписанное им.',
    'Tokens are signed with these keys. A new one is published first and signs later; the one before stays as long as what it signed is good.',
  ],
  ES256: ['Kirish tokenlari (ES256)', 'Токены доступа (ES256)', 'Access tokens (ES256)'],
  RS256: ['id_token va xabarlar (RS256)', 'id_token и извещения (RS256)', 'id_tokens and notices (RS256)'],
  published: ['eʼlon qilingan', 'опубликован', 'published'],
  signing: ['imzolamoqda', 'подписывает', 'signs'],
  verifying: ['tekshirish uchun', 'только проверка', 'verifies only'],
  made: ['Yaratilgan', 'Создан', 'Made'],
  signsFrom: ['Imzolaydi', 'Подписывает с', 'Signs from'],
  leaves: ['Olib tashlanadi', 'Уйдёт', 'Leaves the key set'],
  stays: ['almashtirilguncha', 'до следующей смены', 'when another follows it'],
  next: ['Navbatdagi kalit', 'Следующий ключ', 'The next key'],
  byItself: ['oʻzi yaratiladi', 'будет создан сам', 'is made by itself'],
  neverByItself: [
    'oʻzi yaratilmaydi (DHP_KEY_ROTATION_DAYS oʻchirilgan)',
    'сам не создаётся (DHP_KEY_ROTATION_DAYS выключена)',
    'is not made by itself (DHP_KEY_ROTATION_DAYS is off)',
  ],
  chart: [
    'Har bir kalitga bitta chiziq: eʼlon, imzolash va tekshirish davri. Tik chiziq — hozir.',
    'По полосе на ключ: публикация, подпись, проверка. Вертикальная черта — сейчас.',
    'A bar for each key: published, signing, verifying. The upright line is now.',
  ],
  kept: ['eʼlon qilingan yoki tekshirish uchun', 'опубликован или для проверки', 'published, or kept to verify'],
  now: ['hozir', 'сейчас', 'now'],
  algorithm: ['Qaysi kalit', 'Какой ключ', 'Which key'],
  begin: ['Yangi kalit yaratish', 'Создать новый ключ', 'Make a new key'],
  emergency: ['Kalit boshqalarga maʼlum boʻlganda', 'Если ключ стал известен другим', 'When a key is known to others'],
  emergencyHint: [
    'Yangi kalit darhol imzolaydi, eskilari olib tashlanadi: ular imzolagan hamma narsa rad etiladi.',
    'Новый ключ подписывает сразу, прежние убираются: всё подписанное ими будет отклонено.',
    'A new key signs at once and those before are gone: all that they signed is refused.',
  ],
});

export const keyActs = ['rotate', 'replace', 'retire'] as const;
export type KeyAct = (typeof keyActs)[number];

export const keyActTexts = actsInLanguages<KeyAct>({
  rotate: {
    label: ['Yangi kalit yaratish', 'Создать новый ключ', 'Make a new key'],
    question: ['Yangi kalit yaratilsinmi?', 'Создать новый ключ?', 'Make a new key?'],
    follows: [
      [
        'Kalit hozir eʼlon qilinadi va chorak soatdan keyin imzolay boshlaydi.',
        'Ключ публикуется сейчас и начнёт подписывать через четверть часа.',
        'It is published now and signs in a quarter of an hour.',
      ],
      [
        'Eskisi imzolagan tokenlar amal qiladi: hech kim hech narsani sezmaydi.',
        'Токены, подписанные прежним, действуют: никто ничего не заметит.',
        'What the one before signed stays good: nobody notices.',
      ],
    ],
    done: ['Yangi kalit eʼlon qilindi.', 'Новый ключ опубликован.', 'The new key is published.'],
  },
  replace: {
    label: ['Darhol almashtirish', 'Заменить сразу', 'Replace at once'],
    question: ['Kalit darhol almashtirilsinmi?', 'Заменить ключ сразу?', 'Replace the key at once?'],
    follows: [
      [
        'Faqat kalit begonalar qoʻliga tushgan boʻlsa shunday qiling.',
        'Делайте это, только если ключ попал к посторонним.',
        'Do this only when others have got hold of the key.',
      ],
      [
        'Eski kalitlar imzolagan barcha tokenlar rad etiladi; mijozlar yangisini olishi kerak.',
        'Все токены, подписанные прежними ключами, будут отклонены; клиентам понадобятся новые.',
        'Every token that the keys before signed is refused; clients must get new ones.',
      ],
      [
        'Kalitlar toʻplamini saqlab turgan mijozlar bir necha daqiqa xato koʻrishi mumkin.',
        'Клиенты, которые хранят набор ключей, могут несколько минут видеть ошибки.',
        'Clients that keep the key set may see errors for some minutes.',
      ],
    ],
    done: ['Kalit almashtirildi.', 'Ключ заменён.', 'The key is replaced.'],
  },
  retire: {
    label: ['Olib tashlash', 'Убрать', 'Retire'],
    question: [
      '{name} kaliti muddatidan oldin olib tashlansinmi?',
      'Убрать ключ {name} раньше срока?',
      'Retire the key {name} before its time?',
    ],
    follows: [
      [
        'U kalitlar toʻplamidan chiqadi: u imzolagan tokenlar rad etila boshlaydi.',
        'Он уйдёт из набора ключей: подписанные им токены станут отклоняться.',
        'It leaves the key set: tokens that it signed begin to be refused.',
      ],
    ],
    done: ['Kalit olib tashlandi.', 'Ключ убран.', 'The key is retired.'],
  },
});
