/** Descriptions of every kind of audit event in every language. */
import type { Language } from '@dhp/negotiation';
import type { AuditEvent } from '@dhp/audit';

export type EventKind = AuditEvent['event'];

const words: Record<EventKind, readonly [uz: string, ru: string, en: string]> = {
  'token.issued': ['Token berildi', 'Токен выдан', 'Token issued'],
  'token.refused': ['Token berilmadi', 'Токен не выдан', 'Token refused'],
  'code.reused': ['Kod qayta ishlatildi', 'Код использован повторно', 'Code used again'],
  'refresh.reused': [
    'Yangilash tokeni qayta ishlatildi',
    'Токен обновления использован повторно',
    'Refresh token used again',
  ],
  'grant.ended': ['Ruxsat asosi tugadi', 'Основание доступа отпало', 'Access ended with what it stood on'],
  'request.limited': ['Soʻrovlar cheklandi', 'Запросы ограничены', 'Requests limited'],
  'token.revoked': ['Token bekor qilindi', 'Токен отозван', 'Token revoked'],
  'client.created': ['Mijoz dastur roʻyxatga olindi', 'Клиент зарегистрирован', 'Client registered'],
  'client.approved': ['Mijoz dastur tasdiqlandi', 'Клиент одобрен', 'Client approved'],
  'client.changed': ['Mijoz dastur oʻzgartirildi', 'Клиент изменён', 'Client changed'],
  'client.deregistered': [
    'Mijoz dastur roʻyxatdan chiqdi',
    'Клиент снялся с регистрации',
    'Client deregistered itself',
  ],
  'registration.refused': ['Roʻyxatga olish rad etildi', 'В регистрации отказано', 'Registration refused'],
  'registration-token.created': ['Roʻyxat tokeni berildi', 'Создан токен регистрации', 'Registration token made'],
  'registration-token.ended': ['Roʻyxat tokeni bekor qilindi', 'Токен регистрации отменён', 'Registration token ended'],
  'client.refused': ['Mijoz dastur rad etildi', 'Клиенту отказано', 'Client refused'],
  'client.disabled': ['Mijoz dastur toʻxtatildi', 'Клиент остановлен', 'Client disabled'],
  'client.enabled': ['Mijoz dastur qayta yoqildi', 'Клиент снова включён', 'Client enabled'],
  'client.secret-rotated': ['Mijoz siri almashtirildi', 'Секрет клиента сменён', 'Client secret rotated'],
  'client.old-secret-dropped': ['Eski sir bekor qilindi', 'Прежний секрет отменён', 'Old secret ended'],
  'client.signed-out': ['Mijoz seanslari tugatildi', 'Сеансы клиента завершены', 'Client’s sessions ended'],
  'audit.exported': ['Jurnal yuklab olindi', 'Журнал выгружен', 'Audit trail exported'],
  'audit.restored': ['Jurnal zaxiradan tiklandi', 'Журнал восстановлен из копии', 'Audit trail restored from a backup'],
  'key.added': ['Imzo kaliti qoʻshildi', 'Добавлен ключ подписи', 'Signing key added'],
  'account.created': ['Hisob ochildi', 'Учётная запись создана', 'Account opened'],
  'key.retired': ['Imzo kaliti olib tashlandi', 'Ключ подписи убран', 'Signing key retired'],
  'account.changed': ['Hisob oʻzgartirildi', 'Учётная запись изменена', 'Account changed'],
  'account.reset-link-made': ['Parol havolasi yaratildi', 'Создана ссылка для пароля', 'Password link made'],
  'account.unlinked': ['Tashqi tizim uzildi', 'Внешняя система отвязана', 'Identity system unlinked'],
  'patients.searched': ['Bemor qidirildi', 'Поиск пациента', 'Patients searched'],
  'patient.chosen': ['Bemor tanlandi', 'Пациент выбран', 'Patient chosen'],
  'patient.refused': ['Bemor rad etildi', 'Выбор пациента отклонён', 'Patient refused'],
  'account.disabled': ['Hisob toʻxtatildi', 'Учётная запись остановлена', 'Account disabled'],
  'account.enabled': ['Hisob qayta ochildi', 'Учётная запись снова открыта', 'Account enabled'],
  'account.password-set': ['Parol almashtirildi', 'Пароль сменён', 'Password set'],
  'account.invited': ['Taklif yuborildi', 'Отправлено приглашение', 'Person invited'],
  'account.locked': ['Kirish vaqtincha toʻxtatildi', 'Вход временно приостановлен', 'Held up for wrong passwords'],
  'message.sent': ['Xabar yuborildi', 'Сообщение отправлено', 'Message sent'],
  'message.not-sent': ['Xabar hali yuborilmadi', 'Сообщение пока не отправлено', 'Message not sent yet'],
  'message.given-up': ['Xabar yuborilmadi', 'Сообщение не отправлено', 'Message given up'],
  'account.unlocked': ['Kutish bekor qilindi', 'Ожидание снято', 'Wait ended'],
  'account.factors-reset': ['Kirish usullari olib tashlandi', 'Способы входа сброшены', 'Ways to sign in reset'],
  'account.administrator-made': ['Administrator tayinlandi', 'Назначен администратором', 'Made an administrator'],
  'account.administrator-unmade': ['Administratorlik olindi', 'Снят с администраторов', 'No longer an administrator'],
  'account.linked': ['Tashqi tizim bogʻlandi', 'Связана внешняя система', 'Identity system linked'],
  'account.link-unconfirmed': [
    'Bogʻlanish tasdiqlanishi kerak',
    'Связь ждёт подтверждения',
    'Link waits to be confirmed',
  ],
  'account.link-confirmed': ['Bogʻlanish tasdiqlandi', 'Связь подтверждена', 'Link confirmed'],
  'account.link-rejected': ['Bogʻlanish rad etildi', 'Связь отклонена', 'Link rejected'],
  'account.record-unconfirmed': [
    'Yozuv tasdiqlanishi kerak',
    'Запись ждёт подтверждения',
    'Record waits to be confirmed',
  ],
  'account.record-confirmed': ['Yozuv tasdiqlandi', 'Запись подтверждена', 'Record confirmed'],
  'account.record-rejected': ['Yozuv rad etildi', 'Запись отклонена', 'Record rejected'],
  'account.record-lost': ['Yozuv uzildi', 'Запись отвязана', 'Record no longer bound'],
  'account.relation-pinned': [
    'Vakillik bemori saqlandi',
    'Закреплён представляемый пациент',
    'Represented patient pinned',
  ],
  'account.relation-changed': [
    'Vakillik boshqa bemorni koʻrsatadi',
    'Представительство указывает другого пациента',
    'Relation names another patient',
  ],
  'identity-source.named': ['Shaxs manbai belgilandi', 'Назначен источник личности', 'Identity source named'],
  'identity-source.removed': ['Shaxs manbai olib tashlandi', 'Источник личности снят', 'Identity source removed'],
  'identity-case.opened': ['Shaxsni aniqlash kerak', 'Нужно решить, чья запись', 'Identity case opened'],
  'identity-case.decided': ['Shaxs aniqlandi', 'Решено, чья запись', 'Identity case decided'],
  'account.record-bound': ['Yozuv bogʻlandi', 'Запись привязана', 'Record bound'],
  'account.role-given': ['Rol berildi', 'Роль выдана', 'Role given'],
  'account.role-taken': ['Rol olindi', 'Роль снята', 'Role taken'],
  'account.signed-out': ['Hamma joydan chiqildi', 'Выход везде', 'Signed out everywhere'],
  'operator.refused': ['Boshqaruv sahifasi rad etildi', 'Отказ в страницах управления', 'Operators’ page refused'],
  'administration.refused': [
    'Boshqaruv amali rad etildi',
    'Отказ в действии управления',
    'Act of administration refused',
  ],
  'password-link.asked': ['Parol havolasi soʻraldi', 'Запрошена ссылка для пароля', 'Password link asked for'],
  'sign-in.succeeded': ['Tizimga kirildi', 'Вход', 'Signed in'],
  'sign-in.refused': ['Kirish rad etildi', 'Вход отклонён', 'Sign-in refused'],
  'sign-out': ['Tizimdan chiqildi', 'Выход', 'Signed out'],
  'session.ended': ['Seans tugatildi', 'Сеанс завершён', 'Session ended'],
  'consent.given': ['Ruxsat berildi', 'Доступ дан', 'Access given'],
  'consent.refused': ['Ruxsat berilmadi', 'В доступе отказано', 'Access refused'],
  'consent.revoked': ['Ruxsat qaytarib olindi', 'Доступ отозван', 'Access taken back'],
  'factor.added': ['Kirish usuli qoʻshildi', 'Добавлен способ входа', 'Way to sign in added'],
  'factor.removed': ['Kirish usuli olib tashlandi', 'Удалён способ входа', 'Way to sign in removed'],
  'launch.registered': ['Dastur ishga tushirildi', 'Запуск приложения', 'Launch registered'],
  'launch.refused': ['Ishga tushirish rad etildi', 'В запуске отказано', 'Launch refused'],
  'policy.set': ['Rol qoidasi oʻrnatildi', 'Установлена политика роли', 'Policy set'],
  'policy.removed': ['Rol qoidasi olib tashlandi', 'Политика роли удалена', 'Policy removed'],
  'logout.told': ['Mijozga chiqish maʼlum qilindi', 'Клиент извещён о выходе', 'Client told of a sign-out'],
  'logout.not-told': ['Mijozga maʼlum qilib boʻlmadi', 'Клиента не удалось известить', 'Client not told of a sign-out'],
  'logout.given-up': [
    'Mijozni xabardor qilish toʻxtatildi',
    'Попытки известить прекращены',
    'Telling a client given up',
  ],
};

const column: Record<Language, 0 | 1 | 2> = { uz: 0, ru: 1, en: 2 };

export const eventKinds = Object.keys(words) as EventKind[];

/** A kind that an older or newer server wrote is shown by its name. */
export function eventWords(event: string, language: Language): string {
  return Object.hasOwn(words, event) ? words[event as EventKind][column[language]] : event;
}

/** Whether it says that something was not done. */
export function isRefusal(event: string): boolean {
  return /\.(refused|reused|not-told|given-up|limited)$/.test(event);
}
