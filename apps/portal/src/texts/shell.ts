// Made by `npm run messages` from messages/shell/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/shell/uz.json' with { type: 'json' };
import ru from '../../messages/shell/ru.json' with { type: 'json' };
import en from '../../messages/shell/en.json' with { type: 'json' };

export interface ShellMessages {
  readonly navigation: string;
  readonly sections: {
    readonly start: string;
    readonly applications: string;
    readonly explorer: string;
    readonly documents: string;
  };
  readonly signIn: string;
  readonly signOut: string;
  readonly signedInAs: string;
  readonly trouble: {
    readonly again: string;
    readonly 'not-signed-in': {
      readonly title: string;
      readonly cure: string;
    };
    readonly away: {
      readonly title: string;
      readonly cure: string;
    };
  };
}

export const shellMessages = readCatalogue<ShellMessages>({ uz, ru, en });
