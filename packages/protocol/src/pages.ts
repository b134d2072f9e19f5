/** @dhp/protocol/pages: pages of the protocol itself: devices, and signing out. */
export {
  confirmDevicePage,
  deviceDonePage,
  deviceEndedPage,
  deviceWaitPage,
  userCodePage,
} from './pages/device-pages.ts';
export { anotherPersonPage, goOnScript, logoutPage, signedOutPage } from './pages/logout-pages.ts';
