/** Usage over time, by person and by partition. */
import type { UsageByInput, UsageService, UsageSummary } from '../api/contract-usage.ts';

export class UsageLedger implements UsageService {
  async usageSummary(_input: UsageByInput): Promise<UsageSummary> {
    const at = new Date(0).toISOString();
    return { from: at, to: at, stepSeconds: 3600, steps: 0, knownFrom: null, series: [], reports: [] };
  }

  async usageCsv({ period, by }: UsageByInput): Promise<{ name: string; text: string }> {
    return { name: `slapgrid-usage-${period}-${by}.csv`, text: '' };
  }

  async resolveReport(): Promise<void> {
    // No report is uncertain yet.
  }
}
