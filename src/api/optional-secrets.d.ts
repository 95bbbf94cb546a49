/** The secrets that a deployment may do without: those that a rotation of keys writes, and what asks for numbers. wrangler.toml can name only those that it requires. */
interface Env {
  TOKEN_KEYS_B?: string;
  MAIL_LINK_KEYS_B?: string;
  SERVICE_KEYS_B?: string;
  FACTOR_KEYS_B?: string;
  METRICS_TOKEN?: string;
}
