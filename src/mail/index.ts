export { addressRefused, createMailer, type Mailer, type MailSettings, type Message } from "./mailer.ts";
