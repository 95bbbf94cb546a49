import text from '../src/accounts/data/common-passwords.txt?raw';
import { learnCommonPasswords } from '../src/accounts/passwords/common-password.ts';

// Where no request has them read: what stands behind the middleware, and the API's document, which shows what is said of one.
await learnCommonPasswords(async () => text);
