import type { Catalogue } from './catalogue.ts';

// In Simplified characters, which also serve readers of Traditional ones best among the languages there are.
// Addresses the reader as "您".
export const zh: Catalogue = {
  greeting: (name) => (name === null ? '您好！' : `${name}，您好！`),
  linkLabel: (action) => `${action}：`,
  linkHint: '如果按钮无法使用，请在浏览器中打开此网址：',
  about: ({ appName }) => `本邮件涉及使用此邮箱地址的 ${appName} 账号。`,
  support: '如有疑问，请联系我们的支持团队：',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `请验证您的 ${appName} 邮箱地址`,
      paragraphs: [
        `有人使用此邮箱地址注册了 ${appName}。如果是您本人，请验证此地址以完成注册。`,
        `链接仅可使用一次，24 小时内有效，截止时间：${expiresAt}。`,
        '如果不是您本人操作，请忽略本邮件：始终未经验证的账号将被移除。',
      ],
      action: '验证邮箱地址',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `您的 ${appName} 账号已创建`,
      paragraphs: [
        `管理员已使用此邮箱地址为您创建 ${appName} 账号。请设置密码以开始使用。`,
        `链接仅可使用一次，截止时间：${expiresAt}。在您设置密码之前，任何密码都无法登录此账号；使用链接也会验证您的邮箱地址。`,
        '如果您并未预期收到本邮件，请忽略：始终未经验证的账号将被移除。',
      ],
      action: '设置密码',
    }),
    'already-registered': ({ appName }) => ({
      subject: `您已有 ${appName} 账号`,
      paragraphs: [
        `有人尝试使用此邮箱地址注册 ${appName}，希望是您本人。此地址已有账号，因此未作任何更改。`,
        '您可以照常登录；如果忘记了密码，可以重置密码。如果账号已被停用或删除，我们的支持团队可以为您提供帮助。',
        '如果不是您本人操作，则无需采取任何措施。',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `重置您的 ${appName} 密码`,
      paragraphs: [
        `有人请求重置您的 ${appName} 账号密码，希望是您本人。`,
        `链接仅可使用一次，60 分钟内有效，截止时间：${expiresAt}。设置新密码后，您将在所有设备上退出登录。`,
        '如果不是您本人操作，请忽略本邮件：您的密码不会改变。',
      ],
      action: '设置新密码',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `您的 ${appName} 密码已更改`,
      paragraphs: [
        `您的 ${appName} 账号密码已更改，时间：${changedAt}。您的其他设备均已退出登录。`,
        '如果不是您本人操作，请立即重置密码，并告知我们的支持团队。',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `您的 ${appName} 账号已添加通行密钥`,
        authenticator: `您的 ${appName} 账号已添加身份验证器应用`,
        recovery_codes: `您的 ${appName} 账号有了新的恢复代码`,
      }[added],
      paragraphs: [
        {
          passkey: `您的 ${appName} 账号已添加一个通行密钥，时间：${changedAt}。您可以用它登录。`,
          authenticator: `您的 ${appName} 账号已添加一个身份验证器应用，时间：${changedAt}。今后使用密码登录时还需要输入验证码。`,
          recovery_codes: `您的 ${appName} 账号已生成新的恢复代码，时间：${changedAt}。之前的恢复代码不再有效。`,
        }[added],
        '如果不是您本人操作，请立即重置密码，从账号中移除您不认识的项目，并告知我们的支持团队。',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `您的 ${appName} 账号已移除通行密钥`,
        authenticator: `您的 ${appName} 账号已移除身份验证器应用`,
        all: `您的 ${appName} 账号的双重验证已被解除`,
      }[removed],
      paragraphs: [
        {
          passkey: `您的 ${appName} 账号已移除一个通行密钥，时间：${changedAt}。`,
          authenticator: `您的 ${appName} 账号已移除一个身份验证器应用，时间：${changedAt}。`,
          all: `管理员已移除您的 ${appName} 账号的所有通行密钥、身份验证器应用和恢复代码，时间：${changedAt}。您已在所有设备上退出登录。`,
        }[removed],
        '如果这不是您希望的，请立即重置密码，并告知我们的支持团队。',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `您的 ${appName} 账号使用了恢复代码`,
      paragraphs: [
        `您的 ${appName} 账号使用了一个恢复代码，时间：${changedAt}。该代码不能再次使用。`,
        `剩余恢复代码：${left} 个。`,
        '如果不是您本人操作，请立即重置密码，生成新的恢复代码，并告知我们的支持团队。',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `请确认您的 ${appName} 新邮箱地址`,
      paragraphs: [
        `有人请求将某个 ${appName} 账号的邮箱地址改为此地址。如果是您本人，请确认此地址以完成更改。`,
        `链接仅可使用一次，24 小时内有效，截止时间：${expiresAt}。更改后，您将在所有设备上退出登录。`,
        '如果不是您本人操作，请忽略本邮件：不会有任何更改。',
      ],
      action: '确认邮箱地址',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `有人请求更改您的 ${appName} 邮箱地址`,
      paragraphs: [
        `有人请求更改您的 ${appName} 账号的邮箱地址，希望是您本人。一旦发往新地址的邮件中的链接被使用，地址就会更改。`,
        '如果是您本人操作，则无需在此采取任何措施。',
        '如果不是您本人操作，请撤销更改，最迟可在更改后 72 小时内进行：您的账号将保留此地址，或恢复为此地址。您将在所有设备上退出登录，并通过另一个链接设置新密码。',
      ],
      action: '撤销更改',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `您的 ${appName} 邮箱地址已更改`,
      paragraphs: [
        `您的 ${appName} 账号的邮箱地址已更改，时间：${changedAt}。您已在所有设备上退出登录。`,
        `如果不是您本人操作，请撤销更改，截止时间：${expiresAt}。您的账号将恢复为此地址，您可通过另一个链接设置新密码。`,
      ],
      action: '撤销更改',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `您的 ${appName} 账号已被停用`,
      paragraphs: [
        `管理员已停用您的 ${appName} 账号。您已在所有设备上退出登录，目前无法登录。`,
        ...(reason === null ? [] : ['停用原因：', { quoted: reason }]),
        '如果您认为这是误操作，请联系我们的支持团队。',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `您的 ${appName} 账号已恢复使用`,
      paragraphs: [`您的 ${appName} 账号已解除停用，您可以重新登录。`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `您的 ${appName} 账号已删除`,
      paragraphs: [
        `您的 ${appName} 账号已删除，您已在所有设备上退出登录。`,
        `该账号及其所有数据将于${eraseOn}被永久清除。在此之前，我们的支持团队可以为您恢复账号。`,
        '如果不是您本人删除的，请立即联系我们的支持团队。',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `您的 ${appName} 账号将于${eraseOn}被清除`,
      paragraphs: [
        `您的 ${appName} 账号已删除。该账号及其所有数据将于${eraseOn}被永久清除。`,
        '如果您想保留账号，请在该日期之前联系我们的支持团队。此后任何人都无法恢复。',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `您的 ${appName} 账号已还原`,
      paragraphs: [`您的 ${appName} 账号已还原，不会被清除。`, '账号被删除时，您已在所有设备上退出登录，请重新登录。'],
    }),
    'account-erased': ({ appName }) => ({
      subject: `您的 ${appName} 账号已被清除`,
      paragraphs: [
        `您的 ${appName} 账号及其所有数据已被永久清除。这是我们就该账号发送的最后一封邮件。`,
        '您的邮箱地址已可重新使用：您可以随时用它再次注册。',
      ],
    }),
  },
};
