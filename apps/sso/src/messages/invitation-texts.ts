/** Texts of an invitation. */
import type { Language } from '@dhp/negotiation';

interface Invited {
  name: string;
  username: string;
  link: string;
}

export const invitationTexts: Record<Language, { subject: string; text: (o: Invited) => string }> = {
  uz: {
    subject: 'Siz Raqamli sogʻliqni saqlash platformasiga taklif qilindingiz',
    text: ({ name, username, link }) =>
      `Assalomu alaykum, ${name}!\n\nSiz uchun platformada hisob ochildi. Foydalanuvchi nomingiz: ${username}\n\nParolingizni shu havola orqali oʻrnating. U bir marta, yetti kun davomida ishlaydi:\n\n${link}\n\nHavolani hech kimga bermang. Bu xatni kutmagan boʻlsangiz, unga eʼtibor bermang.\n`,
  },
  ru: {
    subject: 'Вас пригласили на Платформу цифрового здравоохранения',
    text: ({ name, username, link }) =>
      `Здравствуйте, ${name}!\n\nДля вас открыта учётная запись на платформе. Ваше имя пользователя: ${username}\n\nЗадайте пароль по этой ссылке. Она действует один раз, в течение семи дней:\n\n${link}\n\nНикому не передавайте ссылку. Если вы не ждали этого письма, не обращайте на него внимания.\n`,
  },
  en: {
    subject: 'You are invited to the Digital Health Platform',
    text: ({ name, username, link }) =>
      `Hello, ${name}.\n\nAn account on the platform was opened for you. Your user name: ${username}\n\nSet your password by this link. It works once, within seven days:\n\n${link}\n\nPass the link on to nobody. If you did not expect this message, let it be.\n`,
  },
};
