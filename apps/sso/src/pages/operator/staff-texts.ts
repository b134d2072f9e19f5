/** Texts of the page of an organisation for its administrators. */
import { actsInLanguages, inLanguages } from './words.ts';

export const staffTexts = inLanguages({
  choose: ['Qaysi tashkilot?', 'Какая организация?', 'Which organisation?'],
  lead: [
    'Tashkilotingizda kim qanday rolga ega. Boshqa tashkilotlardagi rollar bu yerda koʻrinmaydi.',
    'Кто какую роль имеет в вашей организации. Роли в других организациях здесь не видны.',
    'Who has which role in your organisation. Roles in others are not shown here.',
  ],
  none: [
    'Siz bera oladigan rol yoʻq: ularni platforma administratori belgilaydi.',
    'Нет ролей, которые вы могли бы выдать: их отмечает администратор платформы.',
    'There is no role that you may give: platform administrators mark them.',
  ],
  search: ['Ism yoki foydalanuvchi nomi', 'Имя или имя пользователя', 'Name or user name'],
  username: ['Foydalanuvchi nomi', 'Имя пользователя', 'User name'],
  usernameHint: [
    'Tibbiyot xodimining foydalanuvchi nomi. Hisobi yoʻq boʻlsa, uni platforma administratori ochadi.',
    'Имя пользователя медицинского работника. Если учётной записи нет, её открывает администратор платформы.',
    'Of a health worker. Somebody without an account is registered by a platform administrator.',
  ],
  role: ['Rol', 'Роль', 'Role'],
  own: ['tashkilot administratori', 'администратор организации', 'organisation administrator'],
  disabled: ['hisob toʻxtatilgan', 'учётная запись остановлена', 'account disabled'],
  people: ['Xodimlar', 'Сотрудники', 'Staff'],
  take: ['{role} rolini olib qoʻyish', 'Снять роль {role}', 'Take {role} away'],
});

export const staffActs = ['give', 'take'] as const;
export type StaffAct = (typeof staffActs)[number];

export const staffActTexts = actsInLanguages<StaffAct>({
  give: {
    label: ['Rol berish', 'Выдать роль', 'Give a role'],
    question: ['Kim qanday rolni oladi?', 'Кому и какую роль выдать?', 'Who gets which role?'],
    follows: [
      [
        'Rol qoidasi nimaga ruxsat bersa, tashkilotingizda shunga ruxsat beradi.',
        'Роль разрешит в вашей организации то, что сказано в её политике.',
        'It permits in your organisation what its policy says.',
      ],
      ['Keyingi tokendan boshlab amal qiladi.', 'Действует со следующего токена.', 'It counts from the next token on.'],
    ],
    done: ['Rol berildi.', 'Роль выдана.', 'The role is given.'],
  },
  take: {
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
});
