import type { Language } from '@dhp/negotiation';

/** Acts of an administrator that the person is told of: not from which address, and not by whom, which is in the audit trail. */
type AdministratorsNotice = 'password-reset' | 'password-link-made' | 'factors-reset';

export const administratorsNotices: ReadonlySet<string> = new Set<AdministratorsNotice>([
  'password-reset',
  'password-link-made',
  'factors-reset',
]);

export type NoticeKind =
  | AdministratorsNotice
  | 'locked'
  | 'new-device'
  | 'password-changed'
  | 'codes-added'
  | 'codes-removed'
  | 'passkey-added'
  | 'passkey-removed'
  | 'identity-system-connected';

interface NoticeTexts {
  account: string;
  when: string;
  from: string;
  by: string;
  administrator: string;
  cure: (address: string) => string;
  /** For what the person did not do, but may have asked for. */
  cureOfOthers: (address: string) => string;
  kinds: Record<NoticeKind, { subject: string; said: string }>;
}

export const noticeTexts: Record<Language, NoticeTexts> = {
  uz: {
    account: 'Hisob',
    when: 'Vaqti',
    from: 'Qayerdan',
    by: 'Kim tomonidan',
    administrator: 'platforma administratori',
    cureOfOthers: (address) =>
      `Buni siz soʻragan boʻlsangiz, hech narsa qilish shart emas. Aks holda muassasangiz administratoriga darhol ayting va seanslaringizni tekshiring:\n\n${address}`,
    cure: (address) =>
      `Buni siz qilgan boʻlsangiz, hech narsa qilish shart emas. Aks holda parolingizni oʻzgartiring va seanslaringizni tekshiring:\n\n${address}`,
    kinds: {
      'identity-system-connected': {
        subject: 'Hisobingizga tashqi tizim bogʻlandi',
        said: 'Hisobingizga tashqi identifikatsiya tizimi bogʻlandi: endi u orqali hisobingizga kirish mumkin.',
      },
      'password-reset': {
        subject: 'Hisobingizga yangi parol berildi',
        said: 'Administrator hisobingizga yangi parol oʻrnatdi. Barcha seanslar tugatildi.',
      },
      'password-link-made': {
        subject: 'Parolingizni tiklash havolasi yaratildi',
        said: 'Administrator hisobingiz uchun yangi parol oʻrnatish havolasini yaratdi. U bir marta, 15 daqiqa davomida ishlaydi.',
      },
      'factors-reset': {
        subject: 'Ikkinchi tasdiqlash usullaringiz olib tashlandi',
        said: 'Administrator hisobingizdagi tasdiqlash kodlari va kirish kalitlarini (passkey) olib tashladi. Barcha seanslar tugatildi.',
      },
      locked: {
        subject: 'Hisobingizga kirishga koʻp urinildi',
        said: 'Hisobingizga ketma-ket bir necha marta notoʻgʻri parol bilan kirishga urinildi. Kirish biroz vaqt toʻxtatib turildi, soʻng oʻzi ochiladi.',
      },
      'new-device': {
        subject: 'Yangi qurilmadan kirildi',
        said: 'Hisobingizga shu paytgacha ishlatilmagan brauzer yoki qurilmadan kirildi.',
      },
      'password-changed': {
        subject: 'Parolingiz oʻzgartirildi',
        said: 'Hisobingizning paroli oʻzgartirildi. Barcha eski seanslar tugatildi.',
      },
      'codes-added': {
        subject: 'Tasdiqlash kodlari yoqildi',
        said: 'Hisobingizga kirish uchun endi ilovadagi tasdiqlash kodi ham soʻraladi.',
      },
      'codes-removed': {
        subject: 'Tasdiqlash kodlari oʻchirildi',
        said: 'Hisobingizga kirishda endi ilovadagi tasdiqlash kodi soʻralmaydi.',
      },
      'passkey-added': {
        subject: 'Kirish kaliti qoʻshildi',
        said: 'Hisobingizga endi yangi kirish kaliti (passkey) bilan kirish mumkin.',
      },
      'passkey-removed': {
        subject: 'Kirish kaliti olib tashlandi',
        said: 'Hisobingizning kirish kalitlaridan (passkey) biri olib tashlandi.',
      },
    },
  },
  ru: {
    account: 'Учётная запись',
    when: 'Когда',
    from: 'Откуда',
    by: 'Кем',
    administrator: 'администратор платформы',
    cureOfOthers: (address) =>
      `Если вы об этом просили, ничего делать не нужно. Если нет, сразу сообщите администратору вашего учреждения и проверьте свои сеансы:\n\n${address}`,
    cure: (address) =>
      `Если это были вы, ничего делать не нужно. Если нет, смените пароль и проверьте свои сеансы:\n\n${address}`,
    kinds: {
      'identity-system-connected': {
        subject: 'К вашей учётной записи подключена внешняя система',
        said: 'К вашей учётной записи подключена внешняя система идентификации: через неё теперь можно войти в учётную запись.',
      },
      'password-reset': {
        subject: 'Вашей учётной записи задан новый пароль',
        said: 'Администратор задал новый пароль вашей учётной записи. Все сеансы завершены.',
      },
      'password-link-made': {
        subject: 'Создана ссылка для нового пароля',
        said: 'Администратор создал ссылку, по которой можно задать новый пароль вашей учётной записи. Она действует один раз, в течение 15 минут.',
      },
      'factors-reset': {
        subject: 'Ваши способы подтверждения удалены',
        said: 'Администратор удалил коды подтверждения и ключи входа (passkey) вашей учётной записи. Все сеансы завершены.',
      },
      locked: {
        subject: 'Много попыток войти в вашу учётную запись',
        said: 'В вашу учётную запись несколько раз подряд пытались войти с неверным паролем. Вход ненадолго приостановлен и откроется сам.',
      },
      'new-device': {
        subject: 'Вход с нового устройства',
        said: 'В вашу учётную запись вошли из браузера или с устройства, которые раньше не использовались.',
      },
      'password-changed': {
        subject: 'Ваш пароль изменён',
        said: 'Пароль вашей учётной записи изменён. Все прежние сеансы завершены.',
      },
      'codes-added': {
        subject: 'Коды подтверждения включены',
        said: 'Для входа в вашу учётную запись теперь нужен и код из приложения.',
      },
      'codes-removed': {
        subject: 'Коды подтверждения выключены',
        said: 'Для входа в вашу учётную запись код из приложения больше не нужен.',
      },
      'passkey-added': {
        subject: 'Добавлен ключ входа',
        said: 'В вашу учётную запись теперь можно войти новым ключом входа (passkey).',
      },
      'passkey-removed': {
        subject: 'Ключ входа удалён',
        said: 'Один из ключей входа (passkey) вашей учётной записи удалён.',
      },
    },
  },
  en: {
    account: 'Account',
    when: 'When',
    from: 'From where',
    by: 'By',
    administrator: 'an administrator of the platform',
    cureOfOthers: (address) =>
      `If you asked for it, there is nothing to do. If you did not, tell the administrator of your institution at once, and look at your sessions:\n\n${address}`,
    cure: (address) =>
      `If this was you, there is nothing to do. If it was not, change your password and look at your sessions:\n\n${address}`,
    kinds: {
      'identity-system-connected': {
        subject: 'An identity system was connected to your account',
        said: 'An identity system was connected to your account: it can be used to sign in to the account from now on.',
      },
      'password-reset': {
        subject: 'Your account was given a new password',
        said: 'An administrator gave your account a new password. All sessions were ended.',
      },
      'password-link-made': {
        subject: 'A link for a new password was made',
        said: 'An administrator made a link by which a new password can be set for your account. It works once, within 15 minutes.',
      },
      'factors-reset': {
        subject: 'Your second factors were taken away',
        said: 'An administrator took the codes and passkeys of your account away. All sessions were ended.',
      },
      locked: {
        subject: 'Many attempts to sign in to your account',
        said: 'Somebody tried several times in a row to sign in to your account with a wrong password. Signing in is held up for a while; it opens again by itself.',
      },
      'new-device': {
        subject: 'Sign-in from a new device',
        said: 'Somebody signed in to your account with a browser or a device that was not used before.',
      },
      'password-changed': {
        subject: 'Your password was changed',
        said: 'The password of your account was changed. All earlier sessions were ended.',
      },
      'codes-added': {
        subject: 'Codes were turned on',
        said: 'To sign in to your account a code of the application is needed from now on.',
      },
      'codes-removed': {
        subject: 'Codes were turned off',
        said: 'To sign in to your account a code of the application is no longer needed.',
      },
      'passkey-added': {
        subject: 'A passkey was added',
        said: 'A new passkey can be used to sign in to your account from now on.',
      },
      'passkey-removed': {
        subject: 'A passkey was removed',
        said: 'One of the passkeys of your account was removed.',
      },
    },
  },
};
