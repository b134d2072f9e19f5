import type { Texts } from './texts.ts';

/** Uzbek in Latin script: oʻ and gʻ with U+02BB, the tutuq belgisi as U+02BC. */
export const uzbek: Texts = {
  languageSwitch: 'Sahifa tili',
  skip: 'Asosiy qismga oʻtish',
  title: 'Milliy raqamli sogʻliqni saqlash platformasi',
  lead: 'Oʻzbekiston milliy platformasining ochiq kodli dasturi: yagona kirish tizimi (OAuth 2.0) hamda tibbiy axborot tizimlari maʼlumot almashadigan FHIR R5 serverlari.',
  services: {
    heading: 'Xizmatlar va manzillar',
    names: {
      sso: 'Yagona kirish (SSO)',
      playground: 'Sinov muhiti',
      production: 'Ishchi muhit',
      portal: 'Portal',
    },
    about: {
      sso: 'Tizimlarga kirish tokenlarini beradi.',
      playground: 'FHIR serveri. Faqat sunʼiy maʼlumotlar saqlanadi, bemalol sinab koʻring.',
      production: 'FHIR serveri. Haqiqiy maʼlumotlar, qatʼiy qoidalar: sinov muhiti tokeni bu yerda qabul qilinmaydi.',
      portal: 'Hozir koʻrib turgan sahifangiz.',
    },
    states: {
      ready: 'Ishlayapti',
      'not-ready': 'Hali tayyor emas',
      unreachable: 'Javob bermayapti',
      unknown: 'Holati nomaʼlum',
    },
    addresses: {
      base: 'Asosiy manzil',
      token: 'Token soʻrash manzili',
      openid: 'OpenID Connect tavsifi',
      oauth: 'OAuth 2.0 tavsifi',
      jwks: 'Ochiq kalitlar (JWKS)',
      metadata: 'Server imkoniyatlari (CapabilityStatement)',
      smart: 'SMART sozlamalari',
      page: 'Bosh sahifa',
      status: 'Xizmatlar holati (JSON)',
    },
  },
  summary: {
    allReady: 'Barcha xizmatlar ishlayapti',
    someNot: 'Ishlamayotgan xizmatlar bor: {names}',
    checking: 'Xizmatlar holati tekshirilmoqda…',
    portalSilent: 'Portal javob bermayapti, qayta urinib koʻriladi',
  },
  steps: {
    heading: 'Birinchi soʻrov: uch qadam',
    lead: 'Buyruqlarda aynan shu serverning manzillari yozilgan: nusxa olib, ishga tushiring.',
    register: {
      title: 'Tizimingizni roʻyxatdan oʻtkazing',
      text: 'Buyruqni platforma ishlab turgan kompyuterda, uning papkasida bajaring. Javobda client_id va client_secret chiqadi. Maxfiy kalit faqat bir marta koʻrsatiladi.',
    },
    token: {
      title: 'Token oling',
      text: 'Koʻp nuqta oʻrniga oʻz client_id va client_secret qiymatlaringizni yozing. Token bir soat amal qiladi.',
    },
    read: {
      title: 'Bemor maʼlumotini oʻqing',
      text: 'Bu sunʼiy bemor sinov muhiti bilan birga keladi.',
    },
    search: {
      title: 'Bemorlarni qidiring',
      text: 'Qidiruv ism-familiya boʻyicha. Bunday bemor hali boʻlmasa, javobda boʻsh roʻyxat (Bundle) keladi.',
    },
    create: {
      title: 'Endi yangi bemor yarating',
      text: '201 javobi yozuv yaratilganini bildiradi, Location sarlavhasi esa uning manzilini koʻrsatadi.',
    },
    practitioner: 'Namunaviy shifokor ham bor:',
    secretWarning:
      'client_secret faqat oʻz serveringizda saqlansin: uni veb-sahifaga yoki mobil ilovaga joylashtirmang.',
    clientName: 'Mening tizimim',
    examplesIn: 'Misollar tili',
    save: {
      javascript: 'Keyingi boʻlaklarni bitta faylga ketma-ket yozing va Node.js bilan ishga tushiring: node dhp.mjs',
      python: 'Keyingi boʻlaklarni bitta faylga ketma-ket yozing va ishga tushiring: python3 dhp.py',
    },
  },
  copy: { action: 'Nusxa olish', done: 'Nusxa olindi', failed: 'Nusxa olinmadi' },
  footer: {
    synthetic: 'Sinov muhitiga haqiqiy bemorlar maʼlumotini yubormang.',
    licence: 'Ochiq kod, Apache 2.0 litsenziyasi',
  },
  notFound: {
    title: 'Bunday sahifa yoʻq',
    text: 'Manzilni tekshiring yoki bosh sahifadan boshlang.',
    home: 'Bosh sahifaga oʻtish',
  },
};
