/** Descriptions of faults in an operator's input, by the kind of the failure; the server's own sentence names the value, in English. */
import type { Language } from '@dhp/negotiation';
import { inLanguages } from './words.ts';

const kinds = inLanguages({
  'invalid-name': [
    'Nom toʻgʻri emas: 1–200 belgi boʻlsin.',
    'Имя не подходит: от 1 до 200 знаков.',
    'The name is not right: 1 to 200 characters.',
  ],
  'invalid-username': [
    'Foydalanuvchi nomi toʻgʻri emas: 2–100 harf, raqam, “.”, “_”, “-” yoki “@”.',
    'Имя пользователя не подходит: от 2 до 100 букв, цифр, «.», «_», «-» или «@».',
    'The user name is not right: 2 to 100 letters, digits, “.”, “_”, “-” or “@”.',
  ],
  'account-exists': ['Bu foydalanuvchi nomi band.', 'Такое имя пользователя уже занято.', 'This user name is taken.'],
  'invalid-logo': [
    'Rasm toʻgʻri emas: PNG, JPEG yoki WebP, koʻpi bilan 40 KiB.',
    'Картинка не подходит: PNG, JPEG или WebP, не больше 40 КиБ.',
    'The picture is not right: PNG, JPEG or WebP of 40 KiB at most.',
  ],
  'invalid-sign-in-method': [
    'Bunday kirish usuli yoʻq.',
    'Такого способа входа нет.',
    'There is no such way to sign in.',
  ],
  'invalid-email': ['Bu e-pochta manzili emas.', 'Это не адрес электронной почты.', 'This is not an e-mail address.'],
  'invalid-identity': [
    'Yozuv toʻgʻri emas yoki band.',
    'Запись не подходит или занята.',
    'A record is not right, or is taken.',
  ],
  'account-disabled': [
    'Hisob toʻxtatilgan: avval uni yoqing.',
    'Учётная запись остановлена: сначала включите её.',
    'The account is disabled: enable it first.',
  ],
  'invalid-grant': ['Grant toʻgʻri emas.', 'Грант не подходит.', 'A grant is not right.'],
  'invalid-scope': ['Scope toʻgʻri emas.', 'Значение scope не подходит.', 'A scope is not right.'],
  'invalid-redirect-uri': [
    'Qaytish manzili toʻgʻri emas.',
    'Адрес возврата не подходит.',
    'A redirect address is not right.',
  ],
  'invalid-address': ['Manzil toʻgʻri emas.', 'Адрес не подходит.', 'An address is not right.'],
  'invalid-details': [
    'Mijoz haqidagi maʼlumot toʻgʻri emas.',
    'Сведения о клиенте не подходят.',
    'Something said of the client is not right.',
  ],
  'invalid-keys': ['Kalitlar toʻgʻri emas.', 'Ключи не подходят.', 'The keys are not right.'],
  'invalid-combination': ['Bular birga boʻla olmaydi.', 'Это не сочетается.', 'These do not go together.'],
  'invalid-key': [
    'Bu kalit bilan buni qilib boʻlmaydi.',
    'С этим ключом так нельзя.',
    'This cannot be done with this key.',
  ],
  'invalid-policy': [
    'Rol yoki qoida toʻgʻri emas.',
    'Роль или политика не подходит.',
    'The role or the policy is not right.',
  ],
  'own-account': [
    'Oʻz hisobingizni boshqa administrator oʻzgartiradi.',
    'Вашу учётную запись меняет другой администратор.',
    'Your own account is changed by another administrator.',
  ],
  'own-role': [
    'Oʻzingizda bor rolning qoidasini boshqa administrator oʻzgartiradi.',
    'Политику роли, которая есть у вас, меняет другой администратор.',
    'What a role of your own permits is changed by another administrator.',
  ],
  'own-work': [
    'Mijoz dasturni siz roʻyxatga olgansiz yoki huquqlarini kengaytirgansiz: uni boshqa administrator tasdiqlaydi.',
    'Вы регистрировали этот клиент или расширяли его права: его одобряет другой администратор.',
    'You registered this client or widened its rights: another administrator approves it.',
  ],
  'administering-scope': [
    'admin/ huquqlari faqat buyruq satrida beriladi.',
    'Права admin/ выдаются только в командной строке.',
    'Scopes of admin/ are given at the command line only.',
  ],
  'administrator-of-any-kind': [
    'Administratorning rollarini platforma administratorlari oʻzgartiradi.',
    'Роли администратора меняют администраторы платформы.',
    'Roles of an administrator are changed by the administrators of the platform.',
  ],
  'undelegated-role': [
    'Bu rolni faqat platforma administratorlari beradi.',
    'Эту роль выдают только администраторы платформы.',
    'This role is given by the administrators of the platform alone.',
  ],
  'invalid-value': ['Qiymat toʻgʻri emas.', 'Значение не подходит.', 'A value is not right.'],
});

/** @param kind of a failure; one without words of its own is a value that is not right */
export function failureWords(kind: string, language: Language): string {
  const words = kinds[language];
  return Object.hasOwn(words, kind) ? words[kind as 'invalid-value'] : words['invalid-value'];
}
