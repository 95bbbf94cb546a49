import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "siz". No suffix stands on the app's name.
export const tr: Catalogue = {
  greeting: (name) => (name === null ? 'Merhaba,' : `Merhaba ${name},`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Düğme çalışmıyorsa bu adresi tarayıcınızda açın:',
  about: ({ appName }) => `Bu ileti, bu e-posta adresine bağlı bir ${appName} hesabıyla ilgilidir.`,
  support: 'Sorularınız mı var? Destek ekibimiz burada:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `${appName} için e-posta adresinizi doğrulayın`,
      paragraphs: [
        `Biri, umarız sizsinizdir, bu adresle bir ${appName} hesabı oluşturdu. İşlemi tamamlamak için adresinizi doğrulayın.`,
        `Bağlantı bir kez kullanılabilir ve 24 saat geçerlidir. Son geçerlilik zamanı: ${expiresAt}.`,
        'Bu siz değilseniz iletiyi dikkate almayın: hiç doğrulanmayan hesaplar kaldırılır.',
      ],
      action: 'E-posta adresini doğrula',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `${appName} hesabınız hazır`,
      paragraphs: [
        `Bir yönetici bu adresle sizin için bir ${appName} hesabı oluşturdu. Kullanmak için bir parola belirleyin.`,
        `Bağlantı bir kez kullanılabilir. Son geçerlilik zamanı: ${expiresAt}. Siz bir parola belirleyene kadar hiçbir parola hesabı açmaz. Bağlantıyı kullandığınızda adresiniz de doğrulanır.`,
        'Bu iletiyi beklemiyorsanız dikkate almayın: hiç doğrulanmayan hesaplar kaldırılır.',
      ],
      action: 'Parola belirle',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Zaten bir ${appName} hesabınız var`,
      paragraphs: [
        `Biri, umarız sizsinizdir, bu adresle yeni bir ${appName} hesabı oluşturmaya çalıştı. Bu adresin zaten bir hesabı olduğu için hiçbir şey değiştirilmedi.`,
        'Her zamanki gibi oturum açabilir veya parolanızı hatırlamıyorsanız sıfırlayabilirsiniz. Hesap askıya alındıysa veya silindiyse destek ekibimiz yardımcı olabilir.',
        'Bu siz değilseniz bir şey yapmanız gerekmez.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `${appName} parolanızı sıfırlayın`,
      paragraphs: [
        `Biri, umarız sizsinizdir, ${appName} hesabınızın parolasını sıfırlamak istedi.`,
        `Bağlantı bir kez kullanılabilir ve 60 dakika geçerlidir. Son geçerlilik zamanı: ${expiresAt}. Yeni bir parola belirlediğinizde tüm cihazlarınızda oturumunuz kapatılır.`,
        'Bu siz değilseniz iletiyi dikkate almayın: parolanız olduğu gibi kalır.',
      ],
      action: 'Yeni parola belirle',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `${appName} parolanız değiştirildi`,
      paragraphs: [
        `${appName} hesabınızın parolası değiştirildi (${changedAt}). Diğer cihazlarınızdaki oturumlar kapatıldı.`,
        'Bu siz değilseniz parolanızı hemen sıfırlayın ve destek ekibimize haber verin.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `${appName} hesabınıza bir geçiş anahtarı eklendi`,
        authenticator: `${appName} hesabınıza bir kimlik doğrulama uygulaması eklendi`,
        recovery_codes: `${appName} hesabınız için yeni kurtarma kodları`,
      }[added],
      paragraphs: [
        {
          passkey: `${appName} hesabınıza bir geçiş anahtarı eklendi (${changedAt}). Bu anahtarla oturum açabilirsiniz.`,
          authenticator: `${appName} hesabınıza bir kimlik doğrulama uygulaması eklendi (${changedAt}). Bundan sonra parolanızla oturum açarken bir kod da gerekir.`,
          recovery_codes: `${appName} hesabınız için yeni kurtarma kodları oluşturuldu (${changedAt}). Öncekiler artık geçerli değil.`,
        }[added],
        'Bu siz değilseniz parolanızı hemen sıfırlayın, tanımadığınız her şeyi hesabınızdan kaldırın ve destek ekibimize haber verin.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `${appName} hesabınızdan bir geçiş anahtarı kaldırıldı`,
        authenticator: `${appName} hesabınızdan bir kimlik doğrulama uygulaması kaldırıldı`,
        all: `${appName} hesabınızın ikinci doğrulama adımları kaldırıldı`,
      }[removed],
      paragraphs: [
        {
          passkey: `${appName} hesabınızdan bir geçiş anahtarı kaldırıldı (${changedAt}).`,
          authenticator: `${appName} hesabınızdan bir kimlik doğrulama uygulaması kaldırıldı (${changedAt}).`,
          all: `Bir yönetici ${appName} hesabınızdaki tüm geçiş anahtarlarını, kimlik doğrulama uygulamalarını ve kurtarma kodlarını kaldırdı (${changedAt}). Tüm cihazlarınızdaki oturumlar kapatıldı.`,
        }[removed],
        'Bunu istemediyseniz parolanızı hemen sıfırlayın ve destek ekibimize haber verin.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `${appName} hesabınızın bir kurtarma kodu kullanıldı`,
      paragraphs: [
        `${appName} hesabınızın bir kurtarma kodu kullanıldı (${changedAt}). Bu kod bir daha kullanılamaz.`,
        `Kalan kurtarma kodu sayısı: ${left}.`,
        'Bu siz değilseniz parolanızı hemen sıfırlayın, yeni kurtarma kodları oluşturun ve destek ekibimize haber verin.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `${appName} için yeni e-posta adresinizi onaylayın`,
      paragraphs: [
        `Biri, umarız sizsinizdir, bir ${appName} hesabının adresinin bu adres olmasını istedi. İşlemi tamamlamak için adresi onaylayın.`,
        `Bağlantı bir kez kullanılabilir ve 24 saat geçerlidir. Son geçerlilik zamanı: ${expiresAt}. Değişiklikle birlikte tüm cihazlarınızda oturumunuz kapatılır.`,
        'Bu siz değilseniz iletiyi dikkate almayın: hiçbir şey değişmez.',
      ],
      action: 'E-posta adresini onayla',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `${appName} hesabınız için başka bir e-posta adresi istendi`,
      paragraphs: [
        `Biri, umarız sizsinizdir, ${appName} hesabınız için başka bir e-posta adresi istedi. Yeni adrese gönderilen iletideki bağlantı kullanıldığında adres değişir.`,
        'Bu sizseniz burada bir şey yapmanız gerekmez.',
        'Bu siz değilseniz değişikliği geri alın; bunu değişiklikten sonraki 72 saat içinde yapabilirsiniz: hesabınız bu adreste kalır veya ona geri döner. Tüm cihazlarınızda oturumunuz kapatılır ve başka bir bağlantıyla yeni bir parola belirlersiniz.',
      ],
      action: 'Değişikliği geri al',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `${appName} e-posta adresiniz değiştirildi`,
      paragraphs: [
        `${appName} hesabınızın e-posta adresi değiştirildi (${changedAt}). Tüm cihazlarınızdaki oturumlar kapatıldı.`,
        `Bu siz değilseniz değişikliği geri alın: hesabınız bu adrese geri döner ve başka bir bağlantıyla yeni bir parola belirlersiniz. Son zaman: ${expiresAt}.`,
      ],
      action: 'Değişikliği geri al',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `${appName} hesabınız askıya alındı`,
      paragraphs: [
        `Bir yönetici ${appName} hesabınızı askıya aldı. Tüm cihazlarınızdaki oturumlar kapatıldı ve artık oturum açamazsınız.`,
        ...(reason === null ? [] : ['Belirtilen neden:', { quoted: reason }]),
        'Bunun bir hata olduğunu düşünüyorsanız lütfen destek ekibimize yazın.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `${appName} hesabınız yeniden etkin`,
      paragraphs: [`${appName} hesabınız artık askıda değil. Yeniden oturum açabilirsiniz.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `${appName} hesabınız silindi`,
      paragraphs: [
        `${appName} hesabınız silindi ve tüm cihazlarınızdaki oturumlar kapatıldı.`,
        `Hesabınız ${eraseOn} tarihinde tüm verileriyle birlikte kalıcı olarak yok edilecek. O zamana kadar destek ekibimiz hesabınızı geri getirebilir.`,
        'Hesabınızı siz silmediyseniz hemen destek ekibimize yazın.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `${appName} hesabınız ${eraseOn} tarihinde yok edilecek`,
      paragraphs: [
        `${appName} hesabınız silindi. ${eraseOn} tarihinde tüm verileriyle birlikte kalıcı olarak yok edilecek.`,
        'Hesabınızı korumak istiyorsanız bu tarihten önce destek ekibimize yazın. Sonrasında hesabı kimse geri getiremez.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `${appName} hesabınız geri getirildi`,
      paragraphs: [
        `${appName} hesabınız geri getirildi ve yok edilmeyecek.`,
        'Hesap silindiğinde tüm cihazlarınızdaki oturumlar kapatılmıştı; lütfen yeniden oturum açın.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `${appName} hesabınız yok edildi`,
      paragraphs: [
        `${appName} hesabınız tüm verileriyle birlikte kalıcı olarak yok edildi. Bu, hesabınızla ilgili son iletimizdir.`,
        'Adresiniz yeniden kullanılabilir: dilediğiniz zaman onunla yeni bir hesap oluşturabilirsiniz.',
      ],
    }),
  },
};
