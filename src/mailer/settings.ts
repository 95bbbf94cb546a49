import { isDevelopment, isGiven, isHelp, isPublicUrl, type Settings } from '../workers/settings.ts';

// Outside development the examples of the configuration are not taken for an answer.
const isSender: Settings[string] = (text, vars) =>
  /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>"]+$/.test(text) && (isDevelopment(vars) || !text.endsWith('.example'));

const HIGHEST_PORT = 65_535;

/** The vars of the mailer. */
export const MAILER_SETTINGS: Settings = {
  ENVIRONMENT: isGiven,
  APP_NAME: isGiven,
  APP_URL: isPublicUrl,
  MAIL_FROM: isSender,
  MAIL_TRANSPORT: (text) => text === 'cloudflare' || text === 'smtp',
  SMTP_HOST: (text, vars) => vars['MAIL_TRANSPORT'] !== 'smtp' || isGiven(text),
  SMTP_PORT: (text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= HIGHEST_PORT,
  SUPPORT_URL: isHelp,
};
