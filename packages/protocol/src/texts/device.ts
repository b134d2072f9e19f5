// Made by `npm run messages` from messages/device/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/device/uz.json' with { type: 'json' };
import ru from '../../messages/device/ru.json' with { type: 'json' };
import en from '../../messages/device/en.json' with { type: 'json' };

export interface DeviceMessages {
  readonly title: string;
  readonly about: string;
  readonly code: string;
  readonly continue: string;
  readonly wrong: string;
  readonly lost: string;
  readonly ask: string;
  readonly same: (values: { readonly code: MessageValue }) => string;
  readonly yes: string;
  readonly no: string;
  readonly done: string;
  readonly doneCure: string;
  readonly ended: string;
  readonly wait: string;
}

export const deviceMessages = readCatalogue<DeviceMessages>({ uz, ru, en });
