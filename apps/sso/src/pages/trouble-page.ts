/** Page for a person when there is no other to show: the address is unknown, there were too many requests, or the server has a fault. */
import type { Language } from '@dhp/negotiation';
import { linkTo } from './client-head.ts';
import { page } from './layout.ts';
import { markup } from '@dhp/web-kit';

/** Kind of trouble. */
export type Trouble = 'missing' | 'hasty' | 'unreadable' | 'away' | 'fault';

type Texts = Record<Trouble, { title: string; cure: string }> & { number: string };

const texts: Record<Language, Texts> = {
  uz: {
    missing: {
      title: 'Bunday sahifa yoʻq',
      cure: 'Manzilni tekshiring yoki dasturga qaytib, kirishni oʻsha yerdan boshlang.',
    },
    hasty: { title: 'Soʻrovlar juda koʻp', cure: 'Bir daqiqa kutib, yana urinib koʻring.' },
    unreadable: {
      title: 'Bu soʻrovga javob berib boʻlmaydi',
      cure: 'Dasturga qayting va kirishni qaytadan boshlang.',
    },
    away: {
      title: 'Xizmat hozircha ishlamayapti',
      cure: 'Bir daqiqadan soʻng yana urinib koʻring. Parolingiz va hisobingiz oʻz joyida.',
    },
    fault: {
      title: 'Serverda xatolik yuz berdi',
      cure: 'Bu sizning aybingiz emas. Yana urinib koʻring; xato takrorlansa, platforma operatoriga quyidagi raqamni ayting.',
    },
    number: 'Murojaat raqami',
  },
  ru: {
    missing: {
      title: 'Такой страницы нет',
      cure: 'Проверьте адрес или вернитесь в приложение и начните вход оттуда.',
    },
    hasty: { title: 'Слишком много запросов', cure: 'Подождите минуту и попробуйте снова.' },
    unreadable: {
      title: 'На этот запрос нельзя ответить',
      cure: 'Вернитесь в приложение и начните вход заново.',
    },
    away: {
      title: 'Сервис сейчас недоступен',
      cure: 'Попробуйте снова через минуту. Ваш пароль и учётная запись на месте.',
    },
    fault: {
      title: 'На сервере произошла ошибка',
      cure: 'Вы ни в чём не виноваты. Попробуйте снова; если ошибка повторится, назовите оператору платформы этот номер.',
    },
    number: 'Номер обращения',
  },
  en: {
    missing: {
      title: 'There is no such page',
      cure: 'Check the address, or go back to the application and begin there.',
    },
    hasty: { title: 'Too many requests', cure: 'Wait for a minute, and try again.' },
    unreadable: {
      title: 'This request cannot be answered',
      cure: 'Go back to the application, and begin to sign in anew.',
    },
    away: {
      title: 'The service is not available now',
      cure: 'Try again in a minute. Your password and your account are as they were.',
    },
    fault: {
      title: 'Something went wrong at the server',
      cure: 'It is no fault of yours. Try again; if it stays so, tell the operator of the platform this number.',
    },
    number: 'Number of the request',
  },
};

/**
 * @param o.requestId where the operator finds the request in the log and in the audit trail
 * @param o.isLink whether the address can be asked for once more, in another language
 */
export function troublePage(
  language: Language,
  trouble: Trouble,
  { requestId, isLink }: { requestId: string | undefined; isLink: boolean },
): string {
  const { [trouble]: text, number } = texts[language];
  const isOurs = requestId !== undefined && (trouble === 'away' || trouble === 'fault');
  const main = markup`<h1>${text.title}</h1>
<p>${text.cure}</p>${isOurs ? markup`\n<p class="quiet small">${number}: <code>${requestId}</code></p>` : markup``}`;
  return page({ language, title: text.title, main, languageLink: isLink ? linkTo : undefined });
}
