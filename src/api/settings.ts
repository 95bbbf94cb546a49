import {
  isDevelopment,
  isGiven,
  isHelp,
  isOrigin,
  isPublicUrl,
  listedOrigins,
  type Settings,
} from '../workers/settings.ts';

/** The vars of the API Worker. */
export const API_SETTINGS: Settings = {
  ENVIRONMENT: isGiven,
  APP_NAME: isGiven,
  APP_URL: isPublicUrl,
  ALLOWED_ORIGINS: (list) => !listedOrigins(list).includes(undefined),
  AVATAR_BASE_URL: (text, vars) => text === '' || (isOrigin(text) && isPublicUrl(text, vars)),
  DELETION_GRACE_DAYS: (text) => /^\d{1,4}$/.test(text),
  BREACHED_PASSWORDS_URL: (text, vars) => text === '' || (isPublicUrl(text, vars) && text.endsWith('/')),
  PAGES: (text) => text === 'on' || text === 'off',
  SUPPORT_URL: isHelp,
  TERMS_URL: (text, vars) => text === '' || isPublicUrl(text, vars),
  METRICS_URL: (text, vars) => text === '' || isPublicUrl(text, vars),
  // It goes into a query.
  METRICS_TABLE: (text) => /^\w+$/.test(text),
  REQUIRE_SECOND_FACTOR: (text) => text === '' || text === 'admin',
  RATE_LIMITS: (text, vars) => text === 'on' || (text === 'off' && isDevelopment(vars)),
  TOKEN_ISSUER: isGiven,
  TOKEN_AUDIENCE: isGiven,
};
