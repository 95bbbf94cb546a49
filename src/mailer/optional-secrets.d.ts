/** The secrets that a deployment may do without: wrangler.toml can name only those that it requires. */
interface MailerEnv {
  SMTP_PASSWORD?: string;
  MAIL_LINK_KEYS_B?: string;
  SERVICE_KEYS_B?: string;
}
