import { randomUUID } from 'node:crypto';
import { type Account, newId } from './account.ts';
import { Answer, type Routes, refusal } from './answer.ts';

type Manifest = Record<string, { hash: string; size: number }>;

/** The assets of a version come before it: what is wanted, what is missing, and a token that stands for them. */
export class AssetStore {
  readonly #account: Account;
  readonly #manifests = new Map<string, Manifest>();

  constructor(account: Account) {
    this.#account = account;
  }

  readonly routes: Routes = {
    'POST /accounts/:account/workers/scripts/:script/assets-upload-session': ({ json }) => {
      const { manifest }: { manifest: Manifest } = json();
      const jwt = newToken();
      this.#manifests.set(jwt, manifest);
      const missing = this.#missing(manifest);
      return { jwt, buckets: missing.length > 0 ? [missing] : [] };
    },
    'POST /accounts/:account/workers/assets/upload': async ({ authorization, form }) => {
      const jwt = authorization?.replace('Bearer ', '') ?? '';
      const manifest = this.#manifests.get(jwt);
      if (!manifest) throw refusal(401, 10000, 'Authentication error');
      for (const [hash, file] of await form()) {
        this.#account.files.set(hash, typeof file === 'string' ? file : await file.text());
      }
      const isComplete = this.#missing(manifest).length === 0;
      return new Answer({ jwt: isComplete ? jwt : null }, { status: isComplete ? 201 : 202 });
    },
  };

  /** The files that a token stands for. */
  redeem(jwt: string): Record<string, string> {
    const manifest = this.#manifests.get(jwt);
    if (!manifest || this.#missing(manifest).length > 0) throw refusal(400, 10021, 'invalid or incomplete assets jwt');
    const files = Object.entries(manifest).map(([path, { hash }]) => [path, this.#account.files.get(hash) ?? '']);
    return Object.fromEntries(files);
  }

  #missing(manifest: Manifest): string[] {
    const hashes = new Set(Object.values(manifest).map(({ hash }) => hash));
    return [...hashes].filter((hash) => !this.#account.files.has(hash));
  }
}

/** A token whose middle part can be read, as wrangler does. */
const newToken = (): string => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { jti: randomUUID(), exp: Math.floor(Date.now() / 1000) + 3600 };
  return `${part({ alg: 'none' })}.${part(claims)}.${newId()}`;
};
