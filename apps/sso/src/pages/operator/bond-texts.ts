/** Texts of the operators' pages about the ties of a person: roles, records, identity systems. */
import { actsInLanguages, inLanguages } from './words.ts';

export const bondTexts = inLanguages({
  links: ['Tashqi tizimlar', 'Внешние системы', 'Identity systems'],
  noLinks: ['Bogʻlanmagan.', 'Не связаны.', 'None is linked.'],
  linked: ['bogʻlangan', 'связана', 'linked'],
  email: ['E-pochta', 'Эл. почта', 'E-mail'],
  noEmail: ['yoʻq', 'нет', 'none'],
  name: ['Ism', 'Имя', 'Name'],
  role: ['Rol', 'Роль', 'Role'],
  roleHint: [
    'Masalan, family-doctor; organization-administrator tashkilotida rollarni beradi va olib qoʻyadi',
    'Например, family-doctor; organization-administrator выдаёт и снимает роли в своей организации',
    'Such as family-doctor; an organization-administrator gives and takes roles in that organisation.',
  ],
  organization: ['Tashkilot (Organization id)', 'Организация (id ресурса Organization)', 'Organization (its id)'],
  records: ['Yozuvlari', 'Записи', 'Records'],
  recordsHint: [
    'Har biri alohida qatorda: playground Patient/1',
    'Каждая с новой строки: playground Patient/1',
    'One a line, such as playground Patient/1.',
  ],
  tieAgain: [
    'Vakillik tekshirildi: qaytadan bogʻlansin',
    'Представительство проверено: привязать заново',
    'The relation was checked: tie the account to it again',
  ],
  tieAgainHint: [
    'Shundan keyin RelatedPerson yozuvi keyingi kirishda koʻrsatgan bemor saqlanadi; odam hamma joydan chiqariladi.',
    'После этого закрепляется пациент, которого запись RelatedPerson назовёт при следующем входе; все сеансы закончатся.',
    'The patient whom the RelatedPerson names at the next sign-in is then stored, and the person is signed out everywhere.',
  ],
  represents: ['bemor', 'пациент', 'for'],
  way: ['Qanday kiradi', 'Как войдёт', 'How the person begins'],
  invitation: [
    'taklif bilan: parolni oʻzi oʻrnatadi',
    'по приглашению, пароль задаст сам',
    'by an invitation, with a password of one’s own',
  ],
  madePassword: ['shu yerda yaratilgan parol bilan', 'с паролем, созданным здесь', 'with a password that is made here'],
  mailLanguage: ['Xat tili', 'Язык письма', 'Language of the message'],
  emailHint: [
    'Boʻlsa, taklif shu manzilga yuboriladi; boʻlmasa, havolani oʻzingiz berasiz.',
    'Если он есть, приглашение уйдёт туда; если нет, ссылку передадите вы.',
    'Where there is one the invitation is sent there; otherwise you hand the link over.',
  ],
  newInvitation: ['Taklif havolasi', 'Ссылка-приглашение', 'The invitation'],
  invited: ['Taklif yuborildi.', 'Приглашение отправлено.', 'The invitation is on its way.'],
  wrongRecord: [
    'Bunday yozib boʻlmaydi: {line}',
    'Так записать нельзя: {line}',
    'This is no record: {line}. Write it as playground Patient/1.',
  ],
});

export const bondActs = ['change', 'give-role', 'take-role', 'unlink'] as const;
export type BondAct = (typeof bondActs)[number];

export const bondActTexts = actsInLanguages<BondAct>({
  change: {
    label: ['Maʼlumotlarni oʻzgartirish', 'Изменить данные', 'Change'],
    question: ['{name}: nima oʻzgaradi?', 'Что изменить: {name}?', 'Change {name}?'],
    follows: [
      [
        'Ism va manzil keyingi sahifa va tokenlarda koʻrinadi.',
        'Имя и адрес появятся на следующих страницах и в токенах.',
        'Name and address show on the next page and in the next token.',
      ],
      [
        'Yozuvlar oʻzgarsa, odam hamma joydan chiqariladi: tokenlar avvalgisini koʻrsatadi.',
        'Если меняются записи, все сеансы закончатся: токены называют прежнюю.',
        'Where the records change the person is signed out everywhere: tokens name the one of before.',
      ],
    ],
    done: ['Oʻzgartirildi.', 'Изменено.', 'It is changed.'],
  },
  'give-role': {
    label: ['Rol berish', 'Выдать роль', 'Give a role'],
    question: ['{name} qaysi rolni oladi?', 'Какую роль выдать: {name}?', 'Which role does {name} get?'],
    follows: [
      [
        'Rol qoidasi nimaga ruxsat bersa, shu tashkilotda shunga ruxsat beradi.',
        'Роль разрешит в этой организации то, что сказано в её политике.',
        'It permits in that organisation what its policy says.',
      ],
      ['Keyingi tokendan boshlab amal qiladi.', 'Действует со следующего токена.', 'It counts from the next token on.'],
    ],
    done: ['Rol berildi.', 'Роль выдана.', 'The role is given.'],
  },
  'take-role': {
    label: ['Olib qoʻyish', 'Снять', 'Take away'],
    question: ['{name}: bu rol olib qoʻyilsinmi?', 'Снять эту роль: {name}?', 'Take this role from {name}?'],
    follows: [
      [
        'Odamning barcha tokenlari bir necha soniyada rad etila boshlaydi; seanslar qoladi.',
        'Все токены человека перестанут приниматься за несколько секунд; сеансы останутся.',
        'All tokens of the person are refused within seconds; the sessions stay.',
      ],
    ],
    done: ['Rol olib qoʻyildi.', 'Роль снята.', 'The role is taken away.'],
  },
  unlink: {
    label: ['Uzish', 'Отвязать', 'Unlink'],
    question: [
      '{name}: tashqi tizim uzilsinmi?',
      'Отвязать внешнюю систему: {name}?',
      'Unlink the identity system from {name}?',
    ],
    follows: [
      [
        'Odam u orqali bu hisobga kira olmaydi; PINFL izi ham oʻchiriladi.',
        'Человек не войдёт через неё в эту учётную запись; след ПИНФЛ тоже удаляется.',
        'The person no longer comes to this account by it, and the trace of the PINFL goes too.',
      ],
      ['Barcha seanslar va tokenlar tugaydi.', 'Все сеансы и токены закончатся.', 'All sessions and tokens end.'],
    ],
    done: ['Uzildi.', 'Отвязана.', 'It is unlinked.'],
  },
});

export const newPersonTexts = actsInLanguages<'add'>({
  add: {
    label: ['Roʻyxatga olish', 'Зарегистрировать', 'Register'],
    question: ['Kim roʻyxatga olinadi?', 'Кого зарегистрировать?', 'Who is registered?'],
    follows: [
      [
        'Taklif havolasi bir marta, yetti kun davomida ishlaydi.',
        'Приглашение действует один раз, в течение семи дней.',
        'An invitation works once, within seven days.',
      ],
      [
        'Yozuvlari odamning kimligini koʻrsatadi: ularni tekshirib yozing.',
        'Записи говорят, кто этот человек: проверьте их.',
        'The records say who the person is: make sure of them.',
      ],
    ],
    done: ['Odam roʻyxatga olindi.', 'Человек зарегистрирован.', 'The person is registered.'],
  },
});
