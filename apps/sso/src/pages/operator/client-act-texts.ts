/** Texts of the operators' acts on clients. */
import { actsInLanguages } from './words.ts';

export const clientActs = [
  'approve',
  'enable',
  'change',
  'rotate-secret',
  'drop-old-secret',
  'sign-out',
  'disable',
] as const;
export type ClientAct = (typeof clientActs)[number];

export const clientActTexts = actsInLanguages<ClientAct>({
  approve: {
    label: ['Tasdiqlash', 'Одобрить', 'Approve'],
    question: ['{name} tasdiqlansinmi?', 'Одобрить: {name}?', 'Approve {name}?'],
    follows: [
      [
        'Bu mijoz amaliy muhitda darhol token ola boshlaydi.',
        'Клиент сразу сможет получать токены в рабочей среде.',
        'The client gets tokens of production from now on.',
      ],
      [
        'Kim va qachon tasdiqlagani saqlanadi.',
        'Кто и когда одобрил, сохранится.',
        'Who approved it and when is kept.',
      ],
    ],
    done: ['Mijoz tasdiqlandi.', 'Клиент одобрен.', 'The client is approved.'],
  },
  enable: {
    label: ['Qayta yoqish', 'Включить', 'Enable'],
    question: ['{name} qayta yoqilsinmi?', 'Снова включить: {name}?', 'Enable {name}?'],
    follows: [
      [
        'U avvalgi siri yoki kalitlari bilan yana token oladi.',
        'Он снова получит токены с прежним секретом или ключами.',
        'It gets tokens again, with the secret or keys of before.',
      ],
    ],
    done: ['Mijoz yoqildi.', 'Клиент включён.', 'The client is enabled.'],
  },
  change: {
    label: ['Oʻzgartirish', 'Изменить', 'Change'],
    question: ['{name}: nima oʻzgaradi?', 'Что изменить: {name}?', 'Change {name}?'],
    follows: [
      [
        'Oʻzgarish keyingi soʻrovdan boshlab amal qiladi; berilgan tokenlar muddati tugaguncha oʻzgarmaydi.',
        'Изменения действуют со следующего запроса; выданные токены до конца срока остаются прежними.',
        'It counts from the next request on; tokens that were issued stay as they are until they expire.',
      ],
      [
        'Muhiti va turi oʻzgarmaydi: buning uchun boshqa mijoz roʻyxatga olinadi.',
        'Среда и вид не меняются: для этого регистрируют другого клиента.',
        'Its environment and kind stay: another one would be another client.',
      ],
    ],
    done: ['Mijoz oʻzgartirildi.', 'Клиент изменён.', 'The client is changed.'],
  },
  'rotate-secret': {
    label: ['Sirni almashtirish', 'Сменить секрет', 'Rotate the secret'],
    question: ['{name} sirini almashtirasizmi?', 'Сменить секрет: {name}?', 'Rotate the secret of {name}?'],
    follows: [
      [
        'Yangi sir yaratiladi va sizga bir marta koʻrsatiladi.',
        'Будет создан новый секрет; вы увидите его один раз.',
        'A new secret is made and shown to you once.',
      ],
      [
        'Berilgan tokenlar muddati tugaguncha ishlaydi.',
        'Выданные токены действуют до конца срока.',
        'Tokens that were issued go on until they expire.',
      ],
    ],
    done: ['Sir almashtirildi.', 'Секрет сменён.', 'The secret is rotated.'],
  },
  'drop-old-secret': {
    label: ['Eski sirni bekor qilish', 'Отменить прежний секрет', 'End the old secret'],
    question: [
      '{name}: eski sir bekor qilinsinmi?',
      'Отменить прежний секрет: {name}?',
      'End the old secret of {name}?',
    ],
    follows: [
      [
        'Faqat oxirgi sir ishlaydi. Mijoz unga oʻtganiga ishonch hosil qiling.',
        'Действовать будет только последний секрет. Убедитесь, что клиент уже перешёл на него.',
        'Only the latest secret works. Make sure that the client has changed to it.',
      ],
    ],
    done: ['Eski sir bekor qilindi.', 'Прежний секрет отменён.', 'The old secret has ended.'],
  },
  'sign-out': {
    label: ['Seanslarini tugatish', 'Завершить его сеансы', 'End its sessions'],
    question: [
      '{name} ning barcha seanslari tugatilsinmi?',
      'Завершить все сеансы: {name}?',
      'End all sessions of {name}?',
    ],
    follows: [
      [
        'Bu mijozning barcha tokenlari darhol tugaydi, odamsiz olinganlari ham.',
        'Все токены клиента закончатся сразу, и полученные без человека тоже.',
        'All tokens of the client end now, those without a person too.',
      ],
      [
        'Mijozga xabar beriladi, agar u buning uchun manzil koʻrsatgan boʻlsa.',
        'Клиент будет извещён, если указал для этого адрес.',
        'The client is told, where it gave an address for that.',
      ],
      [
        'Odamlar boshqa dasturlarda qoladi va bu dasturga qayta kira oladi.',
        'Люди останутся в других приложениях и смогут войти в это снова.',
        'People stay signed in elsewhere, and can come back to this one.',
      ],
    ],
    done: ['Seanslar tugatildi.', 'Сеансы завершены.', 'The sessions have ended.'],
  },
  disable: {
    label: ['Toʻxtatish', 'Остановить', 'Disable'],
    question: ['{name} toʻxtatilsinmi?', 'Остановить: {name}?', 'Disable {name}?'],
    follows: [
      [
        'U endi token ololmaydi, odamlar u orqali kira olmaydi.',
        'Он больше не получит токенов, люди не войдут через него.',
        'It gets no tokens, and nobody signs in by way of it.',
      ],
      [
        'Undagi tokenlar bir necha soniyada rad etila boshlaydi.',
        'Его токены перестанут приниматься за несколько секунд.',
        'The tokens that it has are refused within seconds.',
      ],
      ['Uni qayta yoqish mumkin.', 'Его можно включить снова.', 'It can be enabled again.'],
    ],
    done: ['Mijoz toʻxtatildi.', 'Клиент остановлен.', 'The client is disabled.'],
  },
});

export const newClientTexts = actsInLanguages<'add'>({
  add: {
    label: ['Roʻyxatga olish', 'Зарегистрировать', 'Register'],
    question: ['Yangi mijoz qanday?', 'Какой это клиент?', 'What is the new client?'],
    follows: [
      [
        'Siri boʻlsa, u sizga bir marta koʻrsatiladi.',
        'Если у него есть секрет, вы увидите его один раз.',
        'Where it has a secret, it is shown to you once.',
      ],
      [
        'Amaliy muhitda u tasdiqlangandan keyin ishlaydi.',
        'В рабочей среде он заработает после одобрения.',
        'In production it works when it is approved.',
      ],
    ],
    done: ['Mijoz roʻyxatga olindi.', 'Клиент зарегистрирован.', 'The client is registered.'],
  },
});
