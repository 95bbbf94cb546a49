import type { Paragraph } from './locales/catalogue.ts';

/** A rendered mail, ready for any transport. */
export type RenderedMail = {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** The language it is written in, for the header `Content-Language`. */
  language: string;
};

/** The sentences of a mail and of what surrounds them, in the order in which both parts say them. */
export type MailParts = {
  language: string;
  subject: string;
  greeting: string;
  paragraphs: readonly [string, ...Paragraph[]];
  /** A link, the words on its button, and how the two other places where it stands lead over to it. */
  link?: { url: string; action: string; label: string; hint: string } | undefined;
  about: string;
  support: { lead: string; url: string };
};

// Chinese, Japanese and Korean share code points but not shapes, so each names its own fonts after the system's.
const CJK_FONTS: Record<string, string> = {
  ja: 'Hiragino Sans,Yu Gothic UI,Meiryo,Noto Sans CJK JP,Noto Sans JP,',
  ko: 'Apple SD Gothic Neo,Malgun Gothic,Noto Sans CJK KR,Noto Sans KR,',
  zh: 'PingFang SC,Microsoft YaHei,Noto Sans CJK SC,Noto Sans SC,',
};

const fonts = (language: string) =>
  `font-family:-apple-system,Segoe UI,Roboto,Helvetica Neue,${CJK_FONTS[language] ?? ''}Arial,sans-serif`;

// Inline, because some clients drop the style element. It holds only what cannot stand inline, and neither it nor
// the styles contain a quote or an angle bracket, which JSX would escape.
const PAGE = 'margin:0;padding:32px 12px;background-color:#f4f4f5;color:#18181b;font-size:16px;line-height:1.6';
const CARD =
  'box-sizing:border-box;max-width:560px;margin:0 auto;padding:24px 32px;background-color:#ffffff;border-radius:12px;overflow-wrap:anywhere';
const PARAGRAPH = 'margin:16px 0';
const QUOTATION = 'margin:16px 0;padding:4px 16px;border-left:3px solid #a1a1aa';
const BUTTON =
  'display:inline-block;padding:12px 24px;border-radius:8px;background-color:#1d4ed8;color:#ffffff;font-weight:600;text-decoration:none';
const SMALL = 'margin:16px 0;font-size:14px;color:#52525b';
const FOOTER = 'margin-top:32px;border-top:1px solid #d4d4d8';
const LINK = 'color:#1d4ed8;word-break:break-all';
const PREVIEW = 'display:none;max-height:0;overflow:hidden';

const STYLE = [
  ':root{color-scheme:light dark}',
  // Korean is broken between words, not between syllables.
  ':lang(ko){word-break:keep-all}',
  '@media (max-width:480px){.page{padding:12px 8px!important}.card{padding:8px 20px!important}}',
  '@media (prefers-color-scheme:dark){',
  '.page{background-color:#09090b!important;color:#e4e4e7!important}',
  '.card{background-color:#18181b!important}',
  '.small{color:#a1a1aa!important}',
  '.footer,.quotation{border-color:#52525b!important}',
  '.button{background-color:#2563eb!important}',
  '.link{color:#93c5fd!important}',
  '}',
].join('');

const linesOf = (text: string): string[] => text.split(/\r\n|[\n\r\u2028\u2029]/);

const ParagraphBlock = ({ paragraph }: { paragraph: Paragraph }) =>
  typeof paragraph === 'string' ? (
    <p style={PARAGRAPH}>{paragraph}</p>
  ) : (
    // Whoever wrote it may write from right to left.
    <blockquote class="quotation" style={QUOTATION} dir="auto">
      {linesOf(paragraph.quoted).map((line, number) => (
        <>
          {number > 0 && <br />}
          {line}
        </>
      ))}
    </blockquote>
  );

const Link = ({ url }: { url: string }) => (
  <a class="link" href={url} style={LINK}>
    {url}
  </a>
);

/**
 * The HTML part: one column, nothing remote, in the colours of the reader's scheme; readable where a client shows
 * neither colours nor styles. All thirteen languages run from left to right.
 */
export const MailDocument = (parts: MailParts) => (
  <html lang={parts.language} dir="ltr">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
      {/* Telephones make links of dates and numbers. */}
      <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
      <title>{parts.subject}</title>
      <style>{STYLE}</style>
    </head>
    <body class="page" style={`${PAGE};${fonts(parts.language)}`}>
      {/* An inbox shows the beginning of a mail; the greeting would say nothing there. */}
      <div hidden style={PREVIEW}>
        {parts.paragraphs[0]}
      </div>
      <div class="card" style={CARD}>
        <p style={PARAGRAPH}>{parts.greeting}</p>
        {parts.paragraphs.map((paragraph) => (
          <ParagraphBlock paragraph={paragraph} />
        ))}
        {parts.link && (
          <>
            <p style="margin:28px 0">
              <a class="button" href={parts.link.url} style={BUTTON}>
                {parts.link.action}
              </a>
            </p>
            <p class="small" style={SMALL}>
              {parts.link.hint}
              <br />
              <Link url={parts.link.url} />
            </p>
          </>
        )}
        <div class="footer" style={FOOTER}>
          <p class="small" style={SMALL}>
            {parts.about}
          </p>
          <p class="small" style={SMALL}>
            {parts.support.lead}
            <br />
            <Link url={parts.support.url} />
          </p>
        </div>
      </div>
    </body>
  </html>
);

const textOfParagraph = (paragraph: Paragraph): string =>
  typeof paragraph === 'string'
    ? paragraph
    : linesOf(paragraph.quoted)
        .map((line) => `> ${line}`)
        .join('\n');

/**
 * The text part says the same. A paragraph is one line, which every client wraps at its own width (breaks of ours
 * would leave a telephone with every other line half empty); a link has its line to itself.
 */
export const textOf = ({ greeting, paragraphs, link, about, support }: MailParts): string =>
  [
    greeting,
    ...paragraphs.map(textOfParagraph),
    ...(link ? [`${link.label}\n${link.url}`] : []),
    `-- \n${about}`,
    `${support.lead}\n${support.url}`,
  ].join('\n\n');
