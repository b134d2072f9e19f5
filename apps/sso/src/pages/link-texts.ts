/** Texts about identity systems that lead to an account. */
import type { Language } from '@dhp/negotiation';

export interface LinkTexts {
  /** At a sign-in: the link was made by an old rule. */
  unconfirmed: string;
  ownAccount: string;
  /** At the account. */
  title: string;
  hint: string;
  none: string;
  connect: (system: string) => string;
  /** Asks a person who signed in by an identity system for a credential of the account itself first. */
  needsOwn: string;
  connected: string;
  failures: Record<'other-account' | 'other-person' | 'not-connected', string>;
  since: string;
}

export const linkTexts: Record<Language, LinkTexts> = {
  uz: {
    unconfirmed:
      'Bu tizim ilgari bir hisobga bogʻlangan, lekin bogʻlanish hali tasdiqlanmagan. Hisob sizniki boʻlsa, uning paroli yoki kirish kaliti bilan kiring va “Hisobim → Xavfsizlik” sahifasida tizimni qayta bogʻlang yoki administratorga murojaat qiling.',
    ownAccount: 'Yangi hisob bilan davom etish',
    title: 'Tashqi tizimlar',
    hint: 'Bogʻlangan tizim orqali shu hisobga parolsiz kirasiz.',
    none: 'Hali hech biri bogʻlanmagan.',
    connect: (system) => `${system} tizimini bogʻlash`,
    needsOwn: 'Tizimni bogʻlash uchun avval shu hisobning paroli yoki kirish kaliti bilan kiring.',
    connected: 'Tizim hisobingizga bogʻlandi.',
    failures: {
      'other-account':
        'Bu tizimdagi hisobingiz boshqa hisobga bogʻlangan va u hisobga boshqa yoʻl bilan ham kiriladi. Administratorga murojaat qiling.',
      'other-person': 'Hisobingizga shu tizimdagi boshqa odam bogʻlangan. Administratorga murojaat qiling.',
      'not-connected': 'Tizim bogʻlanmadi. Yana urinib koʻring.',
    },
    since: 'bogʻlangan',
  },
  ru: {
    unconfirmed:
      'Эта система когда-то была связана с учётной записью, но связь ещё не подтверждена. Если учётная запись ваша, войдите с её паролем или ключом доступа и снова подключите систему на странице «Моя учётная запись → Безопасность» либо обратитесь к администратору.',
    ownAccount: 'Продолжить с новой учётной записью',
    title: 'Внешние системы',
    hint: 'Через подключённую систему вы входите в эту учётную запись без пароля.',
    none: 'Пока ничего не подключено.',
    connect: (system) => `Подключить ${system}`,
    needsOwn: 'Чтобы подключить систему, сначала войдите с паролем или ключом доступа этой учётной записи.',
    connected: 'Система подключена к вашей учётной записи.',
    failures: {
      'other-account':
        'В этой системе вы связаны с другой учётной записью, в которую можно войти и иначе. Обратитесь к администратору.',
      'other-person': 'К вашей учётной записи подключён другой человек из этой системы. Обратитесь к администратору.',
      'not-connected': 'Система не подключена. Попробуйте ещё раз.',
    },
    since: 'подключена',
  },
  en: {
    unconfirmed:
      'This system was linked to an account before, but the link is not confirmed yet. If the account is yours, sign in with its password or passkey and connect the system again under “My account → Security”, or ask your administrator.',
    ownAccount: 'Continue with a new account',
    title: 'Identity systems',
    hint: 'Through a connected system you sign in to this account without its password.',
    none: 'None is connected yet.',
    connect: (system) => `Connect ${system}`,
    needsOwn: 'To connect a system, sign in with the password or a passkey of this account first.',
    connected: 'The system is connected to your account.',
    failures: {
      'other-account':
        'In that system you are linked to another account, which can be signed in to in other ways too. Ask your administrator.',
      'other-person': 'Somebody else of that system is connected to your account. Ask your administrator.',
      'not-connected': 'The system was not connected. Try again.',
    },
    since: 'connected',
  },
};
