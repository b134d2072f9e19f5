// Made by `npm run messages` from messages/frame/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/frame/uz.json' with { type: 'json' };
import ru from '../../messages/frame/ru.json' with { type: 'json' };
import en from '../../messages/frame/en.json' with { type: 'json' };

export interface FrameMessages {
  readonly service: string;
  readonly platform: string;
  readonly languages: string;
  readonly skip: string;
  readonly promise: string;
}

export const frameMessages = readCatalogue<FrameMessages>({ uz, ru, en });
