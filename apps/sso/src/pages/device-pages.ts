/** The pages at which a person lets a device in: the code, the question, and what came of it. */
import type { Language } from '@dhp/negotiation';
import { page } from './layout.ts';
import { markup } from '@dhp/web-kit';

interface Texts {
  title: string;
  about: string;
  code: string;
  continue: string;
  wrong: string;
  lost: string;
  ask: string;
  same: (code: string) => string;
  yes: string;
  no: string;
  done: string;
  doneCure: string;
  ended: string;
  wait: string;
}

const texts: Record<Language, Texts> = {
  uz: {
    title: 'Qurilmani ulash',
    about: 'Qurilma ekranida koʻrsatilgan kodni kiriting.',
    code: 'Kod',
    continue: 'Davom etish',
    wrong: 'Bunday kod yoʻq, yoki uning muddati tugagan. Qurilma ekranidagi kodni tekshiring.',
    lost: 'Sahifa eskirgan yoki brauzer cookie saqlamayapti. Kodni yana bir marta kiriting.',
    ask: 'Bu sizning qurilmangizmi?',
    same: (code) => `Qurilma ekranida ${code} kodi turgan boʻlsagina davom eting.`,
    yes: 'Ha, davom etish',
    no: 'Yoʻq',
    done: 'Qurilma ulandi',
    doneCure: 'Bu sahifani yopib, qurilmada davom etishingiz mumkin.',
    ended: 'Qurilma ulanmadi. Qurilmada qaytadan boshlashingiz mumkin.',
    wait: 'Bu tarmoqdan juda koʻp notoʻgʻri kod kiritildi. Bir necha daqiqadan soʻng qayta urinib koʻring.',
  },
  ru: {
    title: 'Подключение устройства',
    about: 'Введите код, показанный на экране устройства.',
    code: 'Код',
    continue: 'Продолжить',
    wrong: 'Такого кода нет, или его срок истёк. Проверьте код на экране устройства.',
    lost: 'Страница устарела, или браузер не сохраняет cookie. Введите код ещё раз.',
    ask: 'Это ваше устройство?',
    same: (code) => `Продолжайте, только если на экране устройства стоит код ${code}.`,
    yes: 'Да, продолжить',
    no: 'Нет',
    done: 'Устройство подключено',
    doneCure: 'Эту страницу можно закрыть и продолжить на устройстве.',
    ended: 'Устройство не подключено. На устройстве можно начать заново.',
    wait: 'Из этой сети введено слишком много неверных кодов. Попробуйте снова через несколько минут.',
  },
  en: {
    title: 'Connect a device',
    about: 'Type the code that the device shows.',
    code: 'Code',
    continue: 'Continue',
    wrong: 'There is no such code, or it has expired. Check the code on the screen of the device.',
    lost: 'The page was too old, or the browser keeps no cookies. Type the code once more.',
    ask: 'Is this your device?',
    same: (code) => `Go on only if the device shows the code ${code}.`,
    yes: 'Yes, go on',
    no: 'No',
    done: 'The device is connected',
    doneCure: 'You can close this page and go on at the device.',
    ended: 'The device was not connected. You can begin anew at the device.',
    wait: 'Too many wrong codes came from this network. Try again in a few minutes.',
  },
};

export interface EngineForm {
  language: Language;
  /** Address to which the form is sent. */
  action: string;
  /** Ties the form to this browser. */
  xsrf: string;
  languageLink: ((language: Language) => string) | undefined;
}

/** @param o.failed why it is asked again: the code was wrong, or the form was not one of this browser's */
export function userCodePage(o: EngineForm & { userCode: string; failed: 'wrong' | 'lost' | undefined }): string {
  const text = texts[o.language];
  const main = markup`<h1>${text.title}</h1>
<p>${text.about}</p>
${o.failed === undefined ? markup`` : markup`<p class="alarm" role="alert">${text[o.failed]}</p>`}
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<label for="user_code">${text.code}</label>
<input id="user_code" name="user_code" value="${o.userCode}" autocomplete="off" autocapitalize="characters" spellcheck="false"
 required autofocus>
<button>${text.continue}</button>
</form>`;
  return page({ language: o.language, title: text.title, main, languageLink: o.languageLink });
}

export function confirmDevicePage(o: EngineForm & { userCode: string; client: string }): string {
  const text = texts[o.language];
  const main = markup`<h1>${text.ask}</h1>
<p><strong>${o.client}</strong></p>
<p>${text.same(o.userCode)}</p>
<form method="post" action="${o.action}">
<input type="hidden" name="xsrf" value="${o.xsrf}">
<input type="hidden" name="user_code" value="${o.userCode}">
<button name="confirm" value="yes">${text.yes}</button>
<button class="other" name="abort" value="yes">${text.no}</button>
</form>`;
  return page({ language: o.language, title: text.ask, main });
}

export function deviceDonePage(language: Language): string {
  const text = texts[language];
  return page({ language, title: text.done, main: markup`<h1>${text.done}</h1>\n<p>${text.doneCure}</p>` });
}

export function deviceEndedPage(language: Language): string {
  const text = texts[language];
  return page({ language, title: text.title, main: markup`<h1>${text.title}</h1>\n<p>${text.ended}</p>` });
}

export function deviceWaitPage(language: Language): string {
  const text = texts[language];
  return page({ language, title: text.title, main: markup`<h1>${text.title}</h1>\n<p role="alert">${text.wait}</p>` });
}
