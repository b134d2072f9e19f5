/** Messages in the languages of the platform, from JSON catalogues (docs/decisions/0032-messages.md). */
export {
  readCatalogue,
  type CatalogueFiles,
  type CatalogueTree,
  render,
  type ArgumentsOf,
  type ArgumentsOfEach,
  type Message,
} from './catalogue.ts';
export { toCyrillic } from './cyrillic.ts';
export { readMessage, type MessageValue, type MessageValues } from './message.ts';
