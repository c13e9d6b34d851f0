/** Usage over time: by person and by partition, and what masters were told of it. */
import { z } from 'zod';

export const usagePeriodSchema = z.enum(['day', 'week', 'month']);
export const usageByInputSchema = z.object({
  period: usagePeriodSchema.default('day'),
  by: z.enum(['person', 'partition']).default('person'),
});

/** Base units: seconds and bytes. */
export const usageTotalsSchema = z.object({
  cpuSeconds: z.number(),
  /** Mean while it ran. */
  memoryBytes: z.number(),
  memoryPeakBytes: z.number(),
  /** Mean of the period as far as it is known; null: never measured. */
  diskBytes: z.number().nullable(),
  /** In and out; null: not measured here. */
  networkBytes: z.number().nullable(),
  runSeconds: z.number(),
});

export const usageSeriesSchema = z.object({
  /** Unique in the answer. */
  key: z.string(),
  /** The person, or the instance. */
  title: z.string(),
  /** Under the title: the partition and its owner; empty by person. */
  detail: z.string(),
  owner: z.object({ kind: z.enum(['me', 'other']), name: z.string() }),
  totals: usageTotalsSchema,
  /** One for each step of the answer; null: nothing is known of it. */
  cpus: z.array(z.number().nullable()),
  memoryBytes: z.array(z.number().nullable()),
  memoryPeakBytes: z.array(z.number().nullable()),
  diskBytes: z.array(z.number().nullable()),
  networkBytesPerSecond: z.array(z.number().nullable()),
  /** How long it ran; of several instances, the sum. */
  runSeconds: z.array(z.number().nullable()),
});

/** What one master was told. */
export const usageReportsSchema = z.object({
  master: z.string(),
  title: z.string(),
  /** The end of the last period that it acknowledged; null: none yet. */
  acknowledgedUntil: z.string().nullable(),
  waiting: z.number(),
  /** Sent, and no answer came: a person decides, because the master cannot tell whether it has it. */
  uncertain: z.array(z.object({ period: z.string(), sentAt: z.string() })),
});

export const usageSummarySchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Steps between `from` and `to`. */
  stepSeconds: z.number(),
  steps: z.number(),
  /** When each step begins, and the end of the last: a local day may have 23 or 25 hours. */
  borders: z.array(z.string()).optional(),
  /** Steps in which the clock was set, so that when something was used is not certain; how much it was is. */
  uncertainSteps: z.array(z.number()).optional(),
  /** When records begin; null: nothing is recorded yet. */
  knownFrom: z.string().nullable(),
  /** Of all series together. Its mean of memory is of the time in which anything ran, its peak what the peaks were at most. */
  together: usageTotalsSchema.optional(),
  /** The person's own first, then those who used most. */
  series: z.array(usageSeriesSchema),
  reports: z.array(usageReportsSchema),
});

export const resolveReportInputSchema = z.object({
  master: z.string().min(1).max(100),
  period: z.string().min(1).max(200),
  /** `again`: send it once more. `done`: the master has it. */
  as: z.enum(['again', 'done']),
});

export type UsagePeriod = z.infer<typeof usagePeriodSchema>;
export type UsageByInput = z.infer<typeof usageByInputSchema>;
export type UsageTotals = z.infer<typeof usageTotalsSchema>;
export type UsageSeries = z.infer<typeof usageSeriesSchema>;
export type UsageReports = z.infer<typeof usageReportsSchema>;
export type UsageSummary = z.infer<typeof usageSummarySchema>;
export type ResolveReportInput = z.infer<typeof resolveReportInputSchema>;

/** The part of the agent's service that is about usage over time. */
export interface UsageService {
  usageSummary(input: UsageByInput): Promise<UsageSummary>;
  /** The same as CSV (RFC 4180): base units, one line for each series and step. */
  usageCsv(input: UsageByInput): Promise<{ name: string; text: string }>;
  /** @throws SlapgridError `unknown-report`. */
  resolveReport(input: ResolveReportInput): Promise<void>;
}
