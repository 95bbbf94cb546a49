import type { PageCatalogue } from './catalogue.ts';

// In Simplified characters. Addresses the reader as "您".
export const zh: PageCatalogue = {
  name: '中文',
  languages: '语言',
  noScript: '此页面需要 JavaScript。请允许运行 JavaScript，然后重新加载页面。',
  incomplete: '页面的一部分未能加载。请重新加载。',
  working: '请稍候…',
  retry: '重试',
  problems: {
    offline: () => '无法连接到服务。请检查您的网络连接，然后重试。',
    unavailable: (wait) => `服务暂时不可用。请在${wait}重试。`,
    tooMany: (wait) => `来自您所在网络的尝试次数过多。请在${wait}重试。`,
    unexpected: () => '我们这边出了问题。请重试。如果仍然不行，请稍后再来。',
  },
  headings: {
    expired: '此链接已过期',
    invalid: '此链接已失效',
    missing: '请打开邮件中的链接',
    sent: '请查看您的收件箱',
  },
  missing:
    '此页面只有通过我们邮件中的链接打开才能使用。为避免他人看到，链接会立即从地址栏中移除，因此重新加载页面没有用：请再次打开邮件中的链接。',
  inbox: '可能需要几分钟。如果没有收到，请同时查看垃圾邮件文件夹。如果收到多封邮件，只有最新的一封有效。',
  address: { label: '邮箱地址', action: '发送新链接', flaw: '请输入有效的邮箱地址。' },
  password: {
    label: '新密码',
    rules: '8 到 128 个字符，且不能是最常见的密码。连用几个词就是不错的密码。',
    show: '显示密码',
    flaws: {
      short: '密码至少需要 8 个字符。',
      long: '密码最多 128 个字符。',
      known: '此密码广为人知，最容易被猜中。请另选一个。',
      same: '这是您当前的密码。请另选一个。',
    },
  },
  pages: {
    'verify-email': {
      heading: '请验证您的邮箱地址',
      lead: '请点击按钮完成注册。',
      action: '验证邮箱地址',
      notYou: '如果不是您本人注册，请关闭此页面：始终未经验证的账号将被移除。',
      done: { heading: '您的邮箱地址已验证', text: '您现在可以登录了。此页面可以关闭。' },
      expired: '链接在 24 小时内有效。请输入您的地址，我们会向您发送新链接。',
      used: '它已被使用，或已被更新的邮件取代。如果是您本人使用的，则您的地址已经验证：请尝试登录。',
      renew: '如果无法登录，请输入您的地址，我们会向您发送新链接。',
      already: '如果您已经验证过地址，可以直接登录。',
      sent: '如果此地址尚待验证，新链接正在发送途中。',
    },
    'reset-password': {
      heading: '请设置新密码',
      lead: '新密码将取代旧密码，您将在所有设备上退出登录。',
      action: '保存密码',
      notYou: '如果不是您本人操作，请关闭此页面：您的密码不会改变。',
      done: {
        heading: '您的密码已更改',
        text: '您已在所有设备上退出登录。现在可以使用新密码登录。',
      },
      expired: '链接在 60 分钟内有效。请输入您的地址，我们会向您发送新链接。',
      used: '它已被使用，或已被更新的邮件取代。如果是您本人使用的，可以用您设置的密码登录。',
      renew: '否则，请输入您的地址，我们会向您发送新链接。',
      already: '如果您已经设置了新密码，可以用它登录。',
      sent: '如果此地址有账号，一封说明后续步骤的邮件正在发送途中。',
    },
  },
};
