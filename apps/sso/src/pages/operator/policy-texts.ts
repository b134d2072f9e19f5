/** Texts of the operators' pages of policies. */
import { actsInLanguages, inLanguages } from './words.ts';

export const policyTexts = inLanguages({
  lead: [
    'Tashkilotdagi rol nimaga ruxsat berishi. Qoidasi yoʻq rol hech narsaga ruxsat bermaydi.',
    'Что разрешает роль в организации. Роль без политики не разрешает ничего.',
    'What a role in an organisation permits. A role without a policy permits nothing.',
  ],
  none: ['Hali birorta qoida yoʻq.', 'Политик пока нет.', 'There are no policies yet.'],
  role: ['Rol', 'Роль', 'Role'],
  roleHint: [
    'Kichik harflar, raqamlar va “-”: family-doctor',
    'Строчные буквы, цифры и «-»: family-doctor',
    'Small letters, digits and “-”, such as family-doctor.',
  ],
  holders: ['Bu rolga ega odamlar: {count}', 'Людей с этой ролью: {count}', 'People who have it: {count}'],
  changed: ['Oʻzgartirilgan', 'Изменена', 'Changed'],
  what: ['Resurs', 'Ресурс', 'Resource'],
  narrowed: ['faqat', 'только где', 'only where'],
  identifiers: [
    'milliy identifikatorlarni (JSHSHIR, pasport) yozish',
    'записывать национальные идентификаторы (ПИНФЛ, паспорт)',
    'write national identifiers (PINFL, passport)',
  ],
  delegated: ['tashkilotlar ham beradi', 'выдают и организации', 'organisations give it'],
  delegate: [
    'Tashkilot administratorlari uni oʻz tashkilotida bera va olib qoʻya oladi',
    'Администраторы организаций могут выдавать и снимать её в своей организации',
    'Administrators of organisations may give and take it in their own one',
  ],
  c: ['qoʻshish', 'добавлять', 'create'],
  r: ['oʻqish', 'читать', 'read'],
  u: ['oʻzgartirish', 'изменять', 'update'],
  d: ['oʻchirish', 'удалять', 'delete'],
  s: ['qidirish', 'искать', 'search'],
  scopes: ['Ruxsatlar', 'Разрешения', 'Permits'],
  scopesHint: [
    'Har biri alohida qatorda: user/Patient.rs yoki user/Encounter.rs?service-provider={organization}. Milliy identifikatorlarni yozish uchun: dhp.national-identifiers/Patient',
    'Каждое с новой строки: user/Patient.rs или user/Encounter.rs?service-provider={organization}. Чтобы записывать национальные идентификаторы: dhp.national-identifiers/Patient',
    'One a line: user/Patient.rs, or user/Encounter.rs?service-provider={organization}. To write national identifiers: dhp.national-identifiers/Patient.',
  ],
});

export const policyActs = ['add', 'set', 'remove'] as const;
export type PolicyAct = (typeof policyActs)[number];

export const policyActTexts = actsInLanguages<PolicyAct>({
  add: {
    label: ['Rol qoʻshish', 'Добавить роль', 'Add a role'],
    question: ['Yangi rol nimaga ruxsat beradi?', 'Что разрешит новая роль?', 'What does a new role permit?'],
    follows: [
      [
        'Rolni odamlarga ularning sahifasida berasiz; shundan keyin olingan tokenlarda amal qiladi.',
        'Роль выдают людям на их страницах; она действует в токенах, полученных после этого.',
        'You give the role to people at their pages; it counts in tokens issued after that.',
      ],
    ],
    done: ['Rol qoʻshildi.', 'Роль добавлена.', 'The role is added.'],
  },
  set: {
    label: ['Oʻzgartirish', 'Изменить', 'Change'],
    question: ['{name} nimaga ruxsat beradi?', 'Что разрешает {name}?', 'What does {name} permit?'],
    follows: [
      [
        'Bu avvalgi ruxsatlar oʻrniga oʻtadi va shundan keyin olingan tokenlarda amal qiladi.',
        'Это заменит прежние разрешения и действует в токенах, полученных после этого.',
        'It takes the place of what was permitted before, in tokens issued after that.',
      ],
      [
        'Berilgan tokenlar muddati tugaguncha (bir soatgacha) avvalgidek.',
        'Выданные токены остаются прежними до конца срока (до часа).',
        'Tokens that were issued stay as they are until they expire, within the hour.',
      ],
    ],
    done: ['Qoida oʻzgartirildi.', 'Политика изменена.', 'The policy is changed.'],
  },
  remove: {
    label: ['Olib tashlash', 'Удалить', 'Remove'],
    question: ['{name} qoidasi olib tashlansinmi?', 'Удалить политику роли {name}?', 'Remove the policy of {name}?'],
    follows: [
      [
        'Rol odamlarda qoladi, ammo hech narsaga ruxsat bermaydi.',
        'Роль останется у людей, но не будет разрешать ничего.',
        'People keep the role, but it permits nothing.',
      ],
    ],
    done: ['Qoida olib tashlandi.', 'Политика удалена.', 'The policy is removed.'],
  },
});
