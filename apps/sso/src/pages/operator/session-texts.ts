/** Texts of the operators' pages of sessions. */
import { actsInLanguages, inLanguages } from './words.ts';

export const sessionTexts = inLanguages({
  person: ['Foydalanuvchi nomi', 'Имя пользователя', 'User name'],
  address: ['Manzil yoki tarmoq', 'Адрес или сеть', 'Address or network'],
  addressHint: [
    'Manzil yoki tarmoq, masalan 10.1.0.0/16.',
    'Адрес или сеть, например 10.1.0.0/16.',
    'An address or a network, such as 10.1.0.0/16.',
  ],
  client: ['Mijoz (client_id)', 'Клиент (client_id)', 'Client (client_id)'],
  wrongAddress: [
    'Bu manzil ham, tarmoq ham emas. Masalan: 10.1.0.0/16',
    'Это не адрес и не сеть. Например: 10.1.0.0/16',
    'This is neither an address nor a network, such as 10.1.0.0/16.',
  ],
  nobody: ['Bunday foydalanuvchi nomi yoʻq.', 'Такого имени пользователя нет.', 'There is nobody of that user name.'],
  session: ['Seans', 'Сеанс', 'Session'],
  who: ['Kim', 'Кто', 'Who'],
  device: ['Qurilma', 'Устройство', 'Device'],
  from: ['Manzil', 'Адрес', 'Address'],
  began: ['Boshlangan', 'Начат', 'Began'],
  used: ['Oxirgi marta', 'Последний раз', 'Last used'],
  clients: ['Qaysi dasturlar uchun', 'Для каких приложений', 'Used for'],
  noClients: ['faqat oʻz hisobi', 'только своя учётная запись', 'the own account alone'],
  allOf: ['Hammasini tugatish', 'Завершить все', 'End all of them'],
  agent: ['Brauzer oʻzi haqida aytgani', 'Что браузер говорит о себе', 'What the browser says of itself'],
});

export const sessionActTexts = actsInLanguages<'end'>({
  end: {
    label: ['Seansni tugatish', 'Завершить сеанс', 'End the session'],
    question: ['{name}: bu seans tugatilsinmi?', 'Завершить этот сеанс: {name}?', 'End this session of {name}?'],
    follows: [
      [
        'Bu qurilmada odam darhol tizimdan chiqadi.',
        'На этом устройстве человек сразу выйдет из системы.',
        'The person is signed out on this device now.',
      ],
      [
        'Shu seansdan kelib chiqqan tokenlar tugaydi; dasturlarga xabar beriladi.',
        'Токены этого сеанса закончатся; приложения будут извещены.',
        'Tokens that came of it end, and its applications are told.',
      ],
      [
        'Boshqa qurilmalardagi seanslar qoladi.',
        'Сеансы на других устройствах останутся.',
        'Sessions on other devices stay.',
      ],
    ],
    done: ['Seans tugatildi.', 'Сеанс завершён.', 'The session has ended.'],
  },
});
