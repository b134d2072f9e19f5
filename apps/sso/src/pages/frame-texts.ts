/** Texts around every page, in the languages of the platform. */
import type { Language } from '@dhp/negotiation';

interface FrameTexts {
  service: string;
  platform: string;
  languages: string;
  skip: string;
  promise: string;
}

export const frameTexts: Record<Language, FrameTexts> = {
  uz: {
    service: 'Yagona kirish tizimi',
    platform: 'Raqamli sogʻliqni saqlash platformasi',
    languages: 'Til',
    skip: 'Asosiy qismga oʻtish',
    promise: 'Parolingizni hech kimga aytmang: platforma xodimlari uni hech qachon soʻramaydi.',
  },
  ru: {
    service: 'Единая система входа',
    platform: 'Платформа цифрового здравоохранения',
    languages: 'Язык',
    skip: 'Перейти к содержанию',
    promise: 'Никому не сообщайте пароль: сотрудники платформы никогда его не спрашивают.',
  },
  en: {
    service: 'Single Sign-On',
    platform: 'Digital Health Platform',
    languages: 'Language',
    skip: 'Skip to the content',
    promise: 'Tell nobody your password: the people of the platform never ask for it.',
  },
};
