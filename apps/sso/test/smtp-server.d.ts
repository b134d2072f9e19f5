/** The part of smtp-server that is used; the package has no types. */
declare module 'smtp-server' {
  import type { Readable } from 'node:stream';

  interface Session {
    secure: boolean;
    user?: string;
    envelope: { rcptTo: readonly { address: string }[] };
  }

  export class SMTPServer {
    constructor(options: {
      secure?: boolean;
      key?: string;
      cert?: string;
      authOptional?: boolean;
      hideSTARTTLS?: boolean;
      logger: false;
      onMailFrom?: (sender: { address: string }, session: Session, done: (error?: Error | null) => void) => void;
      onRcptTo?: (recipient: { address: string }, session: Session, done: (error?: Error | null) => void) => void;
      onAuth?: (
        auth: { username: string; password: string },
        session: Session,
        done: (error: Error | null, accepted?: { user: string }) => void,
      ) => void;
      onData: (stream: Readable, session: Session, done: (error?: Error | null) => void) => void;
    });
    listen(port: number, host: string, ready: () => void): { address(): { port: number } };
    close(done: () => void): void;
    on(event: 'error', listener: (error: Error) => void): void;
  }
}
