import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "siz".
export const tr: PageCatalogue = {
  name: 'Türkçe',
  languages: 'Dil',
  support: 'Yardım ve destek',
  noScript: 'Bu sayfa için JavaScript gerekir. Lütfen burada izin verin ve sayfayı yenileyin.',
  incomplete: 'Bu sayfanın bir bölümü yüklenemedi. Lütfen sayfayı yenileyin.',
  working: 'Bir saniye…',
  retry: 'Yeniden dene',
  signIn: 'Oturum aç',
  problems: {
    offline: () => 'Hizmete ulaşılamıyor. Lütfen internet bağlantınızı denetleyip yeniden deneyin.',
    unavailable: (wait) => `Hizmet şu anda kullanılamıyor. Lütfen ${wait} yeniden deneyin.`,
    tooMany: (wait) => `Ağınızdan çok fazla deneme yapıldı. Lütfen ${wait} yeniden deneyin.`,
    unexpected: () => 'Bizim tarafımızda bir sorun oluştu. Lütfen yeniden deneyin. Sorun sürerse daha sonra gelin.',
  },
  headings: {
    expired: 'Bu bağlantının süresi doldu',
    invalid: 'Bu bağlantı artık çalışmıyor',
    missing: 'Lütfen e-postadaki bağlantıyı açın',
    sent: 'Lütfen gelen kutunuza bakın',
    taken: 'Bu adresin kendi hesabı var',
  },
  missing:
    'Bu sayfa yalnızca e-postamızdaki bağlantıyla açıldığında çalışır. Başka kimse görmesin diye bağlantı adres çubuğundan hemen kaldırılır. Bu yüzden sayfayı yenilemek işe yaramaz: bağlantıyı e-postada yeniden açın.',
  inbox:
    'Birkaç dakika sürebilir. Bir şey gelmezse istenmeyen e-posta klasörüne de bakın. Birden çok e-posta gelirse yalnızca en yenisi geçerlidir.',
  address: {
    label: 'E-posta adresi',
    action: 'Yeni bağlantı gönder',
    flaw: 'Lütfen geçerli bir e-posta adresi girin.',
  },
  password: {
    label: 'Yeni parola',
    rules: '8 ile 128 karakter arası; en yaygın parolalar kabul edilmez. Art arda birkaç sözcük iyi bir parola olur.',
    show: 'Parolayı göster',
    flaws: {
      short: 'Parola en az 8 karakter olmalıdır.',
      long: 'Parola en fazla 128 karakter olabilir.',
      known:
        'Bu parola yaygın olarak biliniyor; ilk önce böyle parolalar tahmin edilir. Lütfen başka bir parola seçin.',
      same: 'Bu, şu anki parolanız. Lütfen başka bir parola seçin.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'E-posta adresinizi doğrulayın',
      lead: 'Kaydınızı tamamlamak için düğmeye basın.',
      action: 'E-posta adresini doğrula',
      notYou: 'Kaydolan siz değilseniz bu sayfayı kapatın: hiç doğrulanmayan hesaplar kaldırılır.',
      done: {
        heading: 'E-posta adresiniz doğrulandı',
        text: 'Artık oturum açabilirsiniz. Bu sayfaya gerek kalmadı.',
      },
      expired: 'Bağlantı 24 saat geçerlidir. Adresinizi girin, size yenisini gönderelim.',
      used: 'Daha önce kullanıldı veya daha yeni bir e-posta onun yerini aldı. Kullanan sizseniz adresiniz doğrulanmıştır: oturum açmayı deneyin.',
      renew: 'Oturum açamazsanız adresinizi girin, size yeni bir bağlantı gönderelim.',
      already: 'Adresinizi zaten doğruladıysanız oturum açabilirsiniz.',
      sent: 'Bu adres henüz doğrulanmadıysa yeni bir bağlantı yolda.',
    },
    'reset-password': {
      heading: 'Yeni bir parola belirleyin',
      lead: 'Eskisinin yerini alır ve tüm cihazlarınızda oturumunuzu kapatır.',
      action: 'Parolayı kaydet',
      notYou: 'Bunu isteyen siz değilseniz bu sayfayı kapatın: parolanız olduğu gibi kalır.',
      done: {
        heading: 'Parolanız değiştirildi',
        text: 'Tüm cihazlarınızdaki oturumlar kapatıldı. Artık yeni parolanızla oturum açabilirsiniz.',
      },
      expired: 'Bağlantı 60 dakika geçerlidir. Adresinizi girin, size yenisini gönderelim.',
      used: 'Daha önce kullanıldı veya daha yeni bir e-posta onun yerini aldı. Kullanan sizseniz belirlediğiniz parolayla oturum açabilirsiniz.',
      renew: 'Değilse adresinizi girin, size yeni bir bağlantı gönderelim.',
      already: 'Yeni bir parola belirlediyseniz onunla oturum açabilirsiniz.',
      sent: 'Bu adresin bir hesabı varsa sonraki adımları içeren bir e-posta yolda.',
    },
    'confirm-email': {
      heading: 'Yeni e-posta adresinizi onaylayın',
      lead: 'Hesabınız bu adrese geçer ve tüm cihazlarınızda oturumunuz kapatılır.',
      action: 'E-posta adresini onayla',
      notYou: 'Bunu isteyen siz değilseniz bu sayfayı kapatın: hiçbir şey değişmez.',
      done: {
        heading: 'E-posta adresiniz değiştirildi',
        text: 'Tüm cihazlarınızdaki oturumlar kapatıldı. Artık yeni adresinizle oturum açabilirsiniz.',
      },
      expired: 'Bağlantı 24 saat geçerlidir. Hiçbir şey değişmedi; yeni adresi tekrar isteyebilirsiniz.',
      used: 'Daha önce kullanıldı, daha yeni bir e-posta onun yerini aldı veya değişiklik geri alındı. Kullanan sizseniz yeni adresinizle oturum açabilirsiniz.',
      already: 'Yeni adresinizi zaten onayladıysanız onunla oturum açabilirsiniz.',
      taken: 'Biri bu adresle kaydoldu; bu yüzden hesabınız şu anki adresinde kalıyor.',
    },
    'undo-email': {
      heading: 'E-posta adresi değişikliğini geri alın',
      lead: 'Hesabınız bu adreste kalır veya ona geri döner. Tüm cihazlarınızda oturumunuz kapatılır ve parolanızın yerine yenisini belirlersiniz: size bir bağlantı göndeririz.',
      action: 'Değişikliği geri al',
      notYou: 'Değişikliği isteyen sizseniz bu sayfayı kapatın: hiçbir şey geri alınmaz.',
      done: {
        heading: 'Değişiklik geri alındı',
        text: 'Tüm cihazlarınızdaki oturumlar kapatıldı. Yeni parola bağlantısını içeren bir e-posta bu adrese doğru yolda.',
      },
      expired:
        'Bir değişiklik 72 saat boyunca geri alınabilir. Değişikliği yapan siz değilseniz lütfen destek ekibimize yazın.',
      used: 'Daha önce kullanıldı veya geri alınacak bir şey kalmadı. Kullanan sizseniz yeni parola bağlantısı için gelen kutunuza bakın.',
      already: 'Değişikliği zaten geri aldıysanız yeni parola bağlantısı için gelen kutunuza bakın.',
      taken:
        'Değişiklikten sonra biri bu adresle kaydoldu; bu yüzden adres geri verilemiyor. Lütfen destek ekibimize yazın.',
    },
  },
};
