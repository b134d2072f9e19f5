/** Texts of the page on which a health worker chooses a patient. */
import type { Language } from '@dhp/negotiation';

interface Texts {
  title: string;
  about: (client: string) => string;
  search: string;
  hint: string;
  birthDate: string;
  find: string;
  own: string;
  found: (count: number) => string;
  more: string;
  none: string;
  noneCure: string;
  tooLittle: string;
  notPermitted: string;
  unreachable: string;
  born: string;
  pinfl: string;
  gender: Record<string, string>;
  another: string;
  chosen: string;
  relationChanged: string;
  relationChangedWhy: string;
  relationChangedCure: string;
  back: (client: string) => string;
}

export const patientTexts: Record<Language, Texts> = {
  uz: {
    title: 'Bemorni tanlang',
    about: (client) => `«${client}» dasturi bitta bemor yozuvi bilan ishlaydi. Qaysi bemor ekanini koʻrsating.`,
    search: 'Ism, familiya yoki JSHSHIR',
    hint: 'Lotin yoki kirill yozuvida; ismning boshlanishi ham yetarli.',
    birthDate: 'Tugʻilgan sana (ixtiyoriy)',
    find: 'Qidirish',
    own: 'Oʻzimning yozuvim',
    found: (count) => `Topildi: ${String(count)}`,
    more: 'Bundan ham koʻp bemor topildi. Familiya, JSHSHIR yoki tugʻilgan sanani qoʻshib aniqlashtiring.',
    none: 'Hech kim topilmadi',
    noneCure: 'Yozilishini tekshiring. Sizga faqat vazifangizga koʻra koʻrishingiz mumkin boʻlgan bemorlar chiqadi.',
    tooLittle: 'Kamida ikkita harf, 14 xonali JSHSHIR yoki tugʻilgan sanani kiriting.',
    notPermitted: 'Vazifangiz bemorlarni koʻrishga ruxsat bermaydi. Muassasangiz administratoriga murojaat qiling.',
    unreachable: 'Tibbiy yozuvlar hozir javob bermayapti. Birozdan soʻng yana urinib koʻring.',
    born: 'tugʻilgan',
    pinfl: 'JSHSHIR',
    gender: { male: 'erkak', female: 'ayol' },
    another: 'Boshqa bemor',
    chosen: 'Tanlangan bemor',
    relationChanged: 'Vakillik oʻzgargan',
    relationChangedWhy:
      'Hisobingiz bogʻlangan yozuvda endi boshqa bemor koʻrsatilgan. Shuning uchun hech kimning tibbiy yozuvi ochilmadi.',
    relationChangedCure:
      'Platforma operatoriga murojaat qiling: u vakillikni tekshirib, hisobingizni qaytadan bogʻlaydi. Muassasangiz yozuvni oʻzi oʻzgartirgan boʻlsa ham, operator tasdigʻi kerak.',
    back: (client) => `«${client}» dasturiga qaytish`,
  },
  ru: {
    title: 'Выберите пациента',
    about: (client) => `Приложение «${client}» работает с записью одного пациента. Укажите, с чьей.`,
    search: 'Имя, фамилия или ПИНФЛ',
    hint: 'Кириллицей или латиницей; достаточно начала имени.',
    birthDate: 'Дата рождения (необязательно)',
    find: 'Найти',
    own: 'Моя собственная запись',
    found: (count) => `Найдено: ${String(count)}`,
    more: 'Найдено больше, чем показано. Добавьте фамилию, ПИНФЛ или дату рождения.',
    none: 'Никого не найдено',
    noneCure: 'Проверьте написание. Показываются только пациенты, которых вы вправе видеть по своей должности.',
    tooLittle: 'Введите не меньше двух букв, ПИНФЛ из 14 цифр или дату рождения.',
    notPermitted: 'Ваша должность не позволяет видеть пациентов. Обратитесь к администратору вашей организации.',
    unreachable: 'Медицинские записи сейчас не отвечают. Попробуйте ещё раз немного позже.',
    born: 'дата рождения',
    pinfl: 'ПИНФЛ',
    gender: { male: 'мужской пол', female: 'женский пол' },
    another: 'Другой пациент',
    chosen: 'Выбранный пациент',
    relationChanged: 'Представительство изменилось',
    relationChangedWhy:
      'В записи, к которой привязана ваша учётная запись, теперь указан другой пациент. Поэтому ничья медицинская запись не открыта.',
    relationChangedCure:
      'Обратитесь к оператору платформы: он проверит представительство и привяжет вашу учётную запись заново. Подтверждение оператора нужно и тогда, когда запись изменила ваша медицинская организация.',
    back: (client) => `Вернуться в приложение «${client}»`,
  },
  en: {
    title: 'Choose a patient',
    about: (client) => `${client} works with the record of one patient. Say whose it is.`,
    search: 'Name or PINFL',
    hint: 'In Latin or Cyrillic letters; the beginning of a name is enough.',
    birthDate: 'Date of birth (optional)',
    find: 'Search',
    own: 'My own record',
    found: (count) => `Found: ${String(count)}`,
    more: 'There are more than these. Add a family name, a PINFL or a date of birth.',
    none: 'Nobody was found',
    noneCure: 'Check the spelling. Only patients whom your role lets you see are shown.',
    tooLittle: 'Type at least two letters, a PINFL of 14 digits or a date of birth.',
    notPermitted: 'Your role does not let you see patients. Ask the administrator of your organisation.',
    unreachable: 'The medical records do not answer now. Try again in a little while.',
    born: 'born',
    pinfl: 'PINFL',
    gender: { male: 'male', female: 'female' },
    another: 'Another patient',
    chosen: 'Chosen patient',
    relationChanged: 'The relation has changed',
    relationChangedWhy:
      'The record to which your account is tied now names another patient. So nobody’s medical record was opened.',
    relationChangedCure:
      'Ask the operator of the platform to check the relation and to tie your account to it again. This is needed also where your clinic itself changed the record.',
    back: (client) => `Back to ${client}`,
  },
};
