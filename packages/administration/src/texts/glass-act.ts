// Made by `npm run messages` from messages/glass-act/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/glass-act/uz.json' with { type: 'json' };
import ru from '../../messages/glass-act/ru.json' with { type: 'json' };
import en from '../../messages/glass-act/en.json' with { type: 'json' };

export interface GlassActMessages {
  readonly review: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const glassActMessages = readCatalogue<GlassActMessages>({ uz, ru, en });
