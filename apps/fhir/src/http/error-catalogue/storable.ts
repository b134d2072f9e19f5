import type { CatalogueEntry } from './entry.ts';

/** Resources that are refused whatever profile they meet. */
export const storableErrors = {
  'resource-subsetted': {
    status: 422,
    issue: 'business-rule',
    severity: 'error',
    text: {
      uz: 'Bu {type} resursining faqat bir qismi (SUBSETTED belgisi bor). Saqlansa, qolgan qismi yoʻqoladi, shuning uchun saqlanmadi.',
      ru: 'Это лишь часть ресурса {type} (метка SUBSETTED). При сохранении остальное было бы потеряно, поэтому она не сохранена.',
      en: 'This is only a part of the {type} (it has the tag SUBSETTED). Storing it would lose the rest, so it was not stored.',
    },
    when: 'A resource with the tag `SUBSETTED` is written: it came from an answer with `_summary` or `_elements`, or a patch or `$meta-add` gives it the tag.',
    remedy: 'Read the whole resource, without `_summary` and `_elements`, and send that; or change it with PATCH.',
    example: {
      values: { type: 'Patient' },
      diagnostics:
        'The tag SUBSETTED says that this is a part of the resource, as an answer with _summary or _elements has it. Storing it would lose what was left out: read the whole resource, change that and send it.',
      expression: 'Patient.meta.tag[0]',
    },
  },
  'subscription-unsupported': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: 'Bu server obunalar boʻyicha xabar yubormaydi, shuning uchun “{status}” holatidagi Subscription saqlanmadi.',
      ru: 'Этот сервер не отправляет уведомлений по подпискам, поэтому Subscription со статусом «{status}» не сохранена.',
      en: 'This server sends no notifications, so a Subscription with the status "{status}" was not stored.',
    },
    when: 'A Subscription is written whose `status` is neither `off` nor `entered-in-error`: its client would wait for notifications that never come.',
    remedy:
      'Ask for changes at intervals: `GET [base]/{type}/_history?_since=…`, or a search with `_lastUpdated`. A SubscriptionTopic can be stored.',
    example: {
      values: { status: 'requested' },
      diagnostics:
        'This server sends no notifications, so nobody would ever hear of what the subscription is about. Ask for changes instead: [base]/Type/_history?_since=…, or a search with _lastUpdated. A Subscription with the status off or entered-in-error is stored, and so is a SubscriptionTopic.',
      expression: 'Subscription.status',
    },
  },
  'profile-too-large': {
    status: 422,
    issue: 'too-costly',
    severity: 'error',
    text: {
      uz: 'Profilda qoidalar (constraint) juda koʻp: {count} ta, koʻpi bilan {limit} ta mumkin. Uni bir necha profilga boʻling.',
      ru: 'В профиле слишком много правил (constraint): {count}, допустимо не более {limit}. Разделите его на несколько профилей.',
      en: 'The profile has too many constraints: {count}, at most {limit} are allowed. Divide it into several profiles.',
    },
    when: 'A StructureDefinition is written that states more constraints than a validation could evaluate for every resource.',
    remedy: 'Divide it into profiles on parts of the resource, or join constraints of one element.',
    example: {
      values: { count: '1200', limit: '1000' },
      diagnostics:
        'The profile states 1200 constraints; at most 1000 are taken. Divide it into profiles on parts of the resource.',
      expression: 'StructureDefinition',
    },
  },
  'consent-not-enforced': {
    status: 422,
    issue: 'not-supported',
    severity: 'error',
    text: {
      uz: 'Bu server roziliklarni (Consent) hozircha qoʻllamaydi, shuning uchun ular saqlanmaydi.',
      ru: 'Этот сервер пока не применяет согласия (Consent), поэтому они не сохраняются.',
      en: 'This server does not enforce consents yet, so none is stored.',
    },
    when: 'A Consent is written to a server whose operator has set `DHP_CONSENT=refuse`. By default it is stored, with a warning.',
    remedy: 'Keep the consent in the system that acts upon it.',
    example: {
      values: {},
      diagnostics:
        'Consents are not enforced: what a token permits does not depend on them, and the operator has decided that none is stored (DHP_CONSENT=refuse). Keep it where it is acted upon, and do not rely on this server to do so.',
      expression: 'Consent',
    },
  },
} as const satisfies Record<string, CatalogueEntry>;
