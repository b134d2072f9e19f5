/** The part of nodemailer that is used; the package has no types. */
declare module 'nodemailer' {
  export interface Transport {
    sendMail(message: Record<string, unknown>): Promise<unknown>;
  }
  export function createTransport(options: Record<string, unknown>, defaults: { from: string }): Transport;
}
