/**
 * What a stand-in of a master was asked, and what it answered.
 */

export type Exchange = {
  server: 'slap' | 'web';
  method: string;
  /** Below the URL of its server. */
  path: string;
  query: string;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  /** Common name of the certificate that the caller showed and that this master had issued; null: none. */
  caller: string | null;
  /** null: it misbehaved instead. */
  status: number | null;
  answer: string;
};
