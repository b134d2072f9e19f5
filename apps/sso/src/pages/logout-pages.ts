/** The pages of signing out: the question, and that it is done. */
import type { Language } from '../http/language.ts';
import type { EngineForm } from './device-pages.ts';
import { page } from './layout.ts';
import { markup } from './markup.ts';

interface Texts {
  ask: string;
  from: string;
  yes: string;
  no: string;
  done: string;
  doneCure: string;
  again: string;
}

const texts: Record<Language, Texts> = {
  uz: {
    ask: 'Tizimdan chiqasizmi?',
    from: 'Shu brauzerda ochilgan barcha dasturlardan chiqasiz.',
    yes: 'Ha, chiqish',
    no: 'Yoʻq, qolish',
    done: 'Siz tizimdan chiqdingiz',
    doneCure: 'Bu sahifani yopishingiz mumkin. Umumiy kompyuterda brauzerni ham yoping.',
    again: 'Yana kirish',
  },
  ru: {
    ask: 'Выйти из системы?',
    from: 'Вы выйдете из всех приложений, открытых в этом браузере.',
    yes: 'Да, выйти',
    no: 'Нет, остаться',
    done: 'Вы вышли из системы',
    doneCure: 'Эту страницу можно закрыть. На общем компьютере закройте и браузер.',
    again: 'Войти снова',
  },
  en: {
    ask: 'Sign out?',
    from: 'You leave every application that was opened in this browser.',
    yes: 'Yes, sign out',
    no: 'No, stay',
    done: 'You are signed out',
    doneCure: 'You can close this page. At a shared computer close the browser too.',
    again: 'Sign in again',
  },
};

/** @param o.action where the form is sent; @param o.xsrf ties it to this browser */
export function logoutPage(o: EngineForm): string {
  const text = texts[o.language];
  const main = markup`<h1>${text.ask}</h1>
<p>${text.from}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<button name="logout" value="yes">${text.yes}</button>
<button class="other" name="stay" value="yes">${text.no}</button>
</form>`;
  return page({ language: o.language, title: text.ask, main, languageLink: o.languageLink });
}

export function signedOutPage(language: Language, languageLink: EngineForm['languageLink']): string {
  const text = texts[language];
  const main = markup`<h1>${text.done}</h1>
<p role="status">${text.doneCure}</p>
<a class="button other" href="/account?ui_locales=${language}">${text.again}</a>`;
  return page({ language, title: text.done, main, languageLink });
}
