/** The pages of signing out: the question, and that it is done. */
import type { Language } from '@dhp/negotiation';
import type { EngineForm } from './device-pages.ts';
import { page } from './layout.ts';
import { markup } from '@dhp/web-kit';

interface Texts {
  ask: string;
  from: string;
  yes: string;
  no: string;
  done: string;
  doneCure: string;
  again: string;
  other: string;
  otherCure: string;
  goOn: string;
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
    other: 'Boshqa odam kirmoqda',
    otherCure:
      'Shu brauzerda boshqa odam ochiq qolgan. Avval uning seanslari tugatiladi, keyin siz oʻz hisobingizda davom etasiz.',
    goOn: 'Davom etish',
  },
  ru: {
    ask: 'Выйти из системы?',
    from: 'Вы выйдете из всех приложений, открытых в этом браузере.',
    yes: 'Да, выйти',
    no: 'Нет, остаться',
    done: 'Вы вышли из системы',
    doneCure: 'Эту страницу можно закрыть. На общем компьютере закройте и браузер.',
    again: 'Войти снова',
    other: 'Входит другой человек',
    otherCure:
      'В этом браузере оставался открыт вход другого человека. Сначала его сеансы закончатся, затем вы продолжите в своей учётной записи.',
    goOn: 'Продолжить',
  },
  en: {
    ask: 'Sign out?',
    from: 'You leave every application that was opened in this browser.',
    yes: 'Yes, sign out',
    no: 'No, stay',
    done: 'You are signed out',
    doneCure: 'You can close this page. At a shared computer close the browser too.',
    again: 'Sign in again',
    other: 'Somebody else is signing in',
    otherCure:
      'Somebody else was still signed in with this browser. Their sessions end first; then you go on with your own account.',
    goOn: 'Go on',
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

/** Sends the form of the page by itself; without it there is the button. */
export const goOnScript = `document.forms[0].submit()`;

/**
 * Somebody has signed in over the session of another person.
 * @param o.action where the session of before is ended; @param o.xsrf ties it to this browser
 */
export function anotherPersonPage(o: EngineForm): string {
  const text = texts[o.language];
  const main = markup`<h1>${text.other}</h1>
<p>${text.otherCure}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}"><input type="hidden" name="logout" value="yes">
<button>${text.goOn}</button>
</form>`;
  return page({ language: o.language, title: text.other, main, languageLink: o.languageLink, script: goOnScript });
}
