/** Texts of the pages of the second factor. */
import type { Language } from '@dhp/negotiation';

export interface FactorTexts {
  code: string;
  codeHint: string;
  codeField: string;
  wrongCode: string;
  lockedCode: string;
  confirm: string;
  withPasskey: string;
  passkeyFailed: string;
  or: string;
  enrol: string;
  enrolWhy: string;
  enrolSteps: readonly [string, string, string];
  secret: string;
  qr: string;
  makePasskey: string;
  passkeyHint: string;
  recovery: string;
  recoveryHint: string;
  recoveryGo: string;
}

export const factorTexts: Record<Language, FactorTexts> = {
  uz: {
    code: 'Tasdiqlash kodi',
    codeHint:
      'Ilovangizdagi 6 xonali kodni kiriting. Telefon yoningizda boʻlmasa, tiklash kodlaringizdan birini yozing.',
    codeField: 'Kod',
    wrongCode: 'Kod notoʻgʻri yoki avval ishlatilgan. Ilovadagi yangi kodni kiriting.',
    lockedCode: 'Notoʻgʻri kodlar koʻp kiritildi. Birozdan soʻng yana urinib koʻring.',
    confirm: 'Tasdiqlash',
    withPasskey: 'Kirish kaliti bilan kirish',
    passkeyFailed: 'Kirish kaliti ishlamadi. Yana urinib koʻring yoki boshqa usulni tanlang.',
    or: 'yoki',
    enrol: 'Ikkinchi himoyani oʻrnating',
    enrolWhy: 'Bu kirish uchun parolning oʻzi yetarli emas. Bir marta sozlaysiz, keyin faqat kod kiritasiz.',
    enrolSteps: [
      'Telefoningizga kod beruvchi ilova oʻrnating (masalan, Google Authenticator yoki Aegis).',
      'Ilovada ushbu QR kodni skanerlang.',
      'Ilova koʻrsatgan 6 xonali kodni shu yerga yozing.',
    ],
    secret: 'Skanerlab boʻlmasa, shu kalitni ilovaga yozing',
    qr: 'Ilova uchun QR kod',
    makePasskey: 'Kirish kaliti yaratish',
    passkeyHint: 'Kirish kaliti: barmoq izi, yuz yoki qurilma PIN kodi bilan, parolsiz kirish.',
    recovery: 'Tiklash kodlaringiz',
    recoveryHint:
      'Telefoningiz yoʻqolsa, har biri bilan bir marta kirasiz. Hozir koʻchirib oling yoki chop eting: qayta koʻrsatilmaydi.',
    recoveryGo: 'Saqlab oldim, davom etish',
  },
  ru: {
    code: 'Код подтверждения',
    codeHint:
      'Введите шестизначный код из приложения. Если телефона нет под рукой, введите один из кодов восстановления.',
    codeField: 'Код',
    wrongCode: 'Код неверен или уже использован. Введите новый код из приложения.',
    lockedCode: 'Слишком много неверных кодов. Попробуйте немного позже.',
    confirm: 'Подтвердить',
    withPasskey: 'Войти с ключом доступа',
    passkeyFailed: 'Ключ доступа не сработал. Попробуйте ещё раз или выберите другой способ.',
    or: 'или',
    enrol: 'Настройте вторую защиту',
    enrolWhy: 'Для этого входа одного пароля мало. Настройка нужна один раз, потом вы вводите только код.',
    enrolSteps: [
      'Установите на телефон приложение с кодами (например, Google Authenticator или Aegis).',
      'Отсканируйте в нём этот QR-код.',
      'Введите сюда шестизначный код, который показало приложение.',
    ],
    secret: 'Если отсканировать нельзя, введите в приложение этот ключ',
    qr: 'QR-код для приложения',
    makePasskey: 'Создать ключ доступа',
    passkeyHint: 'Ключ доступа: вход без пароля, по отпечатку, лицу или PIN-коду устройства.',
    recovery: 'Ваши коды восстановления',
    recoveryHint:
      'Если телефон потеряется, каждым можно войти один раз. Перепишите или распечатайте их сейчас: больше они не покажутся.',
    recoveryGo: 'Сохранено, продолжить',
  },
  en: {
    code: 'Confirmation code',
    codeHint:
      'Enter the six digits that your application shows. Without your telephone, enter one of your recovery codes.',
    codeField: 'Code',
    wrongCode: 'The code is wrong or was used before. Enter the new one of your application.',
    lockedCode: 'There were too many wrong codes. Try again a little later.',
    confirm: 'Confirm',
    withPasskey: 'Sign in with a passkey',
    passkeyFailed: 'The passkey did not work. Try again or take another way.',
    or: 'or',
    enrol: 'Set up a second protection',
    enrolWhy: 'A password alone is not enough for this sign-in. You set it up once; later you only enter a code.',
    enrolSteps: [
      'Install an application that makes codes on your telephone (such as Google Authenticator or Aegis).',
      'Scan this QR code with it.',
      'Enter here the six digits that the application shows.',
    ],
    secret: 'If you cannot scan it, type this key into the application',
    qr: 'QR code for the application',
    makePasskey: 'Make a passkey',
    passkeyHint: 'A passkey signs you in without a password: by fingerprint, face or the PIN of your device.',
    recovery: 'Your recovery codes',
    recoveryHint:
      'If you lose your telephone, each signs you in once. Copy or print them now: they are not shown again.',
    recoveryGo: 'I have kept them, continue',
  },
};
