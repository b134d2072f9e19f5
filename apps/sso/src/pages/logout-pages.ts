/** The pages of signing out: the question, and that it is done. */
import type { Language } from '../http/language.ts';
import { page } from './layout.ts';
import { markup } from './markup.ts';

const texts: Record<Language, { ask: string; from: string; yes: string; no: string; done: string; doneCure: string }> =
  {
    uz: {
      ask: 'Tizimdan chiqasizmi?',
      from: 'Shu brauzerda ochilgan barcha dasturlardan chiqasiz.',
      yes: 'Ha, chiqish',
      no: 'Yoʻq, qolish',
      done: 'Siz tizimdan chiqdingiz',
      doneCure: 'Bu sahifani yopishingiz mumkin.',
    },
    ru: {
      ask: 'Выйти из системы?',
      from: 'Вы выйдете из всех приложений, открытых в этом браузере.',
      yes: 'Да, выйти',
      no: 'Нет, остаться',
      done: 'Вы вышли из системы',
      doneCure: 'Эту страницу можно закрыть.',
    },
    en: {
      ask: 'Sign out?',
      from: 'You leave every application that was opened in this browser.',
      yes: 'Yes, sign out',
      no: 'No, stay',
      done: 'You are signed out',
      doneCure: 'You can close this page.',
    },
  };

/** @param o.action where the form is sent; @param o.xsrf ties it to this browser */
export function logoutPage(o: { language: Language; action: string; xsrf: string }): string {
  const text = texts[o.language];
  const main = markup`<h1>${text.ask}</h1>
<p>${text.from}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<button name="logout" value="yes">${text.yes}</button>
<button class="other" name="stay" value="yes">${text.no}</button>
</form>`;
  return page({ language: o.language, title: text.ask, main });
}

export function signedOutPage(language: Language): string {
  const text = texts[language];
  return page({ language, title: text.done, main: markup`<h1>${text.done}</h1>\n<p>${text.doneCure}</p>` });
}
