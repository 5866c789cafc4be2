import { compileMessage } from "@lingui/message-utils/compileMessage";
import { en } from "./en.ts";
import { fr } from "./fr.ts";
import { frenchPrint } from "../../../french-print.ts";

type Catalogue = Readonly<Record<string, ReturnType<typeof compileMessage>>>;

function compiled(messages: Readonly<Record<string, string>>, spaces?: (text: string) => string): Catalogue {
  return Object.fromEntries(
    Object.entries(messages).map(([key, message]) => [key, compileMessage(message, spaces)]),
  );
}

/**
 * Both languages, read as messages. The build does that once and puts the result in place of `compiled`, so that browsers
 * load no reader of messages (see vite.config.ts).
 */
export const CATALOGUES = { fr: compiled(fr, frenchPrint), en: compiled(en) } as const;
