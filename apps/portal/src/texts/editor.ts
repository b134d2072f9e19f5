// Made by `npm run messages` from messages/editor/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/editor/uz.json' with { type: 'json' };
import ru from '../../messages/editor/ru.json' with { type: 'json' };
import en from '../../messages/editor/en.json' with { type: 'json' };

export interface EditorMessages {
  readonly body: string;
  readonly hint: string;
  readonly template: string;
  readonly insert: string;
  readonly check: string;
  readonly checking: string;
  readonly stale: string;
  readonly failed: string;
  readonly nothing: string;
  readonly fine: string;
  readonly errors: (values: { readonly count: number }) => string;
  readonly warnings: (values: { readonly count: number }) => string;
  readonly elements: string;
  readonly templates: {
    readonly allergy: string;
    readonly 'blood-pressure': string;
    readonly condition: string;
    readonly encounter: string;
    readonly immunization: string;
    readonly 'laboratory-order': string;
    readonly 'laboratory-result': string;
    readonly patient: string;
    readonly prescription: string;
    readonly report: string;
  };
}

export const editorMessages = readCatalogue<EditorMessages>({ uz, ru, en });
