/** Texts of the account's pages. */
import type { Language } from '@dhp/negotiation';

export interface AccountTexts {
  title: string;
  tabs: Record<'profile' | 'security' | 'sessions' | 'applications' | 'activity', string>;
  name: string;
  username: string;
  since: string;
  records: string;
  noRecords: string;
  types: Record<'Patient' | 'Practitioner' | 'RelatedPerson', string>;
  signOut: string;
  password: string;
  currentPassword: string;
  newPassword: string;
  passwordHint: string;
  changePassword: string;
  wrongPassword: string;
  flaws: Record<'too-short' | 'too-long' | 'common' | 'personal' | 'breached', string>;
  codes: string;
  codesOn: (left: number) => string;
  codesOff: string;
  setUp: string;
  turnOff: string;
  newRecovery: string;
  passkeys: string;
  passkeysNone: string;
  remove: string;
  used: string;
  never: string;
  thisDevice: string;
  began: string;
  endSession: string;
  everywhere: string;
  everywhereHint: string;
  applicationsNone: string;
  allowed: string;
  revoke: string;
  events: Record<string, string>;
  otherEvent: string;
  when: string;
  what: string;
  where: string;
  done: string;
}

export const accountTexts: Record<Language, AccountTexts> = {
  uz: {
    title: 'Hisobim',
    tabs: {
      profile: 'Maʼlumotlar',
      security: 'Xavfsizlik',
      sessions: 'Seanslar',
      applications: 'Dasturlar',
      activity: 'Tarix',
    },
    name: 'Ism',
    username: 'Foydalanuvchi nomi',
    since: 'Ochilgan',
    records: 'Platformadagi yozuvlaringiz',
    noRecords: 'Hisobingiz hali hech qaysi yozuvga bogʻlanmagan.',
    types: { Patient: 'Bemor', Practitioner: 'Tibbiyot xodimi', RelatedPerson: 'Bemorning yaqini' },
    signOut: 'Chiqish',
    password: 'Parol',
    currentPassword: 'Hozirgi parol',
    newPassword: 'Yangi parol',
    passwordHint:
      'Kamida 10 belgi. Oʻzaro bogʻliq boʻlmagan bir necha soʻz eng yaxshisi. Barcha qurilmalarda qaytadan kirasiz.',
    changePassword: 'Parolni almashtirish',
    wrongPassword: 'Hozirgi parol notoʻgʻri yoki urinishlar koʻpayib ketgan.',
    flaws: {
      'too-short': 'Parol juda qisqa: kamida 10 belgi kerak.',
      'too-long': 'Parol juda uzun: koʻpi bilan 256 belgi.',
      common: 'Bu parolni birinchi boʻlib sinab koʻrishadi. Oʻzaro bogʻliq boʻlmagan bir necha soʻzni oling.',
      breached: 'Bu parol boshqa joydan oʻgʻirlangan parollar roʻyxatida bor. Boshqa parol tanlang.',
      personal: 'Parol ismingiz yoki foydalanuvchi nomingizdan tuzilmasin.',
    },
    codes: 'Ilova kodlari',
    codesOn: (left) => `Yoqilgan. Qolgan tiklash kodlari: ${String(left)}.`,
    codesOff: 'Yoqilmagan. Kod paroldan keyin soʻraladi: parolni bilgan odam ham kira olmaydi.',
    setUp: 'Sozlash',
    turnOff: 'Oʻchirish',
    newRecovery: 'Yangi tiklash kodlari',
    passkeys: 'Kirish kalitlari',
    passkeysNone: 'Hali yoʻq.',
    remove: 'Oʻchirish',
    used: 'Oxirgi marta',
    never: 'ishlatilmagan',
    thisDevice: 'shu qurilma',
    began: 'Boshlangan',
    endSession: 'Tugatish',
    everywhere: 'Hamma joydan chiqish',
    everywhereHint: 'Barcha seanslar tugaydi va barcha dasturlar ruxsatini yoʻqotadi, shu jumladan shu yerda ham.',
    applicationsNone: 'Hech bir dasturga ruxsat bermagansiz.',
    allowed: 'Ruxsat berilgan',
    revoke: 'Qaytarib olish',
    events: {
      'sign-in.succeeded': 'Tizimga kirildi',
      'sign-in.refused': 'Kirishga urinish rad etildi',
      'consent.given': 'Dasturga ruxsat berildi',
      'consent.refused': 'Dasturga ruxsat berilmadi',
      'consent.revoked': 'Dasturdan ruxsat qaytarib olindi',
      'code.reused': 'Kod ikkinchi marta ishlatildi: dasturning kirishi tugatildi',
      'refresh.reused': 'Eski token qayta ishlatildi: dasturning kirishi tugatildi',
      'grant.ended': 'Ruxsat asosi (rol, yozuv yoki vakillik) tugadi: dasturning kirishi tugatildi',
      'session.ended': 'Seans tugatildi',
      'account.signed-out': 'Hamma joydan chiqildi',
      'account.created': 'Hisob ochildi',
      'account.password-set': 'Parol almashtirildi',
      'account.disabled': 'Hisob toʻxtatildi',
      'account.enabled': 'Hisob qayta ochildi',
      'factor.added': 'Kirish usuli qoʻshildi',
      'factor.removed': 'Kirish usuli olib tashlandi',
      'account.locked': 'Notoʻgʻri parollar sababli kirish toʻxtatib turildi',
      'password-link.asked': 'Parolni tiklash havolasi soʻraldi',
      'message.sent': 'Xabar yuborildi',
      'message.not-sent': 'Xabar hali yuborilmadi',
      'account.linked': 'Tashqi tizim hisobi bogʻlandi',
      'account.record-bound': 'Hisob yozuvga bogʻlandi',
      'account.relation-pinned': 'Vakil sifatida qaysi bemor nomidan kirishingiz saqlandi',
      'account.relation-changed': 'Vakillik yozuvida boshqa bemor koʻrsatilgan: kirish berilmadi',
      'account.unlinked': 'Tashqi tizim hisobi uzildi',
    },
    otherEvent: 'Boshqa amal',
    when: 'Qachon',
    what: 'Nima',
    where: 'Qayerdan',
    done: 'Bajarildi.',
  },
  ru: {
    title: 'Моя учётная запись',
    tabs: {
      profile: 'Данные',
      security: 'Безопасность',
      sessions: 'Сеансы',
      applications: 'Приложения',
      activity: 'История',
    },
    name: 'Имя',
    username: 'Имя пользователя',
    since: 'Создана',
    records: 'Ваши записи на платформе',
    noRecords: 'Учётная запись пока не связана ни с одной записью.',
    types: { Patient: 'Пациент', Practitioner: 'Медицинский работник', RelatedPerson: 'Близкий пациента' },
    signOut: 'Выйти',
    password: 'Пароль',
    currentPassword: 'Текущий пароль',
    newPassword: 'Новый пароль',
    passwordHint:
      'Не меньше 10 знаков. Лучше всего несколько не связанных между собой слов. На всех устройствах нужно будет войти заново.',
    changePassword: 'Сменить пароль',
    wrongPassword: 'Текущий пароль неверен, либо попыток было слишком много.',
    flaws: {
      'too-short': 'Пароль слишком короткий: нужно не меньше 10 знаков.',
      'too-long': 'Пароль слишком длинный: не больше 256 знаков.',
      common: 'Этот пароль пробуют первым. Возьмите несколько слов, не связанных между собой.',
      breached: 'Этот пароль есть в списке украденных в других местах. Выберите другой.',
      personal: 'Пароль не должен состоять из вашего имени или имени пользователя.',
    },
    codes: 'Коды из приложения',
    codesOn: (left) => `Включены. Осталось кодов восстановления: ${String(left)}.`,
    codesOff: 'Выключены. Код спрашивается после пароля: знающий пароль всё равно не войдёт.',
    setUp: 'Настроить',
    turnOff: 'Выключить',
    newRecovery: 'Новые коды восстановления',
    passkeys: 'Ключи доступа',
    passkeysNone: 'Пока нет.',
    remove: 'Удалить',
    used: 'Последний раз',
    never: 'не использован',
    thisDevice: 'это устройство',
    began: 'Начат',
    endSession: 'Завершить',
    everywhere: 'Выйти везде',
    everywhereHint: 'Закончатся все сеансы, и все приложения потеряют доступ, в том числе здесь.',
    applicationsNone: 'Вы не дали доступа ни одному приложению.',
    allowed: 'Разрешено',
    revoke: 'Отозвать',
    events: {
      'sign-in.succeeded': 'Вход',
      'sign-in.refused': 'Попытка входа отклонена',
      'consent.given': 'Приложению дан доступ',
      'consent.refused': 'Приложению отказано',
      'consent.revoked': 'Доступ приложения отозван',
      'code.reused': 'Код использован второй раз: доступ приложения прекращён',
      'refresh.reused': 'Старый токен использован повторно: доступ приложения прекращён',
      'grant.ended': 'Основание доступа (роль, запись или представительство) отпало: доступ приложения прекращён',
      'session.ended': 'Сеанс завершён',
      'account.signed-out': 'Выход везде',
      'account.created': 'Учётная запись создана',
      'account.password-set': 'Пароль сменён',
      'account.disabled': 'Учётная запись остановлена',
      'account.enabled': 'Учётная запись снова открыта',
      'factor.added': 'Добавлен способ входа',
      'factor.removed': 'Удалён способ входа',
      'account.locked': 'Вход приостановлен из-за неверных паролей',
      'password-link.asked': 'Запрошена ссылка для нового пароля',
      'message.sent': 'Отправлено сообщение',
      'message.not-sent': 'Сообщение пока не отправлено',
      'account.linked': 'Привязана учётная запись внешней системы',
      'account.record-bound': 'Привязана запись платформы',
      'account.relation-pinned': 'Сохранено, какого пациента вы представляете',
      'account.relation-changed': 'В записи о представительстве указан другой пациент: доступ не дан',
      'account.unlinked': 'Отвязана учётная запись внешней системы',
    },
    otherEvent: 'Другое действие',
    when: 'Когда',
    what: 'Что',
    where: 'Откуда',
    done: 'Готово.',
  },
  en: {
    title: 'My account',
    tabs: {
      profile: 'Profile',
      security: 'Security',
      sessions: 'Sessions',
      applications: 'Applications',
      activity: 'Activity',
    },
    name: 'Name',
    username: 'User name',
    since: 'Opened',
    records: 'Your records on the platform',
    noRecords: 'Your account is not linked to a record yet.',
    types: { Patient: 'Patient', Practitioner: 'Health worker', RelatedPerson: 'Relative of a patient' },
    signOut: 'Sign out',
    password: 'Password',
    currentPassword: 'Current password',
    newPassword: 'New password',
    passwordHint:
      'At least 10 characters. Several words that have nothing to do with each other are best. You sign in anew everywhere.',
    changePassword: 'Change the password',
    wrongPassword: 'The current password is wrong, or there were too many attempts.',
    flaws: {
      'too-short': 'The password is too short: it needs at least 10 characters.',
      'too-long': 'The password is too long: 256 characters at most.',
      common: 'This password is tried first. Take several words that have nothing to do with each other.',
      breached: 'This password is in a list of passwords that were stolen elsewhere. Choose another one.',
      personal: 'The password must not be made of your name or user name.',
    },
    codes: 'Codes of an application',
    codesOn: (left) => `On. Recovery codes left: ${String(left)}.`,
    codesOff: 'Off. A code is asked for after the password: knowing the password is then not enough.',
    setUp: 'Set up',
    turnOff: 'Turn off',
    newRecovery: 'New recovery codes',
    passkeys: 'Passkeys',
    passkeysNone: 'None yet.',
    remove: 'Remove',
    used: 'Last used',
    never: 'not used yet',
    thisDevice: 'this device',
    began: 'Began',
    endSession: 'End',
    everywhere: 'Sign out everywhere',
    everywhereHint: 'All sessions end and all applications lose their access, here too.',
    applicationsNone: 'You have given access to no application.',
    allowed: 'Allowed',
    revoke: 'Take back',
    events: {
      'sign-in.succeeded': 'Signed in',
      'sign-in.refused': 'An attempt to sign in was refused',
      'consent.given': 'Access given to an application',
      'consent.refused': 'Access refused to an application',
      'consent.revoked': 'Access taken back from an application',
      'code.reused': 'A code was used a second time: the application’s access was ended',
      'refresh.reused': 'An old token was used again: the application’s access was ended',
      'grant.ended':
        'A role, a record or a relation that access stood on has ended: the application’s access was ended',
      'session.ended': 'A session was ended',
      'account.signed-out': 'Signed out everywhere',
      'account.created': 'Account opened',
      'account.password-set': 'Password changed',
      'account.disabled': 'Account stopped',
      'account.enabled': 'Account opened again',
      'factor.added': 'A way to sign in was added',
      'factor.removed': 'A way to sign in was removed',
      'account.locked': 'Held up because of wrong passwords',
      'password-link.asked': 'A link for a new password was asked for',
      'message.sent': 'A message was sent',
      'message.not-sent': 'A message could not be sent yet',
      'account.linked': 'Linked to an identity system',
      'account.record-bound': 'A record was bound to the account',
      'account.relation-pinned': 'The patient whom you represent was stored',
      'account.relation-changed': 'The relation names another patient: no access was given',
      'account.unlinked': 'Unlinked from an identity system',
    },
    otherEvent: 'Something else',
    when: 'When',
    what: 'What',
    where: 'From',
    done: 'Done.',
  },
};
