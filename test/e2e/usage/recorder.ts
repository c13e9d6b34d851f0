/**
 * An agent's recording of usage as a process of its own, to be killed: `node recorder.ts FILE SHIM FACTOR`. A second of the
 * recorder is a FACTOR-th of one; what is used is real. Prints a line when it has been written.
 */
import os from 'node:os';
import process from 'node:process';
import { StandInAgentService, readyInstance } from '../../fakes/agent-service.ts';
import { bootId } from '../../../agent/supervisor/process-record.ts';
import type { UnitStatus } from '../../../agent/supervisor/types.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';
import { UsageSampler } from '../../../agent/usage/sampler.ts';
import { createTreeMeter } from '../../../agent/usage/tree-meter.ts';

const [file = '', shim = '', factor = '1'] = process.argv.slice(2);
const times = Number(factor);
const pid = Number(shim);

const { store } = new StandInAgentService(1);
const instance = readyInstance({ guid: 'GUID', state: 'started' });
store.setPartition({ id: 'slappart0', master: 'local', address: '127.64.0.1', instance });
const unit: UnitStatus = {
  state: 'running',
  id: 'slappart0/service',
  shimPid: pid,
  payloadPid: pid,
  startedAt: '2026-01-01T00:00:00.000Z',
  configuration: '',
  restarts: 0,
};
const history = UsageHistory.open(file, Date.now());
const write = history.write.bind(history);
history.write = (now) => {
  write(now);
  process.stdout.write('written\n');
};
const sampler = new UsageSampler({
  store,
  units: { list: () => [unit], onChange: () => () => undefined },
  meter: createTreeMeter(),
  history,
  measureDisk: async () => 4096,
  networkBytes: () => null,
  clock: {
    now: Date.now,
    after(milliseconds, call) {
      const timer = setTimeout(call, milliseconds / times);
      return () => clearTimeout(timer);
    },
  },
  uptime: () => (Number(process.hrtime.bigint()) / 1e6) * times,
  sinceBoot: () => os.uptime() * 1000,
  boot: bootId(),
  onFault: (error) => process.stdout.write(`fault ${String(error)}\n`),
});
sampler.start();
process.once('SIGTERM', () => void sampler.close().then(() => process.exit(0)));
