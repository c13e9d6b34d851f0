/**
 * The pages' side of a master: a token for a person, a computer for a token (§14.4).
 */
import { randomBytes } from 'node:crypto';
import { withSubjectInWords, type Authority } from './certificates.ts';

export type RegistrationAnswer = { status: number; type: string; body: string };

/** How the certificate of a new computer is answered. */
export type RegistrationForm = {
  /** Whether its reference is told beside. */
  reference: boolean;
  /** Whether its subject is told in words before the PEM block. */
  words: boolean;
  /** Common name of its certificate. null: the computer's reference. */
  commonName: string | null;
};

export class Registration {
  form: RegistrationForm = { reference: true, words: true, commonName: null };
  /** Reference by name, of the computers whose certificates hold. */
  readonly computers = new Map<string, string>();
  readonly #authority: Authority;
  readonly #tokens = new Set<string>();
  #issued = 1233;

  constructor(authority: Authority) {
    this.#authority = authority;
  }

  /** What the pages show a person once. */
  createToken(): string {
    const token = randomBytes(20).toString('hex');
    this.#tokens.add(token);
    return token;
  }

  isKnown(reference: string): boolean {
    return [...this.computers.values()].includes(reference);
  }

  /** `POST Person_requestComputer`, worded as in the recordings. */
  answer(token: string | undefined, title: string | null): RegistrationAnswer {
    if (token === undefined || !this.#tokens.has(token))
      return { status: 403, type: 'text/html', body: 'Forbidden' };
    if (title === null || title === '') return { status: 500, type: 'text/html', body: 'TypeError: title' };
    if (this.computers.has(title))
      return { status: 500, type: 'text/html', body: 'ValueError: Certificate still active.' };
    this.#tokens.delete(token);
    this.#issued += 1;
    const reference = `COMP-${this.#issued}`;
    this.computers.set(title, reference);
    const pair = this.#authority.issue({ commonName: this.form.commonName ?? reference });
    const document = {
      certificate: this.form.words ? withSubjectInWords(pair.certificate, reference) : pair.certificate,
      key: pair.key,
      ...(this.form.reference ? { reference, relative_url: `computer_module/${this.#issued}` } : {}),
    };
    return { status: 200, type: 'application/json', body: JSON.stringify(document) };
  }
}
