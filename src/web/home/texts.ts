import type { ReaderLanguage } from '../../workers/reader-language.ts';

/** What the first page says in a language; in the form of address that src/web/pages/locales has. */
type HomeText = {
  heading: string;
  /** What an account is for. */
  about: string;
  /** What somebody can do with it. */
  control: string;
  /** To those who write programs. */
  docs: string;
};

export const HOME_TEXTS: Record<ReaderLanguage, HomeText> = {
  en: {
    heading: 'Accounts',
    about: 'This is where accounts of our services are opened and looked after.',
    control: 'You can see what is kept about you, change it, take a copy along and have it deleted at any time.',
    docs: 'For developers: the API',
  },
  fr: {
    heading: 'Comptes',
    about: 'C’est ici que l’on crée et que l’on gère un compte pour nos services.',
    control:
      'Vous pouvez à tout moment consulter ce qui est enregistré sur vous, le modifier, en emporter une copie et le faire supprimer.',
    docs: 'Pour les développeurs\u00a0: l’API',
  },
  de: {
    heading: 'Konten',
    about: 'Hier werden Konten für unsere Dienste eröffnet und verwaltet.',
    control:
      'Sie können jederzeit sehen, was über Sie gespeichert ist, es ändern, eine Kopie mitnehmen und es löschen lassen.',
    docs: 'Für Entwickler: die API',
  },
  es: {
    heading: 'Cuentas',
    about: 'Aquí se crean y se gestionan las cuentas de nuestros servicios.',
    control:
      'En cualquier momento puedes ver lo que se guarda sobre ti, cambiarlo, llevarte una copia y hacer que se elimine.',
    docs: 'Para desarrolladores: la API',
  },
  it: {
    heading: 'Account',
    about: 'Qui si creano e si gestiscono gli account dei nostri servizi.',
    control:
      'In qualsiasi momento puoi vedere che cosa è conservato su di te, modificarlo, portarne via una copia e farlo eliminare.',
    docs: 'Per chi sviluppa: l’API',
  },
  pt: {
    heading: 'Contas',
    about: 'Aqui criam-se e gerem-se as contas dos nossos serviços.',
    control:
      'Pode ver a qualquer momento o que está guardado a seu respeito, alterá-lo, levar uma cópia e pedir que seja eliminado.',
    docs: 'Para quem programa: a API',
  },
  nl: {
    heading: 'Accounts',
    about: 'Hier maak en beheer je een account voor onze diensten.',
    control:
      'Je kunt op elk moment zien wat er over je wordt bewaard, het wijzigen, een kopie meenemen en het laten verwijderen.',
    docs: 'Voor ontwikkelaars: de API',
  },
  pl: {
    heading: 'Konta',
    about: 'Tutaj zakłada się konta w naszych usługach i zarządza nimi.',
    control:
      'W każdej chwili możesz zobaczyć, co jest o Tobie przechowywane, zmienić to, zabrać kopię i zlecić usunięcie.',
    docs: 'Dla programistów: API',
  },
  ru: {
    heading: 'Аккаунты',
    about: 'Здесь создают аккаунты для наших сервисов и управляют ими.',
    control:
      'Вы можете в любое время посмотреть, что о вас хранится, изменить это, забрать копию и удалить свои данные.',
    docs: 'Для разработчиков: API',
  },
  ja: {
    heading: 'アカウント',
    about: '当サービスのアカウントは、ここで作成し、管理します。',
    control: '保存されているご自身の情報は、いつでも確認、変更、コピーの受け取り、削除ができます。',
    docs: '開発者の方へ：API',
  },
  zh: {
    heading: '账号',
    about: '您可以在这里创建和管理我们各项服务的账号。',
    control: '您可以随时查看我们保存的关于您的信息，进行更改、取走副本或将其删除。',
    docs: '开发者：API',
  },
  ko: {
    heading: '계정',
    about: '저희 서비스의 계정을 여기에서 만들고 관리합니다.',
    control: '보관된 본인의 정보를 언제든지 확인하고, 변경하고, 사본을 받고, 삭제하실 수 있습니다.',
    docs: '개발자용: API',
  },
  tr: {
    heading: 'Hesaplar',
    about: 'Hizmetlerimizin hesapları burada açılır ve yönetilir.',
    control:
      'Hakkınızda saklananları istediğiniz zaman görebilir, değiştirebilir, bir kopyasını alabilir ve sildirebilirsiniz.',
    docs: 'Geliştiriciler için: API',
  },
};
