import type { Catalogue } from './catalogue.ts';

// In です and ます. Without a name it greets, since a bare "様" cannot stand.
export const ja: Catalogue = {
  greeting: (name) => (name === null ? 'こんにちは。' : `${name} 様`),
  linkLabel: (action) => `${action}：`,
  linkHint: 'ボタンが機能しない場合は、次のアドレスをブラウザーで開いてください：',
  about: ({ appName }) => `このメールは、このメールアドレスを使用する ${appName} のアカウントに関するお知らせです。`,
  support: 'ご不明な点は、サポートまでお問い合わせください：',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `${appName} のメールアドレスを確認してください`,
      paragraphs: [
        `このメールアドレスで ${appName} への登録がありました。ご本人による登録でしたら、アドレスを確認して手続きを完了してください。`,
        `リンクは 1 回限り、24 時間有効です（有効期限：${expiresAt}）。`,
        'お心当たりがない場合は、このメールを無視してください。確認されないアカウントは削除されます。',
      ],
      action: 'メールアドレスを確認する',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `${appName} のアカウントが用意されました`,
      paragraphs: [
        `管理者が、このメールアドレスで ${appName} のアカウントを作成しました。ご利用になるには、パスワードを設定してください。`,
        `リンクは 1 回限り有効です（有効期限：${expiresAt}）。パスワードを設定されるまで、どのパスワードでもアカウントは開けません。リンクのご利用により、メールアドレスの確認も完了します。`,
        'お心当たりがない場合は、このメールを無視してください。確認されないアカウントは削除されます。',
      ],
      action: 'パスワードを設定する',
    }),
    'already-registered': ({ appName }) => ({
      subject: `${appName} のアカウントは登録済みです`,
      paragraphs: [
        `このメールアドレスで ${appName} に登録しようとする操作がありました。このアドレスのアカウントはすでに存在するため、何も変更されていません。`,
        '通常どおりログインできます。パスワードをお忘れの場合は、再設定してください。アカウントが停止または削除されている場合は、サポートがご案内します。',
        'お心当たりがない場合は、何もする必要はありません。',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `${appName} のパスワードの再設定`,
      paragraphs: [
        `${appName} のアカウントについて、パスワードを再設定するご依頼を受け付けました。`,
        `リンクは 1 回限り、60 分間有効です（有効期限：${expiresAt}）。新しいパスワードを設定すると、すべてのデバイスからログアウトされます。`,
        'お心当たりがない場合は、このメールを無視してください。パスワードは変更されません。',
      ],
      action: '新しいパスワードを設定する',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `${appName} のパスワードが変更されました`,
      paragraphs: [
        `${appName} のアカウントのパスワードが変更されました（${changedAt}）。他のデバイスはログアウトされています。`,
        'お心当たりがない場合は、すぐにパスワードを再設定し、サポートにご連絡ください。',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `${appName} のアカウントにパスキーが追加されました`,
        authenticator: `${appName} のアカウントに認証アプリが追加されました`,
        recovery_codes: `${appName} のアカウントの新しいリカバリーコードが作成されました`,
      }[added],
      paragraphs: [
        {
          passkey: `${appName} のアカウントにパスキーが追加されました（${changedAt}）。このパスキーでログインできます。`,
          authenticator: `${appName} のアカウントに認証アプリが追加されました（${changedAt}）。今後、パスワードでログインする際にはコードも必要です。`,
          recovery_codes: `${appName} のアカウントの新しいリカバリーコードが作成されました（${changedAt}）。以前のコードは使用できません。`,
        }[added],
        'お心当たりがない場合は、すぐにパスワードを再設定し、見覚えのないものをアカウントから削除して、サポートにご連絡ください。',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `${appName} のアカウントからパスキーが削除されました`,
        authenticator: `${appName} のアカウントから認証アプリが削除されました`,
        all: `${appName} のアカウントの 2 段階認証が解除されました`,
      }[removed],
      paragraphs: [
        {
          passkey: `${appName} のアカウントからパスキーが削除されました（${changedAt}）。`,
          authenticator: `${appName} のアカウントから認証アプリが削除されました（${changedAt}）。`,
          all: `管理者が ${appName} のアカウントからパスキー、認証アプリ、リカバリーコードをすべて削除しました（${changedAt}）。すべてのデバイスからログアウトされています。`,
        }[removed],
        'ご希望でない場合は、すぐにパスワードを再設定し、サポートにご連絡ください。',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `${appName} のアカウントのリカバリーコードが使用されました`,
      paragraphs: [
        `${appName} のアカウントのリカバリーコードが使用されました（${changedAt}）。同じコードは二度と使用できません。`,
        `残りのリカバリーコードの数：${left}`,
        'お心当たりがない場合は、すぐにパスワードを再設定し、新しいリカバリーコードを作成して、サポートにご連絡ください。',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `${appName} の新しいメールアドレスを確認してください`,
      paragraphs: [
        `${appName} のアカウントのメールアドレスを、このアドレスに変更するご依頼を受け付けました。ご本人によるご依頼でしたら、アドレスを確認して変更を完了してください。`,
        `リンクは 1 回限り、24 時間有効です（有効期限：${expiresAt}）。変更すると、すべてのデバイスからログアウトされます。`,
        'お心当たりがない場合は、このメールを無視してください。何も変更されません。',
      ],
      action: 'メールアドレスを確認する',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `${appName} のメールアドレスの変更のご依頼`,
      paragraphs: [
        `${appName} のアカウントについて、別のメールアドレスに変更するご依頼を受け付けました。新しいアドレスに届くメールのリンクが使用されると、変更されます。`,
        'ご本人によるご依頼でしたら、ここでは何もする必要はありません。',
        'お心当たりがない場合は、変更を取り消してください。変更から 72 時間後まで取り消せます。アカウントのアドレスはこのまま維持されるか、元に戻ります。すべてのデバイスからログアウトされ、別のリンクから新しいパスワードを設定していただきます。',
      ],
      action: '変更を取り消す',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `${appName} のメールアドレスが変更されました`,
      paragraphs: [
        `${appName} のアカウントのメールアドレスが変更されました（${changedAt}）。すべてのデバイスからログアウトされています。`,
        `お心当たりがない場合は、変更を取り消してください（期限：${expiresAt}）。アカウントのアドレスは元に戻り、別のリンクから新しいパスワードを設定していただきます。`,
      ],
      action: '変更を取り消す',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `${appName} のアカウントが停止されました`,
      paragraphs: [
        `管理者が ${appName} のアカウントを停止しました。すべてのデバイスからログアウトされ、ログインできない状態です。`,
        ...(reason === null ? [] : ['停止の理由：', { quoted: reason }]),
        '誤りだと思われる場合は、サポートまでご連絡ください。',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `${appName} のアカウントが再び有効になりました`,
      paragraphs: [`${appName} のアカウントの停止が解除されました。再びログインできます。`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `${appName} のアカウントが削除されました`,
      paragraphs: [
        `${appName} のアカウントが削除され、すべてのデバイスからログアウトされました。`,
        `${eraseOn}に、アカウントはすべてのデータとともに完全に消去されます。それまでは、サポートで復元できます。`,
        'ご自身で削除されていない場合は、すぐにサポートまでご連絡ください。',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `${appName} のアカウントは${eraseOn}に消去されます`,
      paragraphs: [
        `${appName} のアカウントは削除されています。${eraseOn}に、すべてのデータとともに完全に消去されます。`,
        'アカウントを残したい場合は、その日より前にサポートまでご連絡ください。消去後は復元できません。',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `${appName} のアカウントが復元されました`,
      paragraphs: [
        `${appName} のアカウントが復元されました。消去されることはありません。`,
        '削除の際にすべてのデバイスからログアウトされていますので、もう一度ログインしてください。',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `${appName} のアカウントが消去されました`,
      paragraphs: [
        `${appName} のアカウントは、すべてのデータとともに完全に消去されました。このアカウントに関するお知らせはこれが最後です。`,
        'このメールアドレスは、いつでも新しい登録にお使いいただけます。',
      ],
    }),
  },
};
