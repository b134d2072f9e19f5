/** @dhp/accounts/recipients: addresses to which Subscriptions send mails, if their owners have agreed. */
export {
  confirmMailsPath,
  endMailsPath,
  openRecipients,
  type MailAnswer,
  type MailLimits,
  type MailQuestion,
  type Recipients,
  type ShownRecipient,
} from './recipients/recipients.ts';
export { openAccessWatches, type AccessWatches, type WatchState } from './recipients/watches.ts';
export { deleteUnseenRecipients } from './store/mail-recipients.ts';
