/** @dhp/accounts/messages: messages to people, and when they are sent. */
export { afterAnswer } from './messages/after-answer.ts';
export { type Devices, openDevices } from './messages/devices.ts';
export { type Invite, openInvitations, type Messages, openMessages } from './messages/messages.ts';
export { type OnLocked, openLockout, openNotices, type Tell } from './messages/notices.ts';
export { openOutbox, type Outbox, type Queue } from './messages/outbox.ts';
export { fileSender, gatewaySender, type Sender, smtpSender } from './messages/sender.ts';
