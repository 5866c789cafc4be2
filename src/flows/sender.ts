import type { Mailer } from "../mail/index.ts";

/** What a message needs: who sends it, where its link leads, and in whose name. */
export interface Sender {
  readonly mailer: Mailer;
  readonly publicUrl: URL;
  readonly organisation: string;
}
