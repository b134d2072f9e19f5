/** What the operators' pages of clients say. */
import { actsInLanguages, inLanguages } from './words.ts';

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

export const clientTexts = inLanguages({
  search: ['Nomi yoki client_id', 'Название или client_id', 'Name or client_id'],
  searchHint: [
    'Nomlar har qanday yozuvda topiladi.',
    'Названия находятся в любой письменности.',
    'Names are found in any script.',
  ],
  environment: ['Muhit', 'Среда', 'Environment'],
  playground: ['sinov muhiti', 'песочница', 'playground'],
  production: ['amaliy muhit', 'рабочая среда', 'production'],
  any: ['Har qanday', 'Любая', 'Any'],
  registered: ['tasdiqni kutmoqda', 'ждёт одобрения', 'waits for approval'],
  enrolled: ['roʻyxatda', 'зарегистрирован', 'registered'],
  approved: ['tasdiqlangan', 'одобрен', 'approved'],
  disabled: ['toʻxtatilgan', 'остановлен', 'disabled'],
  registeredOn: ['Roʻyxatga olingan', 'Зарегистрирован', 'Registered'],
  changedOn: ['Oxirgi oʻzgarish', 'Изменён', 'Last changed'],
  approvedOn: ['Tasdiqlangan', 'Одобрен', 'Approved'],
  nobody: ['hali hech kim', 'пока никем', 'by nobody yet'],
  by: ['kim tomonidan', 'кем', 'by'],
  disabledSince: ['Toʻxtatilgan', 'Остановлен', 'Disabled since'],
  registration: ['Roʻyxat maʼlumotlari', 'Регистрация', 'Registration'],
  kind: ['Turi', 'Вид', 'Kind'],
  public: ['ochiq dastur, sirsiz', 'публичное приложение, без секрета', 'public application, no secret'],
  keys: ['oʻz kalitlari bilan', 'подписывает своими ключами', 'signs with its own keys'],
  secret: ['sir bilan', 'с секретом', 'with a secret'],
  secrets: ['Amaldagi sirlar', 'Действующие секреты', 'Secrets in force'],
  grants: ['Grantlar', 'Гранты', 'Grants'],
  name: ['Nomi', 'Название', 'Name'],
  may: ['Nimalarga ruxsati bor', 'Что ему разрешено', 'What it may do'],
  noScopes: ['Hech narsaga.', 'Ничего.', 'Nothing.'],
  addresses: ['Manzillar', 'Адреса', 'Addresses'],
  redirects: ['Kirgandan keyin (redirect_uri)', 'После входа (redirect_uri)', 'After signing in (redirect_uri)'],
  postLogout: ['Chiqqandan keyin', 'После выхода', 'After signing out'],
  backchannel: [
    'Chiqish haqida xabar (back-channel)',
    'Извещение о выходе (back-channel)',
    'Told of sign-outs at (back-channel)',
  ],
  keySet: ['Kalitlar manzili (jwks_uri)', 'Адрес ключей (jwks_uri)', 'Key set at (jwks_uri)'],
  none: ['yoʻq', 'нет', 'none'],
  details: ['U haqida', 'О клиенте', 'About it'],
  client_uri: ['Sahifasi', 'Его страница', 'Its page'],
  logo_uri: ['Belgisi (logo_uri)', 'Логотип (logo_uri)', 'Logo (logo_uri)'],
  policy_uri: ['Maʼlumotlar siyosati', 'Политика данных', 'What it does with data'],
  tos_uri: ['Shartlari', 'Условия', 'Its terms'],
  initiate_login_uri: ['Ishga tushirish manzili', 'Адрес запуска', 'Launched at'],
  contacts: ['Masʼullar', 'Ответственные', 'Who answers for it'],
  software_id: ['Dastur', 'Программа', 'Software'],
  software_version: ['Versiyasi', 'Версия', 'Version'],
  registeredWith: ['Oʻzi roʻyxatdan oʻtgan (token)', 'Зарегистрировался сам (токен)', 'Registered itself (token)'],
  contactsHint: [
    'E-pochta manzillari, har biri alohida qatorda.',
    'Адреса почты, каждый с новой строки.',
    'E-mail addresses, one a line.',
  ],
  lastToken: ['Oxirgi token', 'Последний токен', 'Last token'],
  never: ['hech qachon', 'никогда', 'never'],
  sessions: ['Seanslari', 'Его сеансы', 'Its sessions'],
  lines: ['Har birini alohida qatorga yozing.', 'Каждый с новой строки.', 'One a line.'],
  add: ['Mijoz qoʻshish', 'Добавить клиента', 'Register a client'],
  ways: ['Kirish usullari', 'Способы входа', 'Ways to sign in'],
  everyWay: ['bor usullarning hammasi', 'все, какие есть', 'every way there is'],
  waysHint: [
    'Hech biri belgilanmasa, hammasi mumkin.',
    'Если ничего не отмечено, подходят все.',
    'Where none is chosen every way will do.',
  ],
  picture: ['Rasmi', 'Картинка', 'Picture'],
  pictureHint: [
    'PNG, JPEG yoki WebP, koʻpi bilan 40 KiB. Kirish va ruxsat sahifalarida koʻrinadi.',
    'PNG, JPEG или WebP, не больше 40 КиБ. Видна на страницах входа и согласия.',
    'PNG, JPEG or WebP of 40 KiB at most. It is shown where people sign in and consent.',
  ],
  noPicture: ['Rasm olib tashlansin', 'Убрать картинку', 'Take the picture away'],
  people: [
    'odamlar kiradi (authorization_code)',
    'люди входят (authorization_code)',
    'people sign in (authorization_code)',
  ],
  system: [
    'oʻzi ishlaydi, odamsiz (client_credentials)',
    'работает сам, без человека (client_credentials)',
    'it acts for itself (client_credentials)',
  ],
  refresh: [
    'odam qayta kirmasdan davom etadi (refresh_token)',
    'продолжает без нового входа (refresh_token)',
    'it goes on without a new sign-in (refresh_token)',
  ],
  device: [
    'brauzersiz qurilma (device_code)',
    'устройство без браузера (device_code)',
    'a device without a browser (device_code)',
  ],
  redirectsHint: [
    'Odamlar kirsa kerak; har birini alohida qatorga yozing.',
    'Нужны, если люди входят; каждый с новой строки.',
    'Needed where people sign in; one a line.',
  ],
  keySetHint: [
    'Faqat oʻz kalitlari bilan ishlaydigan mijoz uchun.',
    'Только для клиента, который подписывает своими ключами.',
    'Only for a client that signs with its own keys.',
  ],
  scopes: ['Scope qiymatlari', 'Значения scope', 'Scopes'],
  keepOld: [
    'Eski sir keyingi almashtirishgacha ishlayversin',
    'Прежний секрет пусть действует до следующей смены',
    'The old secret goes on working until the next rotation',
  ],
  shortest: [
    'Eski sir darhol tugaydi, agar belgilanmasa.',
    'Без отметки прежний секрет закончится сразу.',
    'Otherwise the old one ends at once.',
  ],
});

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
