/** The part of nodemailer that is used; the package has no types of its own. */
declare module 'nodemailer' {
  export function createTransport(
    options: Record<string, unknown>,
    defaults: { from: string },
  ): { sendMail(message: Record<string, unknown>): Promise<unknown> };
}
