export { createMailer, type Mailer, type MailSettings, type Message } from "./mailer.ts";
