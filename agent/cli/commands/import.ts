/**
 * `proxy import FILE`: takes over what an upstream slapproxy knows. Slapgrid must not be running: its database has one writer.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { SlapgridError } from '../../errors.ts';
import { lockDataFolder } from '../../lock.ts';
import { text } from '../../messages.ts';
import { pathsOf } from '../../paths.ts';
import { importUpstream, type ImportReport } from '../../proxy/import.ts';
import { openProxyDatabase } from '../../proxy/open.ts';
import { readUpstreamDatabase } from '../../proxy/upstream-database.ts';
import { answer, type CommandContext } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

export async function importProxy(
  context: CommandContext,
  options: { file: string; dryRun?: boolean; skipRefused?: boolean },
): Promise<ExitStatus> {
  const paths = pathsOf(context.home);
  if (!existsSync(paths.database)) throw new SlapgridError('import-too-early', { home: context.home });
  const upstream = readUpstreamDatabase(path.resolve(options.file));
  const lock = lockDataFolder(paths.lock);
  try {
    const { database } = openProxyDatabase(paths.database);
    try {
      const dryRun = options.dryRun === true;
      const report = importUpstream(database, upstream, {
        dryRun,
        skipRefused: options.skipRefused === true,
      });
      answer(context, report, words(report, dryRun));
      return report.done || (dryRun && report.refused.length === 0) ? EXIT.done : EXIT.failed;
    } finally {
      database.close();
    }
  } finally {
    lock.release();
  }
}

function words(report: ImportReport & { done: boolean }, dryRun: boolean): string {
  const { imported, present, refused } = report;
  const amounts = {
    computers: imported.computer,
    partitions: imported.partition,
    instances: imported.instance,
    shared: imported.shared,
    software: imported.software,
    present,
  };
  const end = report.done ? 'done' : dryRun ? 'dry' : 'nothing';
  return [
    ...refused.map(({ kind, name, reason }) => text('cli.import.refused', { kind, name, reason })),
    text(`cli.import.${end}`, amounts),
  ].join('\n');
}
