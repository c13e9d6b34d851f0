/**
 * The configuration file of upstream's command line client (§13.1), for the local master.
 */
import path from 'node:path';
import { text } from '../messages.ts';

/** Where upstream's `slapos` looks when nobody tells it otherwise. */
export function clientConfigurationFile(environment: NodeJS.ProcessEnv, homeFolder: string): string {
  const given = environment['SLAPOS_CLIENT_CONFIGURATION'] ?? '';
  if (given === '') return path.join(homeFolder, '.slapos', 'slapos-client.cfg');
  return path.resolve(given.replace(/^~(?=\/|$)/u, () => homeFolder));
}

/**
 * @param masterUrl a capability of a person.
 * @param products names of the catalogue: upstream's client knows each as `product.NAME`.
 */
export function clientConfiguration(masterUrl: string, products: readonly string[]): string {
  const base = masterUrl.replace(/\/*$/u, '/');
  const remarks = [
    text('cli.configure.remark-secret'),
    text('cli.configure.remark-software', {
      products: products.map((product) => `product.${product}`).join(', '),
    }),
  ];
  return [
    ...remarks.flatMap((remark) => remark.split('\n')).map((line) => `# ${line}`),
    '[slapos]',
    `master_url = ${interpolated(base)}`,
    `master_rest_url = ${interpolated(`${base}hateoas/`)}`,
    '',
    // No key and no certificate: the address is what counts.
    '[slapconsole]',
    '',
  ].join('\n');
}

/** Python's `ConfigParser` takes a lone `%` for the beginning of a reference. */
function interpolated(value: string): string {
  return value.replaceAll('%', '%%');
}
