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
} as const satisfies Record<string, CatalogueEntry>;
