/** Fills the disk DISK beside a history of usage, makes room again, and writes to RESULT what became of it: `small-disk.ts DISK RESULT`. */
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Database } from '../../../agent/database.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';
import { NOTHING } from '../../../agent/usage/tally.ts';
import { subject } from '../../unit/usage/accounts.ts';

const [disk = '', result = ''] = process.argv.slice(2);
const file = path.join(disk, 'usage.sqlite');
const filler = path.join(disk, 'filler');
const NOW = Date.UTC(2026, 10, 22, 14);
const MINUTE = 60_000;

const used = (history: UsageHistory): number =>
  history.book
    .entries(0, Number.MAX_SAFE_INTEGER)
    .reduce((sum, { tally }) => sum + Math.round(tally.cpuSeconds), 0);

let history = UsageHistory.open(file, NOW);
let added = 0;
const add = (minute: number): void => {
  for (let index = 0; index < 20; index += 1)
    history.book.add(subject(`I${index}`), NOW + minute * MINUTE, NOW + minute * MINUTE, {
      ...NOTHING,
      cpuSeconds: 1,
    });
  added += 20;
};

for (let minute = 0; minute < 10; minute += 1) {
  add(minute);
  history.write(NOW);
}
const before = added;
fill();
let refused: unknown = null;
for (let minute = 10; minute < 200; minute += 1) {
  add(minute);
  try {
    history.write(NOW);
  } catch (error) {
    refused = (error as { errcode?: number }).errcode;
  }
}
const unwritten = history.hasUnwritten && used(history) === added;
// As an agent that is killed now would leave it.
const copy = new Database(file);
const [row] = copy.all('SELECT total(cpu_microseconds) AS sum FROM tally');
const writtenBefore = Math.round(Number(row?.['sum']) / 1e6) >= before;
copy.close();
rmSync(filler);
history.write(NOW);
history.close();
history = UsageHistory.open(file, NOW);
const afterwards = used(history) === added ? 'all' : used(history);
history.close();
const checked = new Database(file);
writeFileSync(
  result,
  JSON.stringify({ refused, writtenBefore, unwritten, afterwards, problems: checked.integrityProblems() }),
);
checked.close();

function fill(): void {
  const descriptor = openSync(filler, 'w');
  try {
    for (const size of [4096, 1]) for (;;) if (writeSync(descriptor, Buffer.alloc(size)) < size) break;
  } catch {
    // It is full.
  }
  closeSync(descriptor);
}
