/** From a request to published parameters where the software itself takes no time: what remains is the product's. */
import path from 'node:path';
import { instanceNamed, statesOf } from '../../agent/cli/state-tree.ts';
import type { Installation } from './installation.ts';
import { timed, type Row, type Table } from './measure.ts';

const SOFTWARE = path.join(import.meta.dirname, 'trivial.yaml');
const NAME = 'trivial';
const TIMES = 50;
const WARM_UP = 5;

export async function trivial(installation: Installation): Promise<Table> {
  await installation.withInstances(0);
  await installation.install(SOFTWARE);
  const api = await installation.api();
  const done = new AbortController();
  const states = statesOf(api.changes(done.signal))[Symbol.asyncIterator]();
  /** Who follows the state sees an instance with its parameters, or none any more. */
  const seen = async (isThere: boolean): Promise<void> => {
    for (let next = await states.next(); next.done !== true; next = await states.next()) {
      const instance = instanceNamed(next.value, NAME);
      if (instance?.state === 'failed') throw new Error(instance.error?.sentence);
      if (isThere ? instance?.state === 'started' && instance.connection.length > 0 : instance === undefined)
        return;
    }
  };
  const made: number[] = [];
  const gone: number[] = [];
  try {
    for (let count = 0; count < WARM_UP + TIMES; count += 1) {
      const requested = (): Promise<unknown> =>
        Promise.all([api.request({ name: NAME, software: SOFTWARE, softwareType: 'default' }), seen(true)]);
      made.push(await timed(requested));
      gone.push(await timed(() => Promise.all([api.destroy(NAME), seen(false)])));
    }
  } finally {
    done.abort();
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
      'Each sample is a new instance in a fresh partition: folders, secrets, network, sandbox, service, parameters published and seen by a client that was connected before.',
      'The service is `sleep`; there is no door and no promise.',
    ],
  };
}
