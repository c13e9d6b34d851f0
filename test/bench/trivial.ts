/** From a request to published parameters where the software itself takes no time: what remains is the product's. */
import path from 'node:path';
import type { Installation } from './installation.ts';
import { timed, type Row, type Table } from './measure.ts';

const SOFTWARE = path.join(import.meta.dirname, 'trivial.yaml');
const TIMES = 30;
const WARM_UP = 3;

export async function trivial(installation: Installation): Promise<Table> {
  await installation.withInstances(0);
  await installation.install(SOFTWARE);
  const made: number[] = [];
  const gone: number[] = [];
  for (let count = 0; count < WARM_UP + TIMES; count += 1) {
    made.push(await timed(() => installation.request('trivial', SOFTWARE)));
    gone.push(await timed(() => installation.destroy('trivial')));
  }
  const row = (what: string, samples: readonly number[]): Row => ({
    what,
    unit: 'ms',
    samples: samples.slice(WARM_UP),
    baseline: null,
  });
  return {
    title: 'trivial: an instance whose software takes no time',
    rows: [row('request → published parameters', made), row('destroy → partition free', gone)],
    notes: [
      'Each sample is a new instance in a fresh partition: folders, secrets, network, sandbox, service, parameters published and seen by who follows the state.',
      'The service is `sleep`; there is no door and no promise.',
    ],
  };
}
