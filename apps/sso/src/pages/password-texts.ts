/** Texts for a person who forgot the password, on pages and in a message. */
import type { Language } from '@dhp/negotiation';

export interface PasswordTexts {
  forgotten: string;
  title: string;
  hint: string;
  send: string;
  sent: string;
  sentHint: string;
  newTitle: string;
  set: string;
  noLink: string;
  noLinkHint: string;
  again: string;
  changed: string;
  changedHint: string;
  ownTitle: string;
  ownWhy: string;
  ownHint: string;
  ownSet: string;
  same: string;
  expired: string;
  subject: string;
  message: (link: string) => string;
}

export const passwordTexts: Record<Language, PasswordTexts> = {
  uz: {
    forgotten: 'Parolni unutdingizmi?',
    title: 'Parolni tiklash',
    hint: 'Foydalanuvchi nomingizni yozing. Hisobingizdagi elektron pochtaga havola yuboramiz.',
    send: 'Havola yuborish',
    sent: 'Pochtangizni tekshiring',
    sentHint:
      'Bunday hisob boʻlsa va unda pochta manzili koʻrsatilgan boʻlsa, havola yuborildi. U 15 daqiqa amal qiladi. Kelmasa, spam papkasini koʻring yoki muassasangiz administratoriga murojaat qiling.',
    newTitle: 'Yangi parol oʻrnatish',
    set: 'Parolni saqlash',
    noLink: 'Havola endi amal qilmaydi',
    noLinkHint: 'U ishlatilgan, muddati tugagan yoki oʻrniga yangisi yuborilgan.',
    again: 'Yangi havola soʻrash',
    changed: 'Parol saqlandi',
    changedHint: 'Endi dasturga qaytib, yangi parol bilan kiring. Barcha eski seanslar tugatildi.',
    ownTitle: 'Oʻz parolingizni tanlang',
    ownWhy:
      'Hozirgi parolni sizga administrator bergan, demak uni u ham biladi. Davom etish uchun faqat oʻzingiz biladigan parol oʻrnating.',
    ownHint: 'Kamida 10 belgi. Oʻzaro bogʻliq boʻlmagan bir necha soʻz eng yaxshisi.',
    ownSet: 'Saqlash va davom etish',
    same: 'Bu administrator bergan parolning oʻzi. Boshqasini tanlang.',
    expired: 'Bu parolning muddati tugagan. Administratordan yangi parol soʻrang.',
    subject: 'Parolni tiklash',
    message: (link) =>
      `Yangi parol oʻrnatish uchun 15 daqiqa ichida shu havolani oching:\n\n${link}\n\nBuni siz soʻramagan boʻlsangiz, xabarga eʼtibor bermang: parolingiz oʻzgarmaydi.\n`,
  },
  ru: {
    forgotten: 'Забыли пароль?',
    title: 'Восстановление пароля',
    hint: 'Введите имя пользователя. Мы отправим ссылку на адрес электронной почты вашей учётной записи.',
    send: 'Отправить ссылку',
    sent: 'Проверьте почту',
    sentHint:
      'Если такая учётная запись есть и в ней указана почта, ссылка отправлена. Она действует 15 минут. Если письма нет, проверьте папку «Спам» или обратитесь к администратору вашей организации.',
    newTitle: 'Новый пароль',
    set: 'Сохранить пароль',
    noLink: 'Ссылка больше не действует',
    noLinkHint: 'Она уже использована, её срок истёк, или отправлена новая.',
    again: 'Запросить новую ссылку',
    changed: 'Пароль сохранён',
    changedHint: 'Вернитесь в приложение и войдите с новым паролем. Все прежние сеансы завершены.',
    ownTitle: 'Придумайте свой пароль',
    ownWhy:
      'Нынешний пароль дал вам администратор, значит, его знает и он. Чтобы продолжить, задайте пароль, который знаете только вы.',
    ownHint: 'Не меньше 10 знаков. Лучше всего несколько не связанных между собой слов.',
    ownSet: 'Сохранить и продолжить',
    same: 'Это тот же пароль, который дал администратор. Придумайте другой.',
    expired: 'Срок действия этого пароля истёк. Попросите у администратора новый.',
    subject: 'Восстановление пароля',
    message: (link) =>
      `Чтобы задать новый пароль, откройте эту ссылку в течение 15 минут:\n\n${link}\n\nЕсли вы этого не просили, ничего не делайте: пароль не изменится.\n`,
  },
  en: {
    forgotten: 'Forgot the password?',
    title: 'Reset the password',
    hint: 'Enter your user name. We send a link to the e-mail address of your account.',
    send: 'Send the link',
    sent: 'Look into your mail',
    sentHint:
      'If there is such an account with an e-mail address, a link is on its way. It is good for 15 minutes. If nothing comes, look among the spam or ask the administrator of your organisation.',
    newTitle: 'Set a new password',
    set: 'Save the password',
    noLink: 'The link is no longer good',
    noLinkHint: 'It was used, it is too old, or a newer one was sent.',
    again: 'Ask for a new link',
    changed: 'The password is saved',
    changedHint: 'Go back to the application and sign in with it. All earlier sessions were ended.',
    ownTitle: 'Choose your own password',
    ownWhy:
      'An administrator gave you the present password, and so knows it, too. To go on, set one that only you know.',
    ownHint: 'At least 10 characters. Several words that have nothing to do with each other are best.',
    ownSet: 'Save and continue',
    same: 'This is the password that the administrator gave you. Choose another one.',
    expired: 'This password has expired. Ask the administrator for a new one.',
    subject: 'Reset of your password',
    message: (link) =>
      `To set a new password, open this link within 15 minutes:\n\n${link}\n\nIf you did not ask for it, do nothing: your password stays as it is.\n`,
  },
};
