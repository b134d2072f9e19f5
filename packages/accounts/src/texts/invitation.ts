// Made by `npm run messages` from messages/invitation/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/invitation/uz.json' with { type: 'json' };
import ru from '../../messages/invitation/ru.json' with { type: 'json' };
import en from '../../messages/invitation/en.json' with { type: 'json' };

export interface InvitationMessages {
  readonly subject: string;
  readonly text: (values: {
    readonly name: MessageValue;
    readonly username: MessageValue;
    readonly link: MessageValue;
  }) => string;
}

export const invitationMessages = readCatalogue<InvitationMessages>({ uz, ru, en });
