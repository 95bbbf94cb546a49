import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import MailComposer from 'nodemailer/lib/mail-composer';
import { encodeWord } from 'nodemailer/lib/mime-funcs';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { RenderedMail } from './message.tsx';
import { SendFailure } from './send-failure.ts';

/** The vars, and the optional secret, that say where mails go and whom they come from. */
export type SmtpSettings = Pick<
  MailerEnv,
  'APP_NAME' | 'MAIL_FROM' | 'SMTP_HOST' | 'SMTP_PORT' | 'SMTP_USERNAME' | 'SMTP_PASSWORD'
>;

// Shorter than the time that a mail has to be sent in: the connection is closed before the mail is given back, so that
// a server that was merely slow does not take it afterwards.
const SMTP_DEADLINE_MS = 25 * 1000;

// An address that needs no quotation marks (RFC 5322 §3.2.3, opened to letters by RFC 6531). Any other is refused:
// whatever a composer would repair it to, it would be somebody else's. `=?` begins an encoded word (RFC 2047), which
// some mail programs decode even here.
const ATOM = '[^\\s\\p{C}"(),.:;<>@[\\\\\\]]+';
// Letters of a domain, with what may stand between them (RFC 5892, appendix A).
const DOMAIN = '[\\p{L}\\p{N}\\p{M}\\u200C\\u200D\\u00B7\\u0375\\u05F3\\u05F4\\u30FB.-]+';
const ADDRESS = new RegExp(`^(?!.*=\\?)${ATOM}(?:\\.${ATOM})*@${DOMAIN}$`, 'u');

// What looks like an encoded word is taken for one by nodemailer and by readers, so it is encoded itself (RFC 2047 §5).
const headerOf = (text: string): string => (text.includes('=?') ? encodeWord(text, 'B', 52) : text);

const hostOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/**
 * The bytes of a mail (RFC 5322) and its envelope (RFC 5321): text and HTML, and an id that is the same each time.
 * Throws a `SendFailure` where the recipient's address is none.
 */
export const composeMail = async (settings: SmtpSettings, mail: RenderedMail, key: string, now = new Date()) => {
  if (!ADDRESS.test(mail.to)) throw new SendFailure('SMTP_NO_ADDRESS', true);
  const message = new MailComposer({
    from: { name: settings.APP_NAME, address: settings.MAIL_FROM },
    to: { name: '', address: mail.to },
    subject: headerOf(mail.subject),
    text: mail.text,
    html: mail.html,
    date: now,
    messageId: `<${key}@${hostOf(settings.MAIL_FROM)}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': mail.language },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const { from, to } = message.getEnvelope();
  return { envelope: { from, to }, bytes: await message.build() };
};

const credentialsOf = ({ SMTP_USERNAME, SMTP_PASSWORD }: SmtpSettings) => {
  if (!SMTP_USERNAME && !SMTP_PASSWORD) return undefined;
  if (SMTP_USERNAME && SMTP_PASSWORD) return { user: SMTP_USERNAME, pass: SMTP_PASSWORD };
  throw new Error('SMTP_USERNAME and SMTP_PASSWORD go together.');
};

const socketOf = ({ SMTP_HOST, SMTP_PORT }: SmtpSettings): Socket => {
  if (!SMTP_HOST) throw new Error('MAIL_TRANSPORT is "smtp", and SMTP_HOST is empty.');
  return connect({ host: SMTP_HOST, port: Number(SMTP_PORT) });
};

/**
 * A session over a socket. The socket is connected here and by name: left to itself nodemailer looks the name up and
 * connects by number, and the certificate is checked against what was connected to.
 */
const sessionOf = ({ SMTP_HOST, MAIL_FROM }: SmtpSettings, socket: Socket): SMTPConnection =>
  new SMTPConnection({
    connection: socket,
    host: SMTP_HOST,
    secure: false,
    requireTLS: true,
    // A Worker has no name of its own to greet with.
    name: hostOf(MAIL_FROM),
  });

/** Goes through one session: STARTTLS, login where there is one, one mail. */
const talk = async (
  session: SMTPConnection,
  credentials: ReturnType<typeof credentialsOf>,
  { envelope, bytes }: Awaited<ReturnType<typeof composeMail>>,
): Promise<void> => {
  const step = (start: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
  await step((done) => session.connect(done));
  // Its last answer is the list of what it can do. Without this, what it would make of the address is anybody's guess.
  const speaksUtf8 = /^250[ -]SMTPUTF8\b/im.test(session.lastServerResponse || '');
  if (!speaksUtf8 && /[^\p{ASCII}]/u.test(envelope.to.join())) throw new SendFailure('SMTP_NO_SMTPUTF8', true);
  if (credentials) await step((done) => session.login(credentials, done));
  await step((done) => session.send(envelope, bytes, done));
};

type SmtpError = { code?: unknown; command?: unknown; response?: unknown; responseCode?: unknown };

/**
 * Whether a refusal is about this recipient, so that trying again is of no use. Other 5xx answers (a login, a sender or
 * a network that is not welcome: 5.7.x, 5.1.7, 5.1.8 of RFC 3463) are the operator's to mend, and the mail waits.
 */
const isRefusedRecipient = ({ command, response, responseCode }: SmtpError): boolean => {
  const isAtRecipient = command === 'RCPT TO';
  if (!isAtRecipient && command !== 'DATA') return false;
  const [, enhanced] = /^5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(String(response)) ?? [];
  if (enhanced && /^5\.(?:7\.|1\.[78]$)/.test(enhanced)) return false;
  if (enhanced?.startsWith('5.1.')) return true;
  return isAtRecipient && [550, 551, 553].includes(Number(responseCode));
};

/** The server's number, or else at what the connection failed; never its words, which may name the address. */
export const failureOf = (error: unknown): unknown => {
  const { code, responseCode } = (error ?? {}) as SmtpError;
  if (error instanceof SendFailure || typeof code !== 'string') return error;
  const reason = responseCode && code !== 'ETLS' ? responseCode : code;
  return new SendFailure(`SMTP_${reason}`, isRefusedRecipient(error as SmtpError));
};

/** Sends one mail to an SMTP server, over a connection of its own with STARTTLS and a certificate that is checked. */
export const sendBySmtp = async (settings: SmtpSettings, mail: RenderedMail, key: string): Promise<void> => {
  const composed = await composeMail(settings, mail, key);
  const credentials = credentialsOf(settings);
  const socket = socketOf(settings);
  const session = sessionOf(settings, socket);
  const broken = Promise.withResolvers<never>();
  socket.on('error', () => broken.reject(new SendFailure('SMTP_ESOCKET')));
  session.on('error', broken.reject);
  const timer = setTimeout(() => broken.reject(new SendFailure('SMTP_NO_ANSWER_IN_TIME')), SMTP_DEADLINE_MS);
  try {
    await Promise.race([broken.promise, once(socket, 'connect')]);
    await Promise.race([broken.promise, talk(session, credentials, composed)]);
    session.quit();
  } catch (error) {
    session.close();
    socket.destroy();
    throw failureOf(error);
  } finally {
    clearTimeout(timer);
  }
};
