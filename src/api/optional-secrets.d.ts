/** The secrets that a deployment may do without, until keys are rotated: wrangler.toml can name only those that it requires. */
interface Env {
  TOKEN_KEYS_B?: string;
  MAIL_LINK_KEYS_B?: string;
  SERVICE_KEYS_B?: string;
  FACTOR_KEYS_B?: string;
}
