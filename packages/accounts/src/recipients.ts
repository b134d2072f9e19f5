/** @dhp/accounts/recipients: addresses that Subscriptions send mails to, as far as whoever reads them has agreed. */
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
