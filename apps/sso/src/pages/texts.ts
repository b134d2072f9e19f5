/** Texts of the pages, in the languages of the platform. */
import type { Language } from '@dhp/negotiation';

export interface Texts {
  signIn: string;
  signInFor: string;
  wantsAccess: string;
  revocable: string;
  username: string;
  password: string;
  continue: string;
  cancel: string;
  wrong: string;
  signInBy: (system: string) => string;
  notConfirmed: string;
  throttled: (minutes: number) => string;
  consent: string;
  consentFor: (client: string) => string;
  signedInAs: (name: string) => string;
  goesTo: (host: string) => string;
  allow: string;
  deny: string;
  expired: string;
  expiredCure: string;
  invalid: string;
  invalidCure: string;
  forDevelopers: string;
  scope: {
    openid: string;
    profile: string;
    fhirUser: string;
    launch: string;
    'launch/patient': string;
    'launch/encounter': string;
    offline_access: string;
    online_access: string;
    patient: (what: string) => string;
    /** As `patient`, of a patient whom a health worker chose. */
    chosen: (what: string) => string;
    user: (what: string) => string;
    everything: string;
    narrowed: (condition: string) => string;
    c: string;
    r: string;
    u: string;
    d: string;
    s: string;
  };
}

export const texts: Record<Language, Texts> = {
  uz: {
    signIn: 'Tizimga kirish',
    signInFor: 'Kirganingizdan soʻng shu dasturga qaytasiz',
    wantsAccess: 'dasturi ruxsat soʻramoqda',
    revocable: 'Ruxsatni hisobingiz sahifasida istalgan vaqtda qaytarib olasiz.',
    username: 'Foydalanuvchi nomi',
    password: 'Parol',
    continue: 'Kirish',
    cancel: 'Bekor qilish',
    wrong:
      'Nom yoki parol notoʻgʻri, yoki urinishlar soni koʻpayib ketgan. Tekshirib, birozdan soʻng yana urinib koʻring.',
    signInBy: (system) => `${system} orqali kirish`,
    notConfirmed: 'Kimligingiz tasdiqlanmadi. Yana urinib koʻring yoki boshqa usul bilan kiring.',
    throttled: (minutes) =>
      `Bu tarmoqdan juda koʻp notoʻgʻri urinish boʻldi. ${String(minutes)} daqiqadan soʻng yana urinib koʻring.`,
    consent: 'Ruxsat berasizmi?',
    consentFor: (client) => `«${client}» dasturi quyidagilarni soʻramoqda:`,
    signedInAs: (name) => `Siz ${name} nomi bilan kirgansiz.`,
    goesTo: (host) => `Javobingizdan soʻng ${host} sahifasiga oʻtasiz.`,
    allow: 'Ruxsat berish',
    deny: 'Rad etish',
    expired: 'Bu kirish jarayoni endi amal qilmaydi',
    expiredCure: 'Muddati tugagan yoki boshqa brauzerda boshlangan. Dasturga qayting va kirishni qaytadan boshlang.',
    invalid: 'Dastur yuborgan soʻrov notoʻgʻri',
    invalidCure:
      'Kirish davom ettirilmadi. Dasturga qayting; xato takrorlansa, dastur egasiga quyidagi xabarni yuboring.',
    forDevelopers: 'Dasturchilar uchun',
    scope: {
      openid: 'Sizni boshqalardan ajratib tanish',
      profile: 'Ismingizni bilish',
      fhirUser: 'Platformadagi kimligingizni bilish (bemor yoki tibbiyot xodimi)',
      launch: 'Qaysi bemor va qabul bilan ishlayotganingizni bilish',
      'launch/patient': 'Qaysi bemor yozuvi bilan ishlayotganini bilish',
      'launch/encounter': 'Qaysi qabul (tashrif) bilan ishlayotganini bilish',
      offline_access: 'Ruxsatni 30 kungacha, siz chiqib ketganingizdan keyin ham saqlab qolish',
      online_access: 'Siz tizimda boʻlgan vaqt davomida ruxsatni saqlab qolish',
      patient: (what) => `Tibbiy yozuvingiz: ${what}`,
      chosen: (what) => `Tanlangan bemor yozuvi: ${what}`,
      user: (what) => `Siz koʻra oladigan yozuvlar: ${what}`,
      everything: 'barcha maʼlumotlar',
      narrowed: (condition) => `faqat ${condition}`,
      c: 'qoʻshish',
      r: 'koʻrish',
      u: 'oʻzgartirish',
      d: 'oʻchirish',
      s: 'qidirish',
    },
  },
  ru: {
    signIn: 'Вход в систему',
    signInFor: 'После входа вы вернётесь в это приложение',
    wantsAccess: 'Приложение просит доступ',
    revocable: 'Разрешение можно отозвать в любое время на странице вашей учётной записи.',
    username: 'Имя пользователя',
    password: 'Пароль',
    continue: 'Войти',
    cancel: 'Отмена',
    wrong: 'Имя или пароль неверны, либо попыток было слишком много. Проверьте и попробуйте ещё раз немного позже.',
    signInBy: (system) => `Войти через ${system}`,
    notConfirmed: 'Ваша личность не подтверждена. Попробуйте ещё раз или войдите другим способом.',
    throttled: (minutes) =>
      `Из этой сети было слишком много неудачных попыток. Повторите через ${String(minutes)} мин.`,
    consent: 'Разрешить доступ?',
    consentFor: (client) => `Приложение «${client}» просит разрешения:`,
    signedInAs: (name) => `Вы вошли как ${name}.`,
    goesTo: (host) => `После ответа вы перейдёте на ${host}.`,
    allow: 'Разрешить',
    deny: 'Отказать',
    expired: 'Этот вход больше не действует',
    expiredCure: 'Время истекло, или вход был начат в другом браузере. Вернитесь в приложение и начните вход заново.',
    invalid: 'Приложение отправило неверный запрос',
    invalidCure:
      'Вход не продолжен. Вернитесь в приложение; если ошибка повторится, передайте его владельцу сообщение ниже.',
    forDevelopers: 'Для разработчиков',
    scope: {
      openid: 'Узнавать вас',
      profile: 'Знать ваше имя',
      fhirUser: 'Знать, кто вы на платформе (пациент или медицинский работник)',
      launch: 'Знать, с каким пациентом и приёмом вы работаете',
      'launch/patient': 'Знать, с записью какого пациента идёт работа',
      'launch/encounter': 'Знать, с каким приёмом (визитом) идёт работа',
      offline_access: 'Сохранять доступ до 30 дней, в том числе после того, как вы вышли',
      online_access: 'Сохранять доступ, пока вы в системе',
      patient: (what) => `Ваша медицинская запись: ${what}`,
      chosen: (what) => `Запись выбранного пациента: ${what}`,
      user: (what) => `Записи, которые доступны вам: ${what}`,
      everything: 'все сведения',
      narrowed: (condition) => `только ${condition}`,
      c: 'добавление',
      r: 'просмотр',
      u: 'изменение',
      d: 'удаление',
      s: 'поиск',
    },
  },
  en: {
    signIn: 'Sign in',
    signInFor: 'You go back to this application afterwards',
    wantsAccess: 'The application asks for access',
    revocable: 'You can take this back at any time on the page of your account.',
    username: 'User name',
    password: 'Password',
    continue: 'Sign in',
    cancel: 'Cancel',
    wrong:
      'The name or the password is wrong, or there were too many attempts. Check them and try again a little later.',
    signInBy: (system) => `Sign in with ${system}`,
    notConfirmed: 'The identity system did not confirm who you are. Try again, or sign in another way.',
    throttled: (minutes) =>
      `There were too many failed attempts from this network. Try again in ${String(minutes)} min.`,
    consent: 'Allow access?',
    consentFor: (client) => `${client} asks to:`,
    signedInAs: (name) => `You are signed in as ${name}.`,
    goesTo: (host) => `After your answer you go to ${host}.`,
    allow: 'Allow',
    deny: 'Deny',
    expired: 'This sign-in is no longer valid',
    expiredCure: 'It took too long, or it was begun in another browser. Go back to the application and sign in anew.',
    invalid: 'The application sent a wrong request',
    invalidCure:
      'The sign-in was not begun. Go back to the application; if it stays so, give its owner the message below.',
    forDevelopers: 'For developers',
    scope: {
      openid: 'Recognise you',
      profile: 'Know your name',
      fhirUser: 'Know who you are on the platform (patient or health worker)',
      launch: 'Know which patient and visit you are working with',
      'launch/patient': 'Know whose record is being worked with',
      'launch/encounter': 'Know which visit is being worked with',
      offline_access: 'Keep access for up to 30 days, also after you have signed out',
      online_access: 'Keep access while you are signed in',
      patient: (what) => `Your own record: ${what}`,
      chosen: (what) => `Record of the chosen patient: ${what}`,
      user: (what) => `Records that you may see: ${what}`,
      everything: 'everything',
      narrowed: (condition) => `only ${condition}`,
      c: 'add',
      r: 'see',
      u: 'change',
      d: 'delete',
      s: 'find',
    },
  },
};
