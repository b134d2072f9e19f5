import type { Language } from '../http/language.ts';

export type NoticeKind =
  'locked' | 'new-device' | 'password-changed' | 'codes-added' | 'codes-removed' | 'passkey-added' | 'passkey-removed';

interface NoticeTexts {
  account: string;
  when: string;
  from: string;
  cure: (address: string) => string;
  kinds: Record<NoticeKind, { subject: string; said: string }>;
}

export const noticeTexts: Record<Language, NoticeTexts> = {
  uz: {
    account: 'Hisob',
    when: 'Vaqti',
    from: 'Qayerdan',
    cure: (address) =>
      `Buni siz qilgan boʻlsangiz, hech narsa qilish shart emas. Aks holda parolingizni oʻzgartiring va seanslaringizni tekshiring:\n\n${address}`,
    kinds: {
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
    cure: (address) =>
      `Если это были вы, ничего делать не нужно. Если нет, смените пароль и проверьте свои сеансы:\n\n${address}`,
    kinds: {
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
    cure: (address) =>
      `If this was you, there is nothing to do. If it was not, change your password and look at your sessions:\n\n${address}`,
    kinds: {
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
