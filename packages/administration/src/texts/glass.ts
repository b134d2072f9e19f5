// Made by `npm run messages` from messages/glass/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/glass/uz.json' with { type: 'json' };
import ru from '../../messages/glass/ru.json' with { type: 'json' };
import en from '../../messages/glass/en.json' with { type: 'json' };

export interface GlassMessages {
  readonly lead: string;
  readonly empty: string;
  readonly all: string;
  readonly waiting: string;
  readonly more: string;
  readonly who: string;
  readonly patient: string;
  readonly client: string;
  readonly since: string;
  readonly until: string;
  readonly reason: string;
  readonly verdict: string;
  readonly note: string;
  readonly reviewedBy: string;
  readonly verdicts: {
    readonly justified: string;
    readonly unjustified: string;
  };
}

export const glassMessages = readCatalogue<GlassMessages>({ uz, ru, en });
